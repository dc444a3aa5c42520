package collector

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
)

// TestColumnNames: a configuration can rename exactly the columns that a query
// names or a row reads. Any text in the sources can be the name of one.
func TestColumnNames(t *testing.T) {
	texts := texts(t)
	var mu sync.Mutex
	used := map[string]map[string]bool{}
	api := queryFunc(func(_ context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
		mu.Lock()
		defer mu.Unlock()
		columns := used[q.Resource.Name]
		if columns == nil {
			columns = map[string]bool{}
			used[q.Resource.Name] = columns
		}
		for _, p := range q.Properties {
			columns[p.Name] = true
		}
		if q.Filter != nil {
			for _, rule := range q.Filter.Rules {
				columns[rule.Property] = true
			}
		}
		if q.Histogram != nil {
			columns[q.Histogram.Property] = true
		}
		row := next()
		for _, text := range texts {
			if row.Column(text) != nil {
				columns[text] = true
			}
		}
		if q.Resource == insights.AlertsCurrent { // so that the counts are asked for as well
			return insights.Answer{}, insights.ErrMissing
		}
		return insights.Answer{Rows: 1}, nil
	})
	for _, d := range Definitions() {
		s := newScope(api, &logtest.Buffer{}, d.Name)
		scrapeText(t, s)
		s.Close()
	}
	used[insights.ConnectedUserCount.Name]["event_time"] = true // a rule that 3.0 adds
	for _, name := range ResourceNames() {
		var want []string
		for column := range used[name] {
			want = append(want, column)
		}
		if len(want) == 0 {
			t.Errorf("%s was not asked for", name)
		}
		got, ok := ColumnNames()[name]
		if !ok && slices.Contains([]string{insights.Incidents.Name, insights.Licenses.Name, insights.Upgrades.Name}, name) {
			continue // of the APIs beside Insights
		}
		got = slices.Sorted(slices.Values(got))
		if slices.Sort(want); !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, want)
		}
	}
}

// texts are all string literals of the package's sources.
func texts(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "columns.go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, text)
			}
			return true
		})
	}
	return all
}

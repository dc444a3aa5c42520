package engine

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/dashboards"
)

// board is a dashboard, as far as it asks Prometheus. Its form is looked at
// beside the dashboards themselves.
type board struct {
	file string

	Templating struct {
		List []struct {
			Name       string `json:"name"`
			Definition string `json:"definition"`
			AllValue   string `json:"allValue"`
		} `json:"list"`
	} `json:"templating"`
	Annotations struct {
		List []query `json:"list"`
	} `json:"annotations"`
	Panels []boardPanel `json:"panels"`
}

// boardPanel is a panel, or a row with those that it hides while it is closed.
type boardPanel struct {
	Title   string       `json:"title"`
	Type    string       `json:"type"`
	Targets []query      `json:"targets"`
	Panels  []boardPanel `json:"panels"`
}

// query is one query of a panel.
type query struct {
	board *board
	panel string

	RefID   string `json:"refId"`
	Expr    string `json:"expr"`
	Instant bool   `json:"instant"`
	Legend  string `json:"legendFormat"`
}

// ofMore says that there is something to draw only where there is more than the
// demo has: more lines than are drawn each, or traffic of what is down.
func (q query) ofMore() bool {
	return strings.HasPrefix(q.Legend, "The rest") || strings.HasPrefix(q.Legend, "The highest of the rest") || strings.HasPrefix(q.Legend, "Old")
}

func (q query) String() string {
	return strings.TrimSuffix(q.board.file, ".json") + " / " + q.panel + " / " + q.RefID
}

func boards(t testing.TB) []*board {
	t.Helper()
	names, err := fs.Glob(dashboards.Files, "*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	var all []*board
	for _, name := range names {
		text, err := dashboards.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b := &board{file: name}
		if err := json.Unmarshal(text, b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, b)
	}
	return all
}

// queries lists the queries of all panels.
func queries(t testing.TB) []query {
	t.Helper()
	var all []query
	for _, b := range boards(t) {
		for _, row := range b.Panels {
			for _, p := range append([]boardPanel{row}, row.Panels...) {
				for _, q := range p.Targets {
					q.board, q.panel = b, p.Title
					all = append(all, q)
				}
			}
		}
	}
	if len(all) == 0 {
		t.Fatal("the dashboards ask nothing")
	}
	return all
}

var (
	// A format needs braces: what follows a colon without them is the query's.
	variableUse = regexp.MustCompile(`\$(?:\{([A-Za-z_]\w*)(?::\w+)?\}|([A-Za-z_]\w*))`)
	labelValues = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)
)

// grafanaOwn are variables that every dashboard has, as for the last hour.
var grafanaOwn = map[string]string{"__interval": "1m", "__rate_interval": "2m", "__range": "1h", "__range_s": "3600"}

// fill fills in the variables as Grafana does: with what stands for all,
// unless the test has chosen something.
func (b *board) fill(expr string, chosen map[string]string) (string, error) {
	var err error
	filled := variableUse.ReplaceAllStringFunc(expr, func(use string) string {
		parts := variableUse.FindStringSubmatch(use)
		name := parts[1] + parts[2]
		if value, ok := chosen[name]; ok {
			return value
		}
		if value, ok := grafanaOwn[name]; ok {
			return value
		}
		for _, v := range b.Templating.List {
			if v.Name == name && v.AllValue != "" {
				return v.AllValue
			}
		}
		err = fmt.Errorf("%s has no variable %s", b.file, name)
		return use
	})
	return filled, err
}

func TestFill(t *testing.T) {
	t.Parallel()
	b := &board{file: "a.json"}
	if got, err := b.fill(`max_over_time((a == 1)[$__range:1m])`, nil); err != nil || got != `max_over_time((a == 1)[1h:1m])` {
		t.Errorf("got %s, %v", got, err)
	}
	text := `{"templating": {"list": [{"name": "job", "allValue": ".+"}, {"name": "instance", "allValue": ".+"}]}}`
	if err := json.Unmarshal([]byte(text), b); err != nil {
		t.Fatal(err)
	}
	got, err := b.fill(`rate(a_total{job=~"$job", instance=~"${instance:regex}"}[$__rate_interval])`, map[string]string{"instance": "x"})
	if want := `rate(a_total{job=~".+", instance=~"x"}[2m])`; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if got, err := b.fill(`a{tenant="$tenant"}`, nil); err == nil {
		t.Errorf("got %s for a variable that there is not", got)
	}
}

package engine

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/prisma-exporter/prisma_exporter/internal/catalog"
)

// runbookSections are what each runbook has, in this order.
var runbookSections = []string{"First look", "Start time", "What it means", "What to do", "The log", "Who to contact", "Resolved when", "Dashboard"}

var (
	heading   = regexp.MustCompile(`(?m)^## (.*)$`)
	shell     = regexp.MustCompile("(?s)```sh\n(.*?)```")
	boardLink = regexp.MustCompile("`\\$GRAFANA/d/([^`]*)`")
	capitals  = regexp.MustCompile(`(^|[^$A-Z_])([A-Z][A-Z_]{2,})\b`)
	ask       = regexp.MustCompile(`^promtool query instant \$PROMETHEUS '(.*)'$`)
)

// TestRunbooks puts the labels of an alert, as the rule tests have them, into the
// commands of its runbook: nothing in capitals is left, and every query can be
// read and asks for what there is.
func TestRunbooks(t *testing.T) {
	t.Parallel()
	fired := labelsThatFire(t)
	known := knownMetrics(t)
	for _, file := range glob(t, "*.rules.yml") {
		groups, errs := rulefmt.ParseFile(file, false, model.UTF8Validation)
		for _, err := range errs {
			t.Fatal(err)
		}
		for _, group := range groups.Groups {
			for _, rule := range group.Rules {
				if rule.Alert == "" {
					continue
				}
				t.Run(rule.Alert, func(t *testing.T) {
					t.Parallel()
					readRunbook(t, path.Base(rule.Annotations["runbook_url"]), fired[rule.Alert], known)
				})
			}
		}
	}
}

func readRunbook(t *testing.T, name string, values map[string]string, known []string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "runbooks", name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	var sections []string
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		sections = append(sections, m[1])
	}
	if !slices.Equal(sections, runbookSections) {
		t.Errorf("sections %q, want %q", sections, runbookSections)
	}
	if at := boardLink.FindStringSubmatch(text); at == nil {
		t.Error("no link to a dashboard")
	} else {
		checkBoard(t, at[1], values)
	}
	// Of pods that a label selects, kubectl shows ten lines unless --tail asks for all.
	for _, way := range []string{"journalctl -u", "docker logs", "kubectl logs --since 2h --tail=-1"} {
		if !strings.Contains(text, way) {
			t.Errorf("no way to the log with %s", way)
		}
	}
	for _, block := range shell.FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[1]) {
			line = fill(t, strings.TrimSpace(line), values)
			if q := ask.FindStringSubmatch(line); q != nil {
				checkQuery(t, q[1], known)
			} else if strings.HasPrefix(line, "promtool") {
				t.Errorf("not a query: %s", line)
			}
		}
	}
}

// fill puts labels in place of their names in capitals. An alert may lack a
// sub-tenant, a site or a location.
func fill(t *testing.T, line string, values map[string]string) string {
	t.Helper()
	return capitals.ReplaceAllStringFunc(line, func(word string) string {
		m := capitals.FindStringSubmatch(word)
		label := strings.ToLower(m[2])
		value, ok := values[label]
		switch {
		case ok || label == "sub_tenant" || label == "site" || label == "location":
			return m[1] + value
		case m[2] == "ALERTS" || m[2] == "ALERTS_FOR_STATE":
			return word
		}
		t.Errorf("%s: the alert has no label %s, but %v", line, label, slices.Sorted(maps.Keys(values)))
		return word
	})
}

func checkQuery(t *testing.T, query string, known []string) {
	t.Helper()
	expr, err := parser.ParseExpr(query)
	if err != nil {
		t.Errorf("%s: %v", query, err)
		return
	}
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok && s.Name != "" && !slices.Contains(known, s.Name) {
			t.Errorf("%s: there is no metric %s", query, s.Name)
		}
		return nil
	})
}

// checkBoard wants a dashboard of that uid, with those variables.
func checkBoard(t *testing.T, link string, values map[string]string) {
	t.Helper()
	uid, query, _ := strings.Cut(link, "?")
	boards, err := filepath.Glob(filepath.Join("..", "..", "dashboards", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range boards {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), `"uid": "`+uid+`"`) {
			continue
		}
		for part := range strings.SplitSeq(fill(t, query, values), "&") {
			name, _, _ := strings.Cut(part, "=")
			if v, ok := strings.CutPrefix(name, "var-"); ok && !strings.Contains(string(b), `"name": "`+v+`"`) {
				t.Errorf("dashboard %s has no variable %s", uid, v)
			}
		}
		return
	}
	t.Errorf("there is no dashboard %s", uid)
}

// labelsThatFire are the labels of each alert in the rule tests.
func labelsThatFire(t *testing.T) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, file := range glob(t, "tests/*.test.yml") {
		for _, group := range readTests(t, file).Tests {
			for _, test := range group.AlertTests {
				for _, a := range test.Alerts {
					if all[test.Alertname] == nil {
						all[test.Alertname] = map[string]string{}
					}
					maps.Copy(all[test.Alertname], a.Labels)
				}
			}
		}
	}
	return all
}

func knownMetrics(t *testing.T) []string {
	t.Helper()
	names := []string{"up", "scrape_duration_seconds", "ALERTS", "ALERTS_FOR_STATE", labels.MetricName}
	for _, m := range catalog.Metrics() {
		names = append(names, m.Name)
	}
	for _, file := range glob(t, "*.rules.yml") {
		groups, _ := rulefmt.ParseFile(file, false, model.UTF8Validation)
		for _, group := range groups.Groups {
			for _, rule := range group.Rules {
				names = append(names, rule.Record)
			}
		}
	}
	return names
}

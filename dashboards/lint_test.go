package dashboards

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The house rules of grafana/dashboard-linter, written anew because its
// module cannot be relied on to be there.

// exceptions are the queries that a rule does not hold for.
var exceptions = []struct{ rule, query, reason string }{
	{"target-rate-interval-rule", "alerts / Raised in the time shown / A", "a total over the time shown, as its title says"},
	{"target-rate-interval-rule", "alerts / Cleared in the time shown / A", "a total over the time shown, as its title says"},
	{"target-rate-interval-rule", "exporter / Credentials / E", "a total over the time shown, as its description says"},
	{"target-rate-interval-rule", "exporter / Credentials / F", "a total over the time shown, as its description says"},
}

var variableUse = regexp.MustCompile(`\$\{?([A-Za-z_]\w*)(?::\w+)?\}?`)

func TestLintTemplates(t *testing.T) {
	for _, b := range boards(t) {
		first := b.Templating.List[0]
		if first.Name != "datasource" || first.Label != "Data source" || first.Type != "datasource" || first.queryOf() != "prometheus" {
			t.Errorf("%s: template-datasource-rule: %+v", b.file, first)
		}
		names := []string{"datasource"}
		for _, v := range b.Templating.List[1:] {
			where := b.file + ": variable " + v.Name
			names = append(names, v.Name)
			if v.Datasource == nil || v.Datasource.UID != "${datasource}" {
				t.Errorf("%s does not use the data source that is chosen", where)
			}
			if v.Type != "query" || v.Definition != v.queryOf() {
				t.Errorf("%s: type %s, definition %q", where, v.Type, v.Definition)
			}
			if v.Label == "" || !v.Multi || !v.IncludeAll {
				t.Errorf("%s has no label, or not several values or all of them can be chosen", where)
			}
			// A tenant without sub-tenants has no such label, which only .* matches.
			want := ".*"
			if v.Name == "job" || v.Name == "instance" {
				want = ".+" // template-job-rule, template-instance-rule
			}
			if v.AllValue != want {
				t.Errorf("%s: all is %q, want %q", where, v.AllValue, want)
			}
			if v.Refresh != 2 {
				t.Errorf("%s: template-on-time-change-reload: %d", where, v.Refresh)
			}
		}
		for _, name := range []string{"job", "instance", "tenant", "sub_tenant"} {
			if !slices.Contains(names, name) {
				t.Errorf("%s has no variable %s", b.file, name)
			}
		}
	}
}

// TestVariablesAreUsed is template-unused: a variable that changes nothing
// misleads.
func TestVariablesAreUsed(t *testing.T) {
	for _, b := range boards(t) {
		used := map[string]bool{"datasource": true}
		for _, p := range b.graphs() {
			for _, q := range p.Targets {
				for _, m := range variableUse.FindAllStringSubmatch(q.Expr, -1) {
					used[m[1]] = true
				}
			}
		}
		for _, v := range b.Templating.List {
			if !used[v.Name] {
				t.Errorf("%s: no query uses the variable %s", b.file, v.Name)
			}
		}
	}
}

// units are those that the panels use, all of them in the linter's list.
var units = []string{"none", "string", "short", "percentunit", "bps", "bytes", "s", "dtdurations", "cpm"}

func TestLintPanels(t *testing.T) {
	for _, b := range boards(t) {
		for _, p := range b.graphs() {
			where := b.file + ": " + p.Title
			if p.Title == "" || p.Description == "" {
				t.Errorf("%s: panel-title-description-rule", where)
			}
			if !slices.Contains(units, p.FieldConfig.Defaults.Unit) {
				t.Errorf("%s: panel-units-rule: %q", where, p.FieldConfig.Defaults.Unit)
			}
			for _, o := range p.FieldConfig.Overrides {
				for _, property := range o.Properties {
					var unit string
					if property.ID == "unit" && (json.Unmarshal(property.Value, &unit) != nil || !slices.Contains(units, unit)) {
						t.Errorf("%s: panel-units-rule: %s", where, property.Value)
					}
				}
			}
			if len(p.Targets) == 0 {
				t.Errorf("%s: panel-no-targets-rule", where)
			}
			sources := []*datasource{p.Datasource}
			for _, q := range p.Targets {
				sources = append(sources, q.Datasource)
			}
			for _, d := range sources {
				if d == nil || *d != (datasource{"prometheus", "${datasource}"}) {
					t.Errorf("%s: panel-datasource-rule: %+v", where, d)
				}
			}
		}
	}
}

func TestLintTargets(t *testing.T) {
	excepted := map[string]bool{}
	for _, e := range exceptions {
		excepted[e.query] = false
	}
	for _, q := range queries(t) {
		e, err := parse(q.target.Expr)
		if err != nil {
			continue // another test says so
		}
		for _, s := range e.selectors {
			if s.metric == sinceWhen {
				continue
			}
			for _, label := range targetLabels {
				if operator, value := s.value(label); operator != "=~" || value != "$"+label {
					t.Errorf("%s: target-%s-rule: %s has %s%s%q", q, label, s.metric, label, operator, value)
				}
			}
			for _, m := range s.matchers {
				if strings.HasPrefix(m.value, "$") && m.operator != "=~" {
					t.Errorf("%s: %s may be several: %s%s%q", q, m.value, m.label, m.operator, m.value)
				}
			}
			if s.function == "last_over_time" || s.function == "avg_over_time" || s.window == "" || s.window == "$__rate_interval" {
				continue // target-rate-interval-rule is about rates and increases
			}
			if _, ok := excepted[q.String()]; !ok || s.window != "$__range" {
				t.Errorf("%s: target-rate-interval-rule: %s[%s]", q, s.metric, s.window)
			}
			excepted[q.String()] = true
		}
	}
	for _, e := range exceptions {
		if !excepted[e.query] {
			t.Errorf("%s needs no exception from %s any more", e.query, e.rule)
		}
	}
}

package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
)

// TestRulesAreValid is `promtool check rules --lint=all`: Prometheus loads the
// files, and no two rules make the same series.
func TestRulesAreValid(t *testing.T) {
	t.Parallel()
	for _, file := range glob(t, "*.rules.yml") {
		groups, errs := rulefmt.ParseFile(file, false, model.UTF8Validation)
		for _, err := range errs {
			t.Error(err)
		}
		if groups == nil {
			continue
		}
		seen := map[string]bool{}
		for _, group := range groups.Groups {
			for _, rule := range group.Rules {
				series := rule.Alert + rule.Record + rules.FromMaps(group.Labels, rule.Labels).String()
				if seen[series] {
					t.Errorf("%s: two rules make %s", file, series)
				}
				seen[series] = true
			}
		}
	}
}

// TestRules is `promtool test rules`: what the files below alerts/tests expect.
// It is here once more because promtool itself is three hundred packages that
// nothing else needs; `make promtool` runs the original over the same files.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, path := range glob(t, "tests/*.test.yml") {
		file := readTests(t, path)
		for i, group := range file.Tests {
			needed := group.needed(t, file.RuleFiles)
			for _, s := range readings(i) {
				t.Run(filepath.Base(path)+"/"+s.name+"/"+group.Name, func(t *testing.T) {
					t.Parallel()
					group.run(t, time.Duration(file.EvaluationInterval), s.files(t, needed))
				})
			}
		}
	}
}

// run evaluates the rules from time 0 on, one interval after the other, and
// looks at each time that a case asks for.
func (g testGroup) run(t *testing.T, interval time.Duration, files []string) {
	s := openStore(t, interval)
	defer s.close() // not t.Cleanup, which keeps it until the last of the parallel tests ends
	s.series = g.load(t)
	groups := loadGroups(t, s, g, files)

	always, ends := g.remembers(t, groups), g.end()
	for at := time.Duration(0); at <= ends; at += interval {
		if !always && !g.asks(at, interval) {
			continue
		}
		s.till(at)
		for _, group := range groups {
			group.Eval(t.Context(), time.Unix(0, 0).Add(at))
			for _, rule := range group.Rules() {
				if rule.LastError() != nil {
					t.Fatalf("%s at %s: %v", rule.Name(), at, rule.LastError())
				}
			}
		}
		for _, c := range g.AlertTests {
			if eval := time.Duration(c.EvalTime); at <= eval && eval < at+interval {
				c.check(t, groups)
			}
		}
	}
	for _, c := range g.ExprTests {
		c.check(t, s)
	}
}

func loadGroups(t *testing.T, s *store, g testGroup, files []string) []*rules.Group {
	t.Helper()
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc:  rules.EngineQueryFunc(s.engine, s.db),
		Appendable: s.db,
		Context:    t.Context(),
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
		Logger:     promslog.NewNopLogger(),

		GroupLoader: loader{}, RuleDependencyController: inTurn{},
	})
	byName, errs := manager.LoadGroups(time.Duration(g.Interval), labels.EmptyLabels(), "", nil, false, files...)
	for _, err := range errs {
		t.Fatal(err)
	}
	var groups []*rules.Group
	for _, group := range byName {
		groups = append(groups, group)
		for _, rule := range group.Rules() {
			if alerting, ok := rule.(*rules.AlertingRule); ok {
				alerting.SetRestored(true) // else it writes no ALERTS
			}
		}
	}
	slices.SortFunc(groups, func(a, b *rules.Group) int { return strings.Compare(a.Name(), b.Name()) })
	return groups
}

// check compares what fires with what is expected, annotations included.
func (c alertTest) check(t *testing.T, groups []*rules.Group) {
	t.Helper()
	var got, want []string
	for _, group := range groups {
		for _, rule := range group.AlertingRules() {
			if rule.Name() != c.Alertname {
				continue
			}
			for _, a := range rule.ActiveAlerts() {
				if a.State == rules.StateFiring {
					got = append(got, a.Labels.String()+" "+a.Annotations.String())
				}
			}
		}
	}
	for _, a := range c.Alerts {
		with := labels.NewBuilder(labels.FromMap(a.Labels)).Set(labels.AlertName, c.Alertname).Labels()
		want = append(want, with.String()+" "+labels.FromMap(a.Annotations).String())
	}
	compare(t, fmt.Sprintf("%s at %s", c.Alertname, c.EvalTime), got, want)
}

// check compares the answer to a query with the samples that are expected.
func (c exprTest) check(t *testing.T, s *store) {
	t.Helper()
	query, err := s.engine.NewInstantQuery(t.Context(), s.db, nil, c.Expr, time.Unix(0, 0).Add(time.Duration(c.EvalTime)))
	if err != nil {
		t.Errorf("%s: %v", c.Expr, err)
		return
	}
	defer query.Close()
	result := query.Exec(t.Context())
	var got, want []string
	switch v := result.Value.(type) {
	case promql.Vector:
		for _, s := range v {
			got = append(got, sample(s.Metric, s.F))
		}
	case promql.Scalar:
		got = append(got, sample(labels.EmptyLabels(), v.V))
	default:
		t.Errorf("%s at %s: %T %v", c.Expr, c.EvalTime, v, result.Err)
		return
	}
	for _, s := range c.Samples {
		metric, err := parser.ParseMetric(s.Labels)
		if err != nil {
			t.Errorf("%s: %v", s.Labels, err)
		}
		want = append(want, sample(metric, s.Value))
	}
	compare(t, fmt.Sprintf("%s at %s", c.Expr, c.EvalTime), got, want)
}

func sample(metric labels.Labels, value float64) string { return fmt.Sprintf("%s %v", metric, value) }

func compare(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s\n got:\n    %s\nwant:\n    %s", what, strings.Join(got, "\n    "), strings.Join(want, "\n    "))
	}
}

package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
)

// watched answers a check with a report, after a while.
type watched struct {
	fleet.Watched
	report fleet.Report
	takes  time.Duration
}

func (w watched) Check(context.Context) []fleet.Report {
	time.Sleep(w.takes) // of the bubble's clock
	return []fleet.Report{w.report}
}

func (w watched) Close() {}

// report is one of a tenant with one resource, failing with an error unless it
// is nil.
func report(name string, err error) fleet.Report {
	r := fleet.Report{Title: "Tenant " + name, Columns: []string{"RESOURCE", "RESULT"}, Good: err == nil}
	if err == nil {
		r.Rows = [][]string{{"rn_list", "ok"}}
	} else {
		r.Add(err.Error(), "Mend it.")
	}
	return r
}

// run checks tenants that answer after a second each, those with an x failing
// and those with an l lacking something.
func run(t *testing.T, o Options, names ...string) (good bool, screen string) {
	t.Helper()
	var out strings.Builder
	f := fleet.New()
	if o.Config == nil {
		o.Config = &config.Config{}
	}
	for _, name := range names {
		o.Config.Tenants = append(o.Config.Tenants, config.Tenant{Name: name, ID: name, Region: "eu"})
	}
	o.Fleet, o.Out = f, &out
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	o.Apply = func(c *config.Config) error {
		var entries []fleet.Entry
		for _, tenant := range c.Tenants {
			entries = append(entries, fleet.Entry{Name: tenant.Name, New: func() (fleet.Watched, error) {
				var err error
				if strings.Contains(tenant.Name, "x") {
					err = errors.New("it is down")
				}
				found := report(tenant.Name, err)
				if strings.Contains(tenant.Name, "l") {
					found.Lacks = []string{"tunnel_list (forbidden)"}
					found.Add("tunnel_list: forbidden", "Give it a role.")
				}
				return watched{report: found, takes: time.Second}, nil
			}})
		}
		_, err := f.Apply(entries)
		return err
	}
	if o.Plan == nil {
		o.Plan = planFor(600)
	}
	return Run(t.Context(), o), out.String()
}

// planFor is the plan of a budget of which each tenant takes 11 calls a minute.
func planFor(perMinute int) func(*config.Config) budget.Plan {
	return func(c *config.Config) budget.Plan {
		return budget.NewPlan(perMinute, []budget.Demand{{Priority: 1, Interval: time.Minute, Calls: 11 * len(c.Tenants)}})
	}
}

// inOrder reports whether texts stand in a screen one behind the other.
func inOrder(screen string, texts ...string) bool {
	for _, text := range texts {
		_, behind, ok := strings.Cut(screen, text)
		if !ok {
			return false
		}
		screen = behind
	}
	return true
}

func TestFailuresFirstAndTheVerdictLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good, screen := run(t, Options{}, "a", "bx", "c")
		if good || !inOrder(screen, "Tenant bx", "it is down", "    Mend it.", "Tenant a", "rn_list", "Tenant c", "2 of 3 are OK; failing: bx\n") || !strings.HasSuffix(screen, "failing: bx\n") {
			t.Errorf("%t\n%s", good, screen)
		}
		good, screen = run(t, Options{Failures: true}, "a", "bx", "c")
		if good || strings.Contains(screen, "Tenant a") || !inOrder(screen, "Tenant bx", "2 of 3 are OK") {
			t.Errorf("failures alone: %t\n%s", good, screen)
		}
		good, screen = run(t, Options{}, "a", "b", "c", "d", "e", "f", "gx")
		if good || !inOrder(screen, "Tenant gx", "Tenant a: OK\n", "6 of 7 are OK; failing: gx") || strings.Contains(screen, "rn_list") {
			t.Errorf("many: %t\n%s", good, screen)
		}
		good, screen = run(t, Options{}, "a", "b", "cl", "d", "e", "fl")
		if !good || !inOrder(screen, "Tenant a: OK\n", "Tenant cl: OK, without tunnel_list (forbidden)\n", "Tenant fl: OK, without", "\n\n  Give it a role.\n\n") || strings.Count(screen, "Give it a role") != 1 {
			t.Errorf("many that lack something: %t\n%s", good, screen)
		}
		if good, screen = run(t, Options{}, "a", "b"); !good || !strings.HasSuffix(screen, "All is well: 2 of 2.\n") {
			t.Errorf("all well: %t\n%s", good, screen)
		}
	})
}

// TestHowFar: what takes long says how far it is, and not where its answer goes.
func TestHowFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var progress strings.Builder
		var names []string
		for i := range 20 * abreast {
			names = append(names, fmt.Sprint("t", i))
		}
		_, screen := run(t, Options{Progress: &progress}, names...)
		if want := fmt.Sprintf(" of %d have answered; ", 20*abreast); strings.Count(progress.String(), "\n") != 1 || !strings.Contains(progress.String(), want) {
			t.Errorf("in 20 seconds it said %q, want one line with %q", progress.String(), want)
		}
		if strings.Contains(screen, "have answered") {
			t.Errorf("the answer is\n%s", screen)
		}
	})
}

// TestSideBySide: a hundred that take a second each do not take a hundred.
func TestSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var names []string
		for i := range 100 {
			names = append(names, fmt.Sprint("t", i, "x"))
		}
		begun := time.Now()
		_, screen := run(t, Options{}, names...)
		if took := time.Since(begun); took != (100+abreast-1)/abreast*time.Second {
			t.Errorf("it took %s", took)
		}
		if !strings.Contains(screen, "0 of 100 are OK; failing: t0x, ") || !strings.Contains(screen, "t19x and 80 more") {
			t.Errorf("the verdict is %s", screen[len(screen)-300:])
		}
		if !strings.Contains(screen, "Warning: the tenants need 1100 of 540 calls a minute: data will be up to 1m2s older") {
			t.Errorf("there is no word of the budget in\n%s", screen)
		}
	})
}

func TestOneByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good, screen := run(t, Options{Only: "b"}, "a", "b", "cx")
		if !good || !inOrder(screen, "Tenant b", "All is well.") || strings.Contains(screen, "Tenant a") {
			t.Errorf("%t\n%s", good, screen)
		}
		if good, screen = run(t, Options{Only: "acne"}, "acme", "b"); good || !strings.Contains(screen, "there is no tenant or company acne: did you mean acme?") {
			t.Errorf("%t\n%s", good, screen)
		}
	})
}

// lister finds groups.
type lister []config.Group

func (l lister) Children(context.Context, bool, bool) ([]config.Group, error) {
	if l == nil {
		return nil, errors.New("no role")
	}
	return l, nil
}
func (l lister) Hierarchy(context.Context) ([]config.Group, error) { return nil, nil }

func (l lister) Standing() insights.Standing { return insights.Standing{} }
func (l lister) Close()                      {}

// TestDiscoveries: one that fails is among what is not well, the first tenant
// of one stands for the others, and any of them can be named.
func TestDiscoveries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		options := func() Options {
			account := config.Tenant{Name: "msp", ID: "1000000000", API: config.V3, Region: "eu", ClientID: "c", ClientSecretFile: "s"}
			template := account
			template.Name = "t{{.ID}}"
			return Options{
				Plan:   planFor(20),
				Config: &config.Config{Discoveries: []config.Discovery{{Account: account, MaxTenants: 10, Template: template}}},
				List:   func(config.Tenant) (discovery.Lister, error) { return lister{{ID: "1"}, {ID: "2", Parent: "1"}}, nil },
			}
		}
		good, screen := run(t, options())
		if !good || !inOrder(screen, "Discovery msp", "t2", "Tenant t1", "Warning: tenants t1 and t2 both list the alerts of TSG 2", "need 22 of 18 calls a minute", "Planned: 22 of 18 calls a minute", "All is well: 2 of 2.") {
			t.Errorf("%t\n%s", good, screen)
		}
		one := options()
		one.Only = "t2"
		if good, screen = run(t, one); !good || strings.Contains(screen, "Discovery") || !inOrder(screen, "Tenant t2", "All is well.") {
			t.Errorf("%t\n%s", good, screen)
		}
		failing := options()
		failing.List = func(config.Tenant) (discovery.Lister, error) { return lister(nil), nil }
		if good, screen = run(t, failing, "a"); good || !inOrder(screen, "Discovery msp", "no role", "Tenant a", "1 of 2 are OK; failing: discovery msp") {
			t.Errorf("%t\n%s", good, screen)
		}
	})
}

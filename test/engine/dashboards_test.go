package engine

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// mayBeEmpty are the queries that need not have an answer on the demo.
var mayBeEmpty = map[string]string{
	"overview / Open alerts by severity / F":        "severities that nobody has seen yet; the demo has none",
	"alerts / Open alerts by severity / F":          "severities that nobody has seen yet; the demo has none",
	"overview / Not healthy now / B":                "since when, as the rules know, which are not loaded here",
	"exporter / Duplicate rows / A":                 "rows that come twice; the demo has none",
	"locations / Locations / I":                     "since when; all locations of the demo may be up",
	"sites / Sites / L":                             "since when; all sites of the demo may be up",
	"sites / Tunnels / L":                           "since when; all tunnels of the demo may be up",
	"sites / States of the sites / A":               "those that are not up; the demo's may all be",
	"sites / States of the tunnels / A":             "those that are not up; the demo's may all be",
	"overview / Tenants over time / A":              "those that are not up; the demo's are",
	"locations / States of the locations / A":       "those that are not up; the demo's may all be",
	"overview / Not healthy now / A":                "all of the demo may be up",
	"overview / Not healthy now / C":                "sites that are not up; all of the demo may be",
	"exporter / Credential / A":                     "those that are rejected; the demo's are not",
	"exporter / Breaker / A":                        "those that are open; the demo's are not",
	"exporter / Success of polls / A":               "those that fail; the demo's do not",
	"mobile-users / Locations for mobile users / A": "those that are not up; the demo's may all be",
	"sites / Sites / M":                             "traffic of sites that are down; the demo may have none",
	"sites / Tunnels / M":                           "traffic of tunnels that are down; the demo may have none",
}

// emptyVariables have nothing to choose from on the demo.
var emptyVariables = map[string]string{
	"sub_tenant": "the demo's tenant has no sub-tenants",
}

// TestDashboards asks every query of every panel after an hour of the demo, in
// which a critical alert was raised, cleared and raised again, and wants the same
// answers of two exporters as of one.
func TestDashboards(t *testing.T) {
	simulate(t, func(t *testing.T) {
		prom, world := demo(t, func(*server) {})
		critical := simulator.Alert{Severity: "Critical", Site: "berlin", Location: "Germany Central"}
		time.Sleep(20 * time.Minute)
		id := world.RaiseAlert(critical)
		time.Sleep(20 * time.Minute)
		if err := world.ClearAlert(id, ""); err != nil {
			t.Fatal(err)
		}
		world.RaiseAlert(critical)
		time.Sleep(20 * time.Minute)
		allAnswer(t, prom)
		variables(t, prom)
		replicas(t, prom)
		counted(t, prom)
		annotations(t, prom)
	})
}

// ask fills a query in and asks it. Series that are not a number are left out,
// as Grafana does not show them.
func (q query) ask(t *testing.T, prom *server, chosen map[string]string) promql.Vector {
	t.Helper()
	expr, err := q.board.fill(q.Expr, chosen)
	if err != nil {
		t.Fatal(err)
	}
	var shown promql.Vector
	for _, sample := range prom.query(expr) {
		if !math.IsNaN(sample.F) {
			shown = append(shown, sample)
		}
	}
	return shown
}

func allAnswer(t *testing.T, prom *server) {
	t.Helper()
	for _, q := range queries(t) {
		got := len(q.ask(t, prom, nil))
		if got == 0 && !q.Instant {
			expr, err := q.board.fill(q.Expr, nil)
			if err != nil {
				t.Fatal(err)
			}
			got = len(prom.graph(expr))
		}
		if _, excused := mayBeEmpty[q.String()]; got == 0 && !excused && !q.ofMore() {
			t.Errorf("%s: nothing\n%s", q, q.Expr)
		}
	}
}

// annotations are queries that Prometheus understands; an hour of the demo has
// alerts that were raised and an exporter that was started.
func annotations(t *testing.T, prom *server) {
	t.Helper()
	for _, b := range boards(t) {
		for i, a := range b.Annotations.List {
			expr, err := b.fill(a.Expr, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(prom.graph(expr)); got == 0 {
				t.Errorf("%s: annotation %d: nothing\n%s", b.file, i, a.Expr)
			}
		}
	}
}

// variables wants values to choose from.
func variables(t *testing.T, prom *server) {
	t.Helper()
	for _, b := range boards(t) {
		for _, v := range b.Templating.List {
			parts := labelValues.FindStringSubmatch(v.Definition)
			if parts == nil {
				continue // the data source
			}
			selector, err := b.fill(parts[1], nil)
			if err != nil {
				t.Error(err)
			}
			var values []string
			for _, sample := range prom.query(fmt.Sprintf("count by (%s) (%s)", parts[2], selector)) {
				if value := sample.Metric.Get(parts[2]); value != "" {
					values = append(values, value)
				}
			}
			if _, excused := emptyVariables[v.Name]; len(values) == 0 && !excused {
				t.Errorf("%s: variable %s: nothing to choose from", b.file, v.Name)
			}
		}
	}
}

// replicas compares what two exporters that watch the same tenant show with
// what one of them shows. The dashboard of the exporter itself is left out:
// there the two are different things.
func replicas(t *testing.T, prom *server) {
	t.Helper()
	for _, q := range queries(t) {
		if q.board.file == "exporter.json" {
			continue
		}
		err := errors.New("not compared")
		// Something may happen just between the scrapes of the two.
		for try := 0; err != nil && try < 10; try++ {
			if err = same(t, prom, q); err != nil {
				time.Sleep(7 * time.Second)
			}
		}
		if err != nil {
			t.Errorf("%s: %v", q, err)
		}
	}
}

func same(t *testing.T, prom *server, q query) error {
	t.Helper()
	one, both := q.ask(t, prom, map[string]string{"instance": "one"}), q.ask(t, prom, nil)
	if len(one) != len(both) {
		return fmt.Errorf("%d series of one exporter, %d of two", len(one), len(both))
	}
	difference := 1e-9
	if strings.Contains(q.Expr, "time()") || strings.Contains(q.Expr, "increase(") {
		difference = 0.5 // by what lies between two scrapes
	}
	if a, b := total(one), total(both); math.Abs(b-a) > difference*math.Abs(a)+difference {
		return fmt.Errorf("%g of one exporter, %g of two", a, b)
	}
	return nil
}

func total(samples promql.Vector) float64 {
	sum := 0.0
	for _, s := range samples {
		sum += s.F
	}
	return sum
}

// counted wants the tenant whose alerts are only counted to be told from one
// that has none open, and the demo's tenant to be as ever.
func counted(t *testing.T, prom *server) {
	t.Helper()
	wants := map[string]struct {
		value  float64 // of the tenant, or of all
		others bool    // whether other tenants are there, with alerts or none
	}{
		"overview / Open alerts by severity / G":          {value: 1},
		"overview / Tenants / B":                          {value: -1, others: true},
		"overview / Tenants / C":                          {value: -1, others: true},
		"alerts / Open alerts by severity / G":            {value: 1},
		"alerts / Tenants without the list of alerts / A": {value: 1},
		"alerts / Tenants without the list of alerts / B": {value: 10},
	}
	for _, q := range queries(t) {
		want, ok := wants[q.String()]
		if !ok {
			continue
		}
		delete(wants, q.String())
		var value float64
		others := false
		for _, sample := range q.ask(t, prom, nil) {
			switch tenant := sample.Metric.Get("tenant"); tenant {
			case "", "counted":
				value = sample.F
			default:
				others = true
				if sample.F < 0 {
					t.Errorf("%s: %g for tenant %s, which has the list", q, sample.F, tenant)
				}
			}
		}
		if value != want.value || others != want.others {
			t.Errorf("%s: %g, others %t, want %g, others %t", q, value, others, want.value, want.others)
		}
	}
	for q := range wants {
		t.Errorf("there is no query %s", q)
	}
}

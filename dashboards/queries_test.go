package dashboards

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// mayBeEmpty are the queries that need not have an answer on the demo.
var mayBeEmpty = map[string]string{
	"overview / Open alerts by severity / F": "severities that nobody has seen yet; the demo has none",
	"alerts / Open alerts by severity / F":   "severities that nobody has seen yet; the demo has none",
	"alerts / Raised by category / A":        "only categories in which an alert was raised, which the demo may not do in seconds",
}

// emptyVariables have nothing to choose from on the demo.
var emptyVariables = map[string]string{
	"sub_tenant": "the demo's tenant has no sub-tenants",
}

// TestQueriesOnPrometheus asks a real Prometheus every query of every panel,
// and wants the same answers of two exporters as of one.
func TestQueriesOnPrometheus(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute, and Prometheus")
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Minute, errors.New("takes too long"))
	defer cancel()
	l := startLive(ctx, t)
	l.await(ctx, t)

	t.Run("answers", func(t *testing.T) { l.answers(ctx, t) })
	t.Run("variables", func(t *testing.T) { l.variables(ctx, t) })
	t.Run("replicas", func(t *testing.T) { l.replicas(ctx, t) })
	t.Run("counted", func(t *testing.T) { l.counted(ctx, t) })
}

// answers runs the queries as Grafana does, and lists what they give.
func (l *live) answers(ctx context.Context, t *testing.T) {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	var last *panel
	for _, q := range queries(t) {
		expr, err := q.board.fill(q.target.Expr, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		run := l.overTime
		if q.target.Instant {
			run = l.instant
		}
		got, err := run(ctx, expr, time.Now())
		if err != nil {
			t.Errorf("%s: %s\n%s", q, err, expr)
		}
		reason, excused := mayBeEmpty[q.String()]
		if len(got) == 0 && !excused {
			t.Errorf("%s: nothing\n%s", q, expr)
		}
		if q.panel != last {
			fmt.Fprintf(w, "\n%s\t%s\t%s\t", strings.TrimSuffix(q.board.file, ".json"), q.panel.Title, q.panel.Type)
			last = q.panel
		}
		fmt.Fprintf(w, " %d", len(got))
		if len(got) == 0 && excused {
			fmt.Fprintf(w, " (%s)", reason)
		}
	}
	_ = w.Flush() // to memory
	t.Logf("series of each query:%s", text.String())
}

// variables asks for the values to choose from.
func (l *live) variables(ctx context.Context, t *testing.T) {
	for _, b := range boards(t) {
		for _, v := range b.Templating.List {
			parts := labelValues.FindStringSubmatch(v.queryOf())
			if parts == nil {
				continue // the data source
			}
			selector, err := b.fill(parts[1], nil)
			if err != nil {
				t.Error(err)
			}
			var answer struct{ Data []string }
			if err := l.get(ctx, "/api/v1/label/"+parts[2]+"/values?"+url.Values{"match[]": {selector}}.Encode(), &answer); err != nil {
				t.Errorf("%s: variable %s: %s", b.file, v.Name, err)
			}
			if _, excused := emptyVariables[v.Name]; len(answer.Data) == 0 && !excused {
				t.Errorf("%s: variable %s: nothing to choose from", b.file, v.Name)
			}
		}
	}
}

// replicas compares what two exporters that watch the same tenant show with
// what one of them shows. The dashboard of the exporter itself is left out:
// there the two are different things.
func (l *live) replicas(ctx context.Context, t *testing.T) {
	different := map[string]error{}
	for _, q := range queries(t) {
		if q.board.file != "exporter.json" {
			different[q.String()] = nil
		}
	}
	// Something may happen just between the scrapes of the two.
	for range 10 {
		for _, q := range queries(t) {
			if _, ok := different[q.String()]; !ok {
				continue
			}
			if different[q.String()] = l.same(ctx, q); different[q.String()] == nil {
				delete(different, q.String())
			}
		}
		if len(different) == 0 {
			return
		}
		time.Sleep(700 * time.Millisecond)
	}
	for q, err := range different {
		t.Errorf("%s: %s", q, err)
	}
}

func (l *live) same(ctx context.Context, q query) error {
	now := time.Now()
	one, err := q.board.fill(q.target.Expr, map[string]string{"instance": "one"})
	if err != nil {
		return err
	}
	both, err := q.board.fill(q.target.Expr, nil)
	if err != nil {
		return err
	}
	single, err := l.instant(ctx, one, now)
	if err != nil {
		return err
	}
	double, err := l.instant(ctx, both, now)
	if err != nil {
		return err
	}
	if len(single) != len(double) {
		return fmt.Errorf("%d series of one exporter, %d of two", len(single), len(double))
	}
	difference := 1e-9
	if strings.Contains(one, "time()") || strings.Contains(one, "increase(") {
		difference = 0.5 // by what lies between two scrapes
	}
	if a, b := total(single), total(double); math.Abs(b-a) > difference*math.Abs(a)+difference {
		return fmt.Errorf("%g of one exporter, %g of two", a, b)
	}
	return nil
}

func total(results []result) float64 {
	sum := 0.0
	for _, r := range results {
		sum += r.value
	}
	return sum
}

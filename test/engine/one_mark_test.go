package engine

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
)

// countedEvents are six events, as a counter that is scraped each minute has them:
// after 10, 20 and, two at once, 25 minutes; one while nothing was scraped for
// twenty minutes; and one after a restart of the exporter, after 85.
const countedEvents = "0x9 1x9 2x4 4x9 _x20 5x19 0x9 1x30"

const events = 6

// TestAnEventIsOneMark asks the panels that count what was raised and cleared
// for the same two hours at several zooms: each bar is a whole number of
// events, and all bars together are those that there were.
func TestAnEventIsOneMark(t *testing.T) {
	t.Parallel()
	var load strings.Builder
	load.WriteString("load 1m\n")
	for _, metric := range []string{"alerts_raised", "alerts_cleared", "incidents_raised"} {
		for _, instance := range []string{"one", "two"} { // a pair of exporters counts no event twice
			load.WriteString("  prisma_access_" + metric + `_total{job="prisma", instance="` + instance +
				`", tenant="acme", prisma_severity="Critical", category="RN", clear_reason="resolved"} ` + countedEvents + "\n")
		}
	}
	storage := promqltest.LoadedStorage(t, load.String())
	t.Cleanup(func() { _ = storage.Close() })
	engine := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
	asked := 0
	for _, q := range queries(t) {
		if !strings.Contains(q.Expr, "_raised_total") && !strings.Contains(q.Expr, "_cleared_total") || q.Instant {
			continue
		}
		asked++
		for _, zoom := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute} {
			expr, err := q.board.fill(q.Expr, map[string]string{"__interval": zoom.String()})
			if err != nil {
				t.Fatal(err)
			}
			begin := time.Unix(0, 0)
			query, err := engine.NewRangeQuery(context.Background(), storage, nil, expr, begin, begin.Add(115*time.Minute), zoom)
			if err != nil {
				t.Fatalf("%s: %v", q, err)
			}
			bars, err := query.Exec(context.Background()).Matrix()
			if err != nil {
				t.Fatalf("%s: %v", q, err)
			}
			if got := total(heights(t, bars)); got != events {
				t.Errorf("%s: %g events in bars of %s, want %d", q, got, zoom, events)
			}
			query.Close()
		}
	}
	if asked != 4 {
		t.Errorf("%d panels count events, want alerts raised, cleared and raised by category, and incidents raised", asked)
	}
}

// heights are those of all bars, each of which is of whole events.
func heights(t *testing.T, bars promql.Matrix) promql.Vector {
	t.Helper()
	var all promql.Vector
	for _, series := range bars {
		for _, point := range series.Floats {
			if point.F < 0 || point.F != math.Trunc(point.F) {
				t.Errorf("a bar of %g events", point.F)
			}
			all = append(all, promql.Sample{F: point.F})
		}
	}
	return all
}

// Package collector turns what Insights says of a tenant into metrics.
//
// A collector reads one family of resources. A scope runs the collectors of one
// tenant or sub-tenant side by side, each of them polled as package poll has
// it.
package collector

import (
	"context"
	"math"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// Collector reads one family of Insights resources.
type Collector interface {
	// Update asks api what there is and writes it to emit. What it wrote is
	// thrown away when it returns an error. Each scope has a collector of its
	// own, whose Update is never called twice at a time.
	Update(ctx context.Context, api insights.API, emit *Emitter) error
}

// Emitter takes the series of one poll.
type Emitter struct {
	builder *exposition.Builder
	metrics *Metrics
	tenant  string
	name    string  // of the collector
	census  *census // nil where nothing is remembered
	// first is nil where an empty answer can be believed by itself.
	first *firstRow
	// open counts the open alerts or incidents, if the collector found them.
	open []SeverityCount
	// pending is how many alerts or incidents are open.
	pending int
}

// Count tells how many things of a kind there are, before any of them has an
// effect beyond this poll. When it fails, too many of them are gone at once to
// believe it: Update has to return the error, and is called again at once.
func (e *Emitter) Count(kind string, n int) error {
	if e.census == nil {
		return nil
	}
	return e.census.count(kind, n)
}

// Labels takes label values once for all the metrics that share their names.
func (e *Emitter) Labels(names []string, values ...string) exposition.Labels {
	return e.builder.Labels(names, values...)
}

// Value writes a series.
func (e *Emitter) Value(m *exposition.Metric, l exposition.Labels, v float64) { e.builder.Add(m, l, v) }

// Number writes a series in the metric's unit, factor times the API's, or
// nothing where the API has no number. A count, a rate or a duration below zero
// measures nothing, and is counted as unknown under the metric's name.
func (e *Emitter) Number(m *exposition.Metric, l exposition.Labels, n insights.Number, factor float64) {
	switch v := n.Value * factor; {
	case !n.Valid, math.IsInf(v, 0):
	case v < 0:
		e.Unknown(m.Name)
	default:
		e.builder.Add(m, l, v)
	}
}

// Time writes an instant, or nothing where the API has none.
func (e *Emitter) Time(m *exposition.Metric, l exposition.Labels, t insights.Time) {
	if !t.IsZero() {
		e.builder.Add(m, l, seconds(t.Time))
	}
}

// State writes a 0/1 series for each state of the metric, or nothing where
// the API says none.
func (e *Emitter) State(m *exposition.Metric, l exposition.Labels, s state) {
	if s != noState {
		e.builder.AddState(m, l, int(s))
	}
}

// Unknown counts a value of a field that is not in the API's tables.
func (e *Emitter) Unknown(field string) {
	e.metrics.add(e.metrics.unknown, 1, e.tenant, e.name, field)
}

// Duplicate counts a row that has the identity of another.
func (e *Emitter) Duplicate() {
	e.metrics.add(e.metrics.duplicates, 1, e.tenant, e.name)
}

// unread counts what answers had that could not be read: elements that were no
// rows, and values of another type than their column has.
func (e *Emitter) unread(answers *tally) {
	if answers.odd > 0 {
		e.metrics.add(e.metrics.unknown, float64(answers.odd), e.tenant, e.name, fieldRow)
	}
	for column, n := range answers.wrong {
		e.metrics.add(e.metrics.unknown, float64(n), e.tenant, e.name, column)
	}
}

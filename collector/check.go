package collector

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// Outcome is how one query of a check ended.
type Outcome struct {
	Collector string
	// Query is the name of the resource, and of what of it was asked for.
	Query     string
	Rows      int
	Truncated bool
	Took      time.Duration
	Err       error
}

// Check runs each of the collectors once and reports every query that they
// made, and an outcome without a query for a collector that could not do with
// its answers, or without one that the tenant lacks.
func Check(ctx context.Context, o ScopeOptions) []Outcome {
	var outcomes []Outcome
	for _, e := range o.Collectors {
		outcomes = append(outcomes, checkOne(ctx, e, o)...)
	}
	return outcomes
}

func checkOne(ctx context.Context, e Enabled, o ScopeOptions) []Outcome {
	witness := &witness{API: o.API, ctx: ctx, collector: e.Name}
	emit := &Emitter{builder: exposition.NewBuilder(), metrics: o.Metrics, tenant: o.Tenant, name: e.Name}
	_, err := guarded(ctx, func(ctx context.Context) (*reading, error) {
		return nil, e.New(o.Options).Update(ctx, witness, emit)
	})
	slices.SortFunc(witness.outcomes, func(a, b Outcome) int { return cmp.Compare(a.Query, b.Query) })
	failed := slices.ContainsFunc(witness.outcomes, func(o Outcome) bool { return o.Err != nil && optionalColumn(o.Err) != nil })
	if err != nil && !failed {
		witness.outcomes = append(witness.outcomes, Outcome{Collector: e.Name, Err: err})
	}
	return witness.outcomes
}

// witness notes how the queries of one collector end. A query that fails does
// not end the others, as it would on a scrape.
type witness struct {
	insights.API
	ctx       context.Context
	collector string

	mu       sync.Mutex
	outcomes []Outcome
}

// Query implements insights.API.
func (w *witness) Query(_ context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	start := time.Now()
	answer, err := guardedQuery(w.ctx, w.API, q, next)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outcomes = append(w.outcomes, Outcome{w.collector, q.Name(), answer.Rows, answer.Truncated, time.Since(start), err})
	return answer, err
}

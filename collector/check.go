package collector

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// Check runs each of the collectors once and reports every query that they
// made, and an outcome without a query for a collector that could not do with
// its answers, or without one that the tenant lacks.
func Check(ctx context.Context, o ScopeOptions) []poll.Outcome {
	var outcomes []poll.Outcome
	for _, e := range o.Collectors {
		outcomes = append(outcomes, checkOne(ctx, e, o)...)
	}
	return outcomes
}

func checkOne(ctx context.Context, e Enabled, o ScopeOptions) []poll.Outcome {
	witness := &witness{API: o.API, ctx: ctx, collector: e.Name}
	emit := &Emitter{builder: exposition.NewBuilder(), metrics: o.Metrics, tenant: o.Tenant, name: e.Name}
	_, err := poll.Guard("the collector", func() (struct{}, error) {
		return struct{}{}, e.New(o.Options).Update(ctx, witness, emit)
	})
	slices.SortFunc(witness.outcomes, func(a, b poll.Outcome) int { return cmp.Compare(a.Query, b.Query) })
	failed := slices.ContainsFunc(witness.outcomes, func(o poll.Outcome) bool { return o.Err != nil && optionalColumn(o.Err) != nil })
	if err != nil && !failed {
		witness.outcomes = append(witness.outcomes, poll.Outcome{Collector: e.Name, Err: err})
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
	outcomes []poll.Outcome
}

// Query implements insights.API.
func (w *witness) Query(_ context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	start := time.Now()
	answer, err := guardedQuery(w.ctx, w.API, q, next)
	o := poll.Outcome{Collector: w.collector, Query: q.Name(), Rows: answer.Rows, Truncated: answer.Truncated, Took: time.Since(start), Err: err}
	if q.Resource.OfRegion {
		o.Things = answer.Rows
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outcomes = append(w.outcomes, o)
	return answer, err
}

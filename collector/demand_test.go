package collector

import (
	"context"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// asked is an API without a row that remembers what it was asked.
type asked struct {
	mu      sync.Mutex
	queries []insights.Query
}

// Query implements insights.API.
func (a *asked) Query(_ context.Context, q insights.Query, _ func() insights.Row) (insights.Answer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queries = append(a.queries, q)
	return insights.Answer{}, nil
}

// TestQueriesOfAPoll checks that a poll asks as often, and as urgently, as its
// collector says: the plan of the budget rests on it.
func TestQueriesOfAPoll(t *testing.T) {
	for _, d := range Definitions() {
		api := &asked{}
		emit := &Emitter{builder: exposition.NewBuilder(), metrics: NewMetrics(prometheus.NewRegistry())}
		if err := d.New(testOptions()).Update(t.Context(), api, emit); err != nil {
			t.Fatalf("%s: %v", d.Name, err)
		}
		if len(api.queries) != d.Queries {
			t.Errorf("%s asks %d queries and says %d", d.Name, len(api.queries), d.Queries)
		}
		for _, q := range api.queries {
			if q.Urgency != d.Urgency {
				t.Errorf("%s asks %s with urgency %d and says %d", d.Name, q.Name(), q.Urgency, d.Urgency)
			}
		}
	}
}

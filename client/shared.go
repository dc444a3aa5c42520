package client

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// Shared is what the clients of one process have in common, because the API
// counts by source address: the budget, and the breaker for a blocked address.
type Shared struct {
	Budget *Budget

	metrics  *metrics
	blockade *blockade

	mu      sync.Mutex
	clients map[*Client]struct{}
}

// NewShared returns what clients share and registers its metrics and theirs.
func NewShared(budget BudgetOptions, r prometheus.Registerer) *Shared {
	s := &Shared{Budget: NewBudget(budget), metrics: newMetrics(r), clients: map[*Client]struct{}{}}
	s.blockade = newBlockade(func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.clients)
	})
	r.MustRegister(s)
	return s
}

func (s *Shared) add(c *Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients[c] = struct{}{}
}

func (s *Shared) remove(c *Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, c)
	s.metrics.forget(c.tenant.Name)
}

var (
	breakerOpenDesc = exposition.NewDesc(breakerOpen)
	budgetLimitDesc = exposition.NewDesc(budgetLimit)
	budgetUsedDesc  = exposition.NewDesc(budgetUsed)
)

// Describe and Collect make the state of budget and breakers metrics.
func (s *Shared) Describe(ch chan<- *prometheus.Desc) {
	ch <- breakerOpenDesc
	ch <- budgetLimitDesc
	ch <- budgetUsedDesc
}

// Collect is described at Describe.
func (s *Shared) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(budgetLimitDesc, float64(s.Budget.options.RequestsPerMinute))
	gauge(budgetUsedDesc, float64(s.Budget.Used()))
	blocked := number(s.blockade.Open())
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		gauge(breakerOpenDesc, number(len(c.breaker.Open()) > 0), c.tenant.Name, "resource")
		gauge(breakerOpenDesc, blocked, c.tenant.Name, "blocked")
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

package client

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Shared is what the clients of one process have in common, because the API
// counts by source address: the budget, and the breaker for a blocked address.
type Shared struct {
	Budget *Budget

	metrics  *Metrics
	blockade *blockade

	mu      sync.Mutex
	clients map[*Client]struct{}
}

// NewShared returns what clients share and registers its metrics and theirs.
func NewShared(budget BudgetOptions, r prometheus.Registerer) *Shared {
	s := &Shared{Budget: NewBudget(budget), metrics: NewMetrics(r), clients: map[*Client]struct{}{}}
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
	s.metrics.Forget(c.tenant.Name)
}

var (
	breakerOpen = prometheus.NewDesc("prisma_exporter_breaker_open",
		"Whether the API is not asked now because of what it answered: reason resource where at least one resource of the tenant was refused for good, reason blocked where it blocks this machine's address.",
		[]string{"tenant", "reason"}, nil)
	budgetLimit = prometheus.NewDesc("prisma_exporter_api_budget_requests_per_minute",
		"The most requests that this process sends to the Insights API in a minute.", nil, nil)
	budgetUsed = prometheus.NewDesc("prisma_exporter_api_budget_used_requests",
		"Requests that this process sent to the Insights API in the last minute.", nil, nil)
)

// Describe and Collect make the state of budget and breakers metrics.
func (s *Shared) Describe(ch chan<- *prometheus.Desc) {
	ch <- breakerOpen
	ch <- budgetLimit
	ch <- budgetUsed
}

// Collect is described at Describe.
func (s *Shared) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(budgetLimit, float64(s.Budget.options.RequestsPerMinute))
	gauge(budgetUsed, float64(s.Budget.Used()))
	blocked := number(s.blockade.Open())
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		gauge(breakerOpen, number(len(c.breaker.Open()) > 0), c.tenant.Name, "resource")
		gauge(breakerOpen, blocked, c.tenant.Name, "blocked")
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

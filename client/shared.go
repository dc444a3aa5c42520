package client

import (
	"maps"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// Shared is what the clients of one process have in common, because the API
// counts by source address: the budget, and the breaker for a blocked address.
type Shared struct {
	// Budget is that of Insights.
	Budget *budget.Budget
	// capacity is that of the capacity platform, which is another API: what
	// the one has too much of must not keep from asking the other.
	capacity *budget.Budget

	metrics    *metrics
	blockade   *blockade
	rejections *rejections

	mu      sync.Mutex
	senders map[*sender]struct{}
	clients map[*Client]struct{}
}

// NewShared returns what clients share and registers its metrics and theirs.
func NewShared(limits budget.Options, r prometheus.Registerer) *Shared {
	s := &Shared{Budget: budget.New(limits), capacity: budget.New(limits), metrics: newMetrics(r), rejections: newRejections(), senders: map[*sender]struct{}{}, clients: map[*Client]struct{}{}}
	s.blockade = newBlockade(func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.clients)
	})
	r.MustRegister(s)
	return s
}

func (s *Shared) add(one *sender) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.senders[one] = struct{}{}
}

func (s *Shared) addClient(c *Client) {
	s.add(c.sender)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients[c] = struct{}{}
}

// remove forgets a sender and, unless another one has taken its place, all
// that is known by its name.
func (s *Shared) remove(one *sender) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.senders, one)
	maps.DeleteFunc(s.clients, func(c *Client, _ struct{}) bool { return c.sender == one })
	for other := range s.senders {
		if other.name == one.name {
			return
		}
	}
	s.metrics.forget(one.name)
	one.budget.Forget(one.name)
	s.blockade.Forget(one.name)
}

// record lets a sender write its metrics, unless it has been removed: what it
// was still doing then must not bring its series back.
func (s *Shared) record(one *sender, write func(*metrics)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.senders[one]; ok {
		write(s.metrics)
	}
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
	gauge(budgetLimitDesc, float64(s.Budget.Limit()))
	gauge(budgetUsedDesc, float64(s.Budget.Used()))
	blocked := number(s.blockade.Open())
	for tenant, open := range s.open() {
		gauge(breakerOpenDesc, number(open), tenant, "resource")
		gauge(breakerOpenDesc, blocked, tenant, "blocked")
	}
}

// open tells of each tenant whether any of its queries is held. A tenant has
// two clients while a new configuration takes the place of an old one.
func (s *Shared) open() map[string]bool {
	s.mu.Lock()
	clients := slices.Collect(maps.Keys(s.clients))
	s.mu.Unlock()
	open := make(map[string]bool, len(clients))
	for _, c := range clients {
		open[c.name] = c.breaker.Open(c.tokens.Epoch()) || open[c.name]
	}
	return open
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

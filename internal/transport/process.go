package transport

import (
	"net/http"
	"sync"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/hold"
)

// Process is what all senders of a process have in common: what the vendors
// have asked it not to do, the memory for answers, and the metrics.
type Process struct {
	// Holds are those of all vendors.
	Holds *hold.Book
	// Record returns a transport that sees what is asked and answered, for all
	// but companies, whose records are nobody's business; nil for none. It is
	// set before there are senders.
	Record func(http.RoundTripper) http.RoundTripper

	memory  *memory
	metrics *metrics

	mu    sync.Mutex
	alive map[string]int // senders by name: a tenant has two while it is replaced
}

// NewProcess returns what the senders of a process have in common, and
// registers its metrics.
func NewProcess(r prometheus.Registerer, logger log.Logger) *Process {
	p := &Process{Holds: hold.NewBook(logger), memory: newMemory(maxBodies), metrics: newMetrics(r), alive: map[string]int{}}
	r.MustRegister(p)
	return p
}

func (p *Process) add(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alive[name]++
}

// remove takes a sender off the books and, when it is the last of its name, all
// that is known by that name. It reports whether it was.
func (p *Process) remove(name string) (last bool) {
	p.mu.Lock()
	p.alive[name]--
	last = p.alive[name] == 0
	if last {
		delete(p.alive, name)
		p.metrics.forget(name)
	}
	p.mu.Unlock()
	if last {
		p.Holds.Forget(name)
	}
	return last
}

var (
	breakerOpenDesc = exposition.NewDesc(breakerOpen)
	holdUntilDesc   = exposition.NewDesc(holdUntil)
)

// Describe and Collect make the holds metrics.
func (p *Process) Describe(ch chan<- *prometheus.Desc) {
	ch <- breakerOpenDesc
	ch <- holdUntilDesc
}

// reasons are those of breaker_open, and the holds that each is about.
var reasons = map[hold.Reason]string{hold.Refused: "resource", hold.AllRefused: "blocked"}

// Collect is described at Describe.
func (p *Process) Collect(ch chan<- prometheus.Metric) {
	type series struct {
		tenant, scope, reason string
	}
	until := map[series]float64{}
	open := map[series]bool{}
	p.mu.Lock()
	for name := range p.alive {
		for _, reason := range reasons {
			open[series{tenant: name, reason: reason}] = false
		}
	}
	p.mu.Unlock()
	p.Holds.Each(func(tenant string, h hold.Hold) {
		s := series{tenant, h.Scope.String(), string(h.Reason)}
		until[s] = max(until[s], float64(h.Until.UnixMilli())/1000)
		if reason, ok := reasons[h.Reason]; ok {
			open[series{tenant: tenant, reason: reason}] = true
		}
	})
	for s, at := range until {
		ch <- prometheus.MustNewConstMetric(holdUntilDesc, prometheus.GaugeValue, at, s.tenant, s.scope, s.reason)
	}
	for s, yes := range open {
		ch <- prometheus.MustNewConstMetric(breakerOpenDesc, prometheus.GaugeValue, number(yes), s.tenant, s.reason)
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

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
	// Record returns a transport that sees what is asked and answered for a kind
	// of thing, as in Options; nil for none. It is set before there are senders.
	Record func(kind string, next http.RoundTripper) http.RoundTripper

	memory   *memory
	duration *prometheus.HistogramVec

	mu    sync.Mutex
	alive map[string]*named
}

// named is what the senders of one name have in common: a tenant has two while
// it is replaced.
type named struct {
	senders int
	*metrics
}

// NewProcess returns what the senders of a process have in common, and
// registers its metrics.
func NewProcess(r prometheus.Registerer, logger log.Logger) *Process {
	p := &Process{Holds: hold.NewBook(logger), memory: newMemory(maxBodies), duration: newDuration(r), alive: map[string]*named{}}
	r.MustRegister(p)
	return p
}

// add puts a sender on the books and returns what it counts in.
func (p *Process) add(name string) *metrics {
	fresh := newMetrics(p.duration)
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.alive[name]
	if n == nil {
		n = &named{metrics: fresh}
		p.alive[name] = n
	}
	n.senders++
	return n.metrics
}

// remove takes a sender off the books and, when it is the last of its name, all
// that is known by that name. It reports whether it was.
func (p *Process) remove(name string) (last bool) {
	p.mu.Lock()
	n := p.alive[name]
	n.senders--
	if last = n.senders == 0; last {
		delete(p.alive, name)
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

// Describe and Collect make the holds, and what the senders count, metrics.
func (p *Process) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range newMetrics(p.duration).own() {
		c.Describe(ch)
	}
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
	var counted []*metrics
	p.mu.Lock()
	for name, n := range p.alive {
		counted = append(counted, n.metrics)
		for _, reason := range reasons {
			open[series{tenant: name, reason: reason}] = false
		}
	}
	p.mu.Unlock()
	for _, m := range counted {
		for _, c := range m.own() {
			c.Collect(ch)
		}
	}
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

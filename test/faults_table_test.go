package test

import (
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

var discardLog = log.New(io.Discard, "", 0)

// thief is another host, to which a redirect wants to lead the exporter.
var thief = newThief()

type thiefServer struct {
	*httptest.Server
	stolen *atomic.Int64
}

func newThief() thiefServer {
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { n.Add(1) }))
	return thiefServer{server, &n}
}

// faultTable is what /metrics showed, fault by fault and endpoint by endpoint.
type faultTable struct {
	mu   sync.Mutex
	rows map[string]map[string][]string // fault, outcome, endpoints
}

func (t *faultTable) add(fault, endpoint string, o outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rows == nil {
		t.rows = map[string]map[string][]string{}
	}
	if t.rows[fault] == nil {
		t.rows[fault] = map[string][]string{}
	}
	t.rows[fault][o.String()] = append(t.rows[fault][o.String()], endpoint)
}

// String puts endpoints of which the page showed the same into one line.
func (t *faultTable) String() string {
	var b strings.Builder
	for _, fault := range slices.Sorted(maps.Keys(t.rows)) {
		for _, shown := range slices.Sorted(maps.Keys(t.rows[fault])) {
			endpoints := t.rows[fault][shown]
			slices.Sort(endpoints)
			where := strings.Join(endpoints, ", ")
			if len(endpoints) == len(askedBy) {
				where = fmt.Sprintf("all %d resources", len(askedBy))
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", fault, where, shown)
		}
	}
	return b.String()
}

// pool bounds what runs at a time, and more tightly what is busy.
type pool struct {
	sync.WaitGroup
	slots, busy chan struct{}
}

func newPool(slots, busy int) *pool {
	return &pool{slots: make(chan struct{}, slots), busy: make(chan struct{}, busy)}
}

func (p *pool) Go(f func()) {
	p.WaitGroup.Go(func() {
		p.slots <- struct{}{}
		defer func() { <-p.slots }()
		f()
	})
}

// Busy runs what needs the processor.
func (p *pool) Busy(f func()) {
	p.busy <- struct{}{}
	defer func() { <-p.busy }()
	f()
}

package test

import (
	"fmt"
	"io"
	"log"
	"maps"
	"slices"
	"strings"
	"sync"
)

var discardLog = log.New(io.Discard, "", 0)

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

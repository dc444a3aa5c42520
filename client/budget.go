package client

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// BudgetOptions bound what one process asks of the API, which counts calls by
// source address: above 1,000 a minute it refuses them, and far above it
// blocks the address for ten minutes.
type BudgetOptions struct {
	// RequestsPerMinute is the most calls in any minute.
	RequestsPerMinute int
	// Concurrency is the most calls at a time.
	Concurrency int
}

// maxPause bounds what a Retry-After is believed: as long as the API's block.
const maxPause = 10 * time.Minute

// Budget hands out the calls of one process to all of its tenants: alerts
// before health before traffic and, among equals, the tenant with the fewest
// calls under way, then the one whose last call is the longest ago.
type Budget struct {
	options BudgetOptions

	mu       sync.Mutex
	started  []time.Time // of the last calls, as a ring
	oldest   int
	running  int
	byTenant map[string]int // calls under way
	turn     uint64         // of the last call
	turns    map[string]uint64
	waiting  []*waiter
	paused   time.Time
	wake     *time.Timer
}

// waiter is a call that waits; decided is closed once it has leave or an
// error.
type waiter struct {
	tenant   string
	urgency  insights.Urgency
	deadline time.Time
	decided  chan struct{}
	granted  bool
	err      error
}

// NewBudget returns a budget.
func NewBudget(o BudgetOptions) *Budget {
	return &Budget{
		options:  o,
		started:  make([]time.Time, o.RequestsPerMinute),
		byTenant: map[string]int{},
		turns:    map[string]uint64{},
	}
}

// Acquire waits for leave to make one call and returns what ends the call. It
// does not wait for a pause that the caller will not see the end of.
func (b *Budget) Acquire(ctx context.Context, tenant string, urgency insights.Urgency) (release func(), err error) {
	w := &waiter{tenant: tenant, urgency: urgency, decided: make(chan struct{})}
	w.deadline, _ = ctx.Deadline()
	b.mu.Lock()
	b.waiting = append(b.waiting, w)
	b.dismiss()
	b.grant()
	b.mu.Unlock()

	select {
	case <-w.decided:
		if w.err != nil {
			return nil, w.err
		}
		return func() { b.release(tenant) }, nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.granted {
		// Leave came at the same moment and is not wanted any more. The
		// call stays counted, though: better one too few than one too many.
		b.end(tenant)
		b.grant()
	} else {
		b.forget(w)
	}
	return nil, context.Cause(ctx)
}

// Pause stops all calls until t, because the API asked for it.
func (b *Budget) Pause(t time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if limit := time.Now().Add(maxPause); t.After(limit) {
		t = limit
	}
	if t.After(b.paused) {
		b.paused = t
		b.dismiss()
	}
}

// dismiss sends those away who would wait for nothing. It holds b.mu.
func (b *Budget) dismiss() {
	if !b.paused.After(time.Now()) {
		return
	}
	kept := b.waiting[:0]
	for _, w := range b.waiting {
		if w.deadline.IsZero() || w.deadline.After(b.paused) {
			kept = append(kept, w)
			continue
		}
		w.err = fmt.Errorf("the API asked for less and is left alone until %s", clockTime(b.paused))
		close(w.decided)
	}
	clear(b.waiting[len(kept):])
	b.waiting = kept
}

// Used is how many calls were started in the last minute.
func (b *Budget) Used() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, t := range b.started {
		if !t.IsZero() && time.Since(t) < time.Minute {
			n++
		}
	}
	return n
}

func (b *Budget) release(tenant string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end(tenant)
	b.grant()
}

func (b *Budget) end(tenant string) {
	b.running--
	if b.byTenant[tenant]--; b.byTenant[tenant] == 0 {
		delete(b.byTenant, tenant)
	}
}

// grant gives leave to all who may have it now, and sees to it that it is
// called again when the next one may. It holds b.mu.
func (b *Budget) grant() {
	now := time.Now()
	for len(b.waiting) > 0 && b.running < b.options.Concurrency {
		if free := b.free(); free.After(now) {
			b.wakeAt(free)
			return
		}
		w := b.first()
		b.forget(w)
		b.started[b.oldest] = now
		b.oldest = (b.oldest + 1) % len(b.started)
		b.running++
		b.byTenant[w.tenant]++
		b.turn++
		b.turns[w.tenant] = b.turn
		w.granted = true
		close(w.decided)
	}
}

// free is when the next call may start: a minute after the call that is as
// many calls ago as the budget has for a minute.
func (b *Budget) free() time.Time {
	free := b.paused
	if last := b.started[b.oldest]; !last.IsZero() && last.Add(time.Minute).After(free) {
		free = last.Add(time.Minute)
	}
	return free
}

func (b *Budget) wakeAt(t time.Time) {
	if b.wake != nil {
		b.wake.Stop()
	}
	b.wake = time.AfterFunc(time.Until(t), func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.grant()
	})
}

// first chooses who is next.
func (b *Budget) first() *waiter {
	best := b.waiting[0]
	for _, w := range b.waiting[1:] {
		if b.before(w, best) {
			best = w
		}
	}
	return best
}

func (b *Budget) before(w, other *waiter) bool {
	if w.urgency != other.urgency {
		return w.urgency < other.urgency
	}
	if mine, theirs := b.byTenant[w.tenant], b.byTenant[other.tenant]; mine != theirs {
		return mine < theirs
	}
	return b.turns[w.tenant] < b.turns[other.tenant]
}

// Forget drops what is known of a tenant that is no more.
func (b *Budget) Forget(tenant string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.turns, tenant)
}

func (b *Budget) forget(w *waiter) {
	if i := slices.Index(b.waiting, w); i >= 0 {
		b.waiting = slices.Delete(b.waiting, i, i+1)
	}
}

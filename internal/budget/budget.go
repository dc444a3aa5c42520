// Package budget shares out the calls that one process may make, of which an
// API allows so many a minute from one address.
package budget

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Options bound what one process asks of the API, which counts calls by
// source address: above 1,000 a minute it refuses them, and far above it
// blocks the address for ten minutes.
type Options struct {
	// RequestsPerMinute is the most calls in any minute.
	RequestsPerMinute int
	// Concurrency is the most calls at a time: of one tenant, and of all
	// tenants without a slow call.
	Concurrency int
}

// Priority orders the calls that wait: the lower, the sooner.
type Priority int

// First is the priority that has a part of the budget for itself.
const First Priority = 0

// slowAfter is when a call is slow. From then on its tenant has none of the
// places that it would share with others, so that one whose API does not
// answer costs them a short wait and not the time for a request. It is longer
// than most answers take, since what is slow makes for more calls at a time:
// as many as the budget has for the time of a request at most.
const slowAfter = 2 * time.Second

// Budget hands out the calls of one process to all of its tenants: alerts
// before health before traffic and, among equals, the tenant with the fewest
// calls under way, then the one whose last call is the longest ago.
type Budget struct {
	options Options

	mu       sync.Mutex
	started  []time.Time // of the last calls, as a ring
	oldest   int
	running  int            // calls that have a place
	byTenant map[string]int // calls under way, with a place or not
	slow     map[string]int // calls under way that are slow, by tenant
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
	urgency  Priority
	deadline time.Time
	decided  chan struct{}
	err      error
	// Of one with leave: whether it has a place, is slow, and what finds
	// that out.
	granted, placed, slow bool
	watch                 *time.Timer
}

// New returns a budget.
func New(o Options) *Budget {
	return &Budget{
		options:  o,
		started:  make([]time.Time, o.RequestsPerMinute),
		byTenant: map[string]int{},
		slow:     map[string]int{},
		turns:    map[string]uint64{},
	}
}

// Acquire waits for leave to make one call and returns what ends the call. It
// does not wait for a pause that the caller will not see the end of.
func (b *Budget) Acquire(ctx context.Context, tenant string, urgency Priority) (release func(), err error) {
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
		return func() { b.release(w) }, nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.granted {
		// Leave came at the same moment and is not wanted any more. The
		// call stays counted, though: better one too few than one too many.
		b.end(w)
		b.grant()
	} else {
		b.forget(w)
	}
	return nil, context.Cause(ctx)
}

// Limit is the most calls in any minute.
func (b *Budget) Limit() int { return b.options.RequestsPerMinute }

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

func (b *Budget) release(w *waiter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end(w)
	b.grant()
}

// end takes a call off the books. It holds b.mu.
func (b *Budget) end(w *waiter) {
	w.watch.Stop()
	w.granted = false
	b.leave(w)
	decrement(b.byTenant, w.tenant)
	if w.slow {
		decrement(b.slow, w.tenant)
	}
}

func decrement(counts map[string]int, tenant string) {
	if counts[tenant]--; counts[tenant] == 0 {
		delete(counts, tenant)
	}
}

// leave makes the place of a call free, if it has one. It holds b.mu.
func (b *Budget) leave(w *waiter) {
	if w.placed {
		w.placed = false
		b.running--
	}
}

// late marks a call as slow.
func (b *Budget) late(w *waiter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.granted { // and has not ended at this moment
		b.leave(w)
		w.slow = true
		b.slow[w.tenant]++
		b.grant()
	}
}

// grant gives leave to all who may have it now, and sees to it that it is
// called again when the next one may. It holds b.mu.
func (b *Budget) grant() {
	now := time.Now()
	for w := b.first(); w != nil; w = b.first() {
		if free := b.free(w.urgency); free.After(now) {
			b.wakeAt(free)
			return
		}
		b.forget(w)
		b.started[b.oldest] = now
		b.oldest = (b.oldest + 1) % len(b.started)
		b.byTenant[w.tenant]++
		b.turn++
		b.turns[w.tenant] = b.turn
		w.granted = true
		if b.slow[w.tenant] == 0 {
			w.placed = true
			b.running++
		}
		w.watch = time.AfterFunc(slowAfter, func() { b.late(w) })
		close(w.decided)
	}
}

// free is when the next call of an urgency may start: a minute after the call
// that is as many calls ago as the urgency has for a minute.
func (b *Budget) free(u Priority) time.Time {
	free := b.paused
	last := b.started[(b.oldest+len(b.started)-b.share(u))%len(b.started)]
	if !last.IsZero() && last.Add(time.Minute).After(free) {
		free = last.Add(time.Minute)
	}
	return free
}

// share is how many of a minute's calls may have been made before one of an
// urgency. The last tenth is for alerts alone, so that a rush for what is less
// urgent does not leave them without a call.
func (b *Budget) share(u Priority) int {
	all := len(b.started)
	if u == First {
		return all
	}
	return max(all-all/10, 1)
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

// first chooses who is next of those who may have leave, if anybody may.
func (b *Budget) first() *waiter {
	var best *waiter
	for _, w := range b.waiting {
		if b.room(w.tenant) && (best == nil || b.before(w, best)) {
			best = w
		}
	}
	return best
}

// room reports whether a tenant may have one more call under way.
func (b *Budget) room(tenant string) bool {
	return b.byTenant[tenant] < b.options.Concurrency && (b.running < b.options.Concurrency || b.slow[tenant] > 0)
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

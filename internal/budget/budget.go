// Package budget shares out the calls that one process may make, of which an
// API allows so many a minute from one address.
package budget

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Options bound what one process asks of an API that counts calls by source
// address: Insights refuses more than 1,000 a minute, and far above that blocks
// the address for ten minutes.
type Options struct {
	// RequestsPerMinute is the most calls in any minute.
	RequestsPerMinute int
	// Concurrency is the most calls at a time: of one tenant, and of all
	// tenants without a slow call.
	Concurrency int
}

// Priority orders the calls that wait: the lower, the sooner.
type Priority int

// First is the priority that has a part of the budget for itself, and
// priorities is how many there are.
const (
	First      Priority = 0
	priorities int      = 3
)

// slowAfter is when a call is slow. From then on its tenant has none of the
// places that it would share with others, so that one whose API does not
// answer costs them a short wait and not the time for a request. It is longer
// than most answers take, since what is slow makes for more calls at a time:
// as many as the budget has for the time of a request at most. It is shorter
// than a page waits for first readings while none comes.
const slowAfter = time.Second

// Budget hands out the calls of one process to all of its tenants: first by
// priority and, among equals, to the tenant with the fewest calls under way,
// then to the one whose last call is the longest ago.
type Budget struct {
	options Options

	plan atomic.Pointer[Plan]

	mu      sync.Mutex
	started []time.Time // of the last calls, as a ring
	oldest  int
	running int    // calls that have a place
	turn    uint64 // of the last call
	tenants map[string]*tenant
	calls   uint64 // that there have been
	// ready are the tenants with calls that wait, by the priority of these.
	ready [priorities]ready
	wake  *time.Timer
}

// New returns a budget.
func New(o Options) *Budget {
	b := &Budget{options: o, started: make([]time.Time, o.RequestsPerMinute), tenants: map[string]*tenant{}}
	for p := range b.ready {
		b.ready[p].quick.priority, b.ready[p].slow.priority = Priority(p), Priority(p)
	}
	return b
}

// Call is leave to make one call. Exactly one of its methods ends it.
type Call struct {
	budget   *Budget
	tenant   *tenant
	priority Priority
	number   uint64 // in which calls came
	// decided is closed once there is leave.
	decided chan struct{}
	place   int // in the ring, once there is leave
	// granted says that there is leave, placed that the call has a place and
	// slow that it is slow; watch finds that out.
	granted, placed, slow bool
	watch                 *time.Timer
}

// Acquire waits for leave to make one call. Its error is the cause of ctx's
// end.
func (b *Budget) Acquire(ctx context.Context, tenant string, p Priority) (*Call, error) {
	b.mu.Lock()
	c := &Call{budget: b, tenant: b.tenant(tenant), priority: p, decided: make(chan struct{})}
	b.enqueue(c)
	b.grant()
	b.mu.Unlock()

	select {
	case <-c.decided:
		return c, nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.granted {
		// Leave came at the same moment and is not wanted any more.
		b.unuse(c)
		b.end(c)
	} else {
		b.dequeue(c)
	}
	b.grant()
	return nil, context.Cause(ctx)
}

// Done ends a call that was made.
func (c *Call) Done() {
	c.budget.mu.Lock()
	defer c.budget.mu.Unlock()
	c.budget.end(c)
	c.budget.grant()
}

// Unused ends a call that was not made, which then does not count.
func (c *Call) Unused() {
	c.budget.mu.Lock()
	defer c.budget.mu.Unlock()
	c.budget.unuse(c)
	c.budget.end(c)
	c.budget.grant()
}

// Follow has intervals stretched as a plan says, from now on.
func (b *Budget) Follow(p Plan) { b.plan.Store(&p) }

// Plan is what is followed; one that stretches nothing before there was one.
func (b *Budget) Plan() Plan {
	if p := b.plan.Load(); p != nil {
		return *p
	}
	return NewPlan(b.Limit(), nil)
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

// end takes a call off the books. b.mu must be held.
func (b *Budget) end(c *Call) {
	if !c.granted {
		return
	}
	c.watch.Stop()
	c.granted = false
	b.leave(c)
	c.tenant.running--
	if c.slow {
		c.tenant.slow--
	}
	b.moved(c.tenant)
}

// unuse gives back what a call has taken of the minute. b.mu must be held.
func (b *Budget) unuse(c *Call) {
	if c.granted {
		b.started[c.place] = time.Time{}
	}
}

// leave makes the place of a call free, if it has one. b.mu must be held.
func (b *Budget) leave(c *Call) {
	if c.placed {
		c.placed = false
		b.running--
	}
}

// late marks a call as slow.
func (b *Budget) late(c *Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.granted { // and has not ended at this moment
		b.leave(c)
		c.slow = true
		c.tenant.slow++
		b.moved(c.tenant)
		b.grant()
	}
}

// grant gives leave to all who may have it now, and sees to it that it is
// called again when the next one may. b.mu must be held.
func (b *Budget) grant() {
	now := time.Now()
	for c := b.next(); c != nil; c = b.next() {
		if free := b.free(c.priority); free.After(now) {
			b.wakeAt(free)
			return
		}
		b.dequeue(c)
		c.place = b.oldest
		b.started[b.oldest] = now
		b.oldest = (b.oldest + 1) % len(b.started)
		b.turn++
		c.tenant.turn = b.turn
		c.tenant.running++
		c.granted = true
		if c.tenant.slow == 0 {
			c.placed = true
			b.running++
		}
		b.moved(c.tenant)
		c.watch = time.AfterFunc(slowAfter, func() { b.late(c) })
		close(c.decided)
	}
}

package client

import (
	"errors"
	"sync"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

const (
	// firstHold and longestHold bound how long an answer that will not
	// change by itself is taken for granted.
	firstHold   = time.Minute
	longestHold = time.Hour
	// alertsHold bounds it for alerts, which are worth the calls.
	alertsHold = 2 * time.Minute
)

// breaker keeps a tenant from asking again and again what the API has said it
// will not answer: a resource that the tenant lacks, a query that it does not
// understand or does not permit. Each time the same comes back it holds twice
// as long, up to an hour.
//
// It goes by the query and not by the resource: a column that is not licensed
// says nothing of the same resource's other columns.
type breaker struct {
	mu   sync.Mutex
	held map[string]*hold
}

type hold struct {
	err   error
	count int
	until time.Time
	epoch string
	// lasting tells an answer that stands from a plea to wait.
	lasting bool
}

// lasting reports whether an error will not go away by itself.
func lasting(err error) bool {
	for _, kind := range []error{insights.ErrMissing, insights.ErrUnlicensed, insights.ErrNoColumn, insights.ErrForbidden, insights.ErrRefused} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// Check returns the error that is taken for granted for a key, if any. The
// epoch names the credential: an answer to another one says nothing.
func (b *breaker) Check(key, epoch string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.held[key]
	if h == nil {
		return nil
	}
	if h.epoch != epoch {
		delete(b.held, key)
		return nil
	}
	if time.Now().Before(h.until) {
		return h.err
	}
	return nil
}

// Ask answers for the API what is taken for granted for a key, or else asks
// and takes in how that ended. What asks reports whether the answer is about
// the query and not about the credential.
func (b *breaker) Ask(key, epoch string, ask func() (asked bool, err error)) error {
	if err := b.Check(key, epoch); err != nil {
		return err
	}
	asked, err := ask()
	var hold time.Duration
	if again, ok := errors.AsType[*retryable](err); ok {
		err, hold = again.err, again.hold
	}
	if asked {
		b.Note(key, epoch, err, hold)
	}
	return err
}

// Note takes in how a query ended, and for how long the API asked not to be
// asked this again, if it did.
func (b *breaker) Note(key, epoch string, err error, after time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	stands := lasting(err)
	switch {
	case err == nil:
		delete(b.held, key)
		return
	case !stands && after <= 0:
		return
	}
	h := b.held[key]
	if h == nil || h.epoch != epoch {
		h = &hold{epoch: epoch}
		b.sweep()
		b.held[key] = h
	}
	h.err = err
	h.lasting = stands
	if stands {
		after = min(firstHold<<min(h.count, 10), longestHold)
		h.count++
	}
	h.until = time.Now().Add(after)
}

// Cap makes the hold of a key no longer than d from now.
func (b *breaker) Cap(key string, d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if h := b.held[key]; h != nil && time.Until(h.until) > d {
		h.until = time.Now().Add(d)
	}
}

// sweep drops what nobody has asked for since long, so that queries that are
// never sent again do not pile up. It holds b.mu.
func (b *breaker) sweep() {
	if b.held == nil {
		b.held = map[string]*hold{}
	}
	for key, h := range b.held {
		if time.Since(h.until) > longestHold {
			delete(b.held, key)
		}
	}
}

// Open reports whether any query of the credential is held because of an
// answer that stands.
func (b *breaker) Open(epoch string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, h := range b.held {
		if h.lasting && h.epoch == epoch && time.Now().Before(h.until) {
			return true
		}
	}
	return false
}

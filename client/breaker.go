package client

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

const (
	// firstHold and longestHold bound how long an answer that will not
	// change by itself is taken for granted.
	firstHold   = time.Minute
	longestHold = time.Hour
	// blockHold is how long the API is known to block an address.
	blockHold = 10 * time.Minute
	// blockEvidence is how many resources have to be refused in a row to
	// mean the address.
	blockEvidence = 3
)

// breaker keeps a tenant from asking again and again what the API has said it
// will not answer: a resource that the tenant lacks, a query that it does not
// understand or does not permit. Each time the same comes back it holds twice
// as long, up to an hour.
type breaker struct {
	mu   sync.Mutex
	held map[string]*hold
}

type hold struct {
	err   error
	count int
	until time.Time
	epoch string
}

// lasting reports whether an error will not go away by itself.
func lasting(err error) bool {
	for _, kind := range []error{insights.ErrMissing, insights.ErrUnlicensed, insights.ErrForbidden, insights.ErrRefused, insights.ErrCredential} {
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

// Note takes in how a query ended.
func (b *breaker) Note(key, epoch string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil || !lasting(err) {
		if err == nil {
			delete(b.held, key)
		}
		return
	}
	h := b.held[key]
	if h == nil || h.epoch != epoch {
		h = &hold{epoch: epoch}
		if b.held == nil {
			b.held = map[string]*hold{}
		}
		b.held[key] = h
	}
	h.err = err
	h.until = time.Now().Add(min(firstHold<<min(h.count, 10), longestHold))
	h.count++
}

// Open lists the keys that are held now.
func (b *breaker) Open() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var keys []string
	for key, h := range b.held {
		if time.Now().Before(h.until) {
			keys = append(keys, key)
		}
	}
	return keys
}

// blockade is the breaker of the whole process. The API blocks an address
// that asks far too much, which may be somebody else's doing, and says so with
// a 403 that looks like one for a missing permission but has no error code.
// One such answer may be about one resource, and several about one tenant.
// Several in a row, of two tenants where there are two, are the address.
type blockade struct {
	tenants func() int

	mu       sync.Mutex
	suspects map[suspect]struct{}
	until    time.Time
}

type suspect struct{ tenant, resource string }

func newBlockade(tenants func() int) *blockade {
	return &blockade{tenants: tenants, suspects: map[suspect]struct{}{}}
}

// Check returns why nothing may be asked now, if so.
func (b *blockade) Check(resource string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !time.Now().Before(b.until) {
		return nil
	}
	return &insights.Error{
		Kind: insights.ErrForbidden, Resource: resource, Status: 403,
		Err: fmt.Errorf("the API blocks this machine's address, so nothing is asked until %s: find out what else asks the API from here", b.until.UTC().Format(time.TimeOnly+" MST")),
	}
}

// Refused takes in a 403 without an error code.
func (b *blockade) Refused(tenant, resource string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.suspects[suspect{tenant, resource}] = struct{}{}
	tenants := map[string]struct{}{}
	for s := range b.suspects {
		tenants[s.tenant] = struct{}{}
	}
	if len(b.suspects) >= blockEvidence && len(tenants) >= min(2, b.tenants()) {
		b.until = time.Now().Add(blockHold)
		clear(b.suspects)
	}
}

// Passed takes in an answer that a blocked address would not have got.
func (b *blockade) Passed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.suspects)
}

// Open reports whether the address is taken for blocked.
func (b *blockade) Open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Before(b.until)
}

package client

import (
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

const (
	// blockHold is how long the API is known to block an address.
	blockHold = 10 * time.Minute
	// blockEvidence is how many resources have to be refused in a row to
	// mean the address.
	blockEvidence = 3
)

// blockade is the breaker of the whole process. The API blocks an address
// that asks far too much, which may be somebody else's doing, and says so with
// a 403 that looks like one for a missing permission.
//
// What sets it apart is that it hits what worked before: a resource that never
// answered, or one alone, says nothing. Several in a row, of two tenants where
// there are two, are the address. A nil blockade is that of an API that is not
// known to block anybody.
type blockade struct {
	tenants func() int

	mu       sync.Mutex
	worked   map[subject]struct{}
	suspects map[subject]struct{}
	until    time.Time
}

// subject is a resource of a tenant, or its exchange of a key for a token.
type subject struct{ tenant, resource string }

func newBlockade(tenants func() int) *blockade {
	return &blockade{tenants: tenants, worked: map[subject]struct{}{}, suspects: map[subject]struct{}{}}
}

// Check returns why nothing may be asked now, if so. It says nothing of the
// resource, so it is of the kind that says nothing.
func (b *blockade) Check(resource string) error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !time.Now().Before(b.until) {
		return nil
	}
	return &insights.Error{
		Kind: insights.ErrUnavailable, Resource: resource, Status: 403,
		Err: fmt.Errorf("the API blocks this machine's address, so nothing is asked until %s: find out what else asks the API from here", clockTime(b.until)),
	}
}

// Refused takes in a 403.
func (b *blockade) Refused(tenant, resource string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s := subject{tenant, resource}
	if _, ok := b.worked[s]; !ok {
		return
	}
	b.suspects[s] = struct{}{}
	tenants := map[string]struct{}{}
	for s := range b.suspects {
		tenants[s.tenant] = struct{}{}
	}
	if len(b.suspects) >= blockEvidence && len(tenants) >= min(2, b.tenants()) {
		b.until = time.Now().Add(blockHold)
		clear(b.suspects)
		// What is still refused then is taken for a missing permission.
		clear(b.worked)
	}
}

// Passed takes in an answer that a blocked address would not have got.
func (b *blockade) Passed() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.suspects)
}

// Worked takes in a good answer.
func (b *blockade) Worked(tenant, resource string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.suspects)
	b.worked[subject{tenant, resource}] = struct{}{}
}

// Forget drops what is known of a tenant that is no more.
func (b *blockade) Forget(tenant string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, known := range []map[subject]struct{}{b.worked, b.suspects} {
		maps.DeleteFunc(known, func(s subject, _ struct{}) bool { return s.tenant == tenant })
	}
}

// Open reports whether the address is taken for blocked.
func (b *blockade) Open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Before(b.until)
}

// clockTime is an instant as errors tell it.
func clockTime(t time.Time) string { return t.UTC().Format(time.TimeOnly + " MST") }

package hold

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/go-kit/log"
)

// patience is how long an ask waits for a hold that ends soon, or for the one
// that tries to end it.
func patience(r Reason) time.Duration {
	if r == RateLimited || r == Busy {
		return 35 * time.Second
	}
	return 2 * time.Second
}

// patienceForTrial is how long an ask waits for the one that tries to end a
// hold. It is longer than patience, so that who has waited for the end of a hold
// sees how the try ends.
const patienceForTrial = 40 * time.Second

// Book has all holds of a process.
type Book struct {
	logger log.Logger

	mu    sync.Mutex
	holds map[Key]*state
	// answered is when each query of a tenant had its last good answer, by its subject.
	answered map[string]map[Key]time.Time
	hosts    map[string]*host
	// tenants are the hosts and credentials of each tenant, as keys of holds.
	tenants map[string]map[Key]struct{}
	swept   time.Time
	// lines are what is to be logged once mu is free.
	lines []line
}

// NewBook returns a Book without holds. It logs the start and the end of each.
func NewBook(logger log.Logger) *Book {
	return &Book{
		logger: logger, holds: map[Key]*state{}, answered: map[string]map[Key]time.Time{},
		hosts: map[string]*host{}, tenants: map[string]map[Key]struct{}{},
	}
}

// unlock frees mu and logs what happened while it was held.
func (b *Book) unlock() {
	lines := b.lines
	b.lines = nil
	b.mu.Unlock()
	for _, l := range lines {
		l.write(b.logger)
	}
}

// HeldError is why nothing is asked now.
type HeldError struct {
	Hold
	// Next is when an ask like this one may go through.
	Next time.Time
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("paused until %s: %v", e.Next.UTC().Format(time.TimeOnly+" MST"), e.Err)
}

// Unwrap lets errors.Is find the vendor's answer.
func (e *HeldError) Unwrap() error { return e.Err }

// Enter returns leave to ask. It waits for a hold that ends soon, and for an
// ask under way that may end it; otherwise, and when ctx ends, its error is of
// type *HeldError. Whoever gets leave ends it with one of its methods.
func (b *Book) Enter(ctx context.Context, k Key, urgent bool) (*Leave, error) {
	start := time.Now()
	for {
		now := time.Now()
		b.mu.Lock()
		b.sweep(now)
		b.know(k)
		leave, held, changed := b.enter(k, urgent, now)
		b.unlock()
		if leave != nil {
			return leave, nil
		}
		end, limit := held.Next, start.Add(patience(held.Reason))
		if tried := !held.Next.After(now); tried {
			end, limit = start.Add(patienceForTrial), start.Add(patienceForTrial)
			held.Next = now.Add(alertsFirst)
			if !end.After(now) {
				return nil, held
			}
		} else if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
			return nil, held // who would wait in vain
		}
		if end.After(limit) || !await(ctx, changed, end.Sub(now)) {
			return nil, held
		}
	}
}

// await waits for a change, for d at most, and reports whether ctx lives.
func await(ctx context.Context, changed <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-changed:
	case <-ctx.Done():
		return false
	}
	return true
}

// enter is Enter without waiting. b.mu must be held.
func (b *Book) enter(k Key, urgent bool, now time.Time) (*Leave, *HeldError, <-chan struct{}) {
	leave := &Leave{book: b, key: k, urgent: urgent}
	for scope := range scopes {
		s := b.holds[scope.of(k)]
		if s == nil {
			continue
		}
		if opens := s.opens(k, urgent); now.Before(opens) || s.trial != nil {
			return nil, &HeldError{s.Hold, opens}, s.changed
		}
		leave.trials = append(leave.trials, s)
	}
	for _, s := range leave.trials {
		s.trial = leave
	}
	leave.at = b.slot(k.Host, urgent, now)
	return leave, nil, nil
}

// know notes which hosts and credentials a tenant has. b.mu must be held.
func (b *Book) know(k Key) {
	known := b.tenants[k.Tenant]
	if known == nil {
		known = map[Key]struct{}{}
		b.tenants[k.Tenant] = known
	}
	known[Host.of(k)] = struct{}{}
	known[Credential.of(k)] = struct{}{}
}

// lift ends a hold whose time is over: another answer may have lengthened it
// since somebody tried. b.mu must be held.
func (b *Book) lift(s *state, now time.Time) {
	if s.Until.After(now) {
		return
	}
	b.drop(s, "it answers")
	if s.Scope == Host {
		b.open(s.Key.Host, now)
	}
}

// drop ends a hold. b.mu must be held.
func (b *Book) drop(s *state, why string) {
	if b.holds[s.Key] != s {
		return
	}
	delete(b.holds, s.Key)
	b.lines = append(b.lines, line{Hold: s.Hold, by: s.by, why: why})
	close(s.changed)
}

// replace takes in that a query was answered, and drops the holds that the same
// query got with another credential: nobody will ask with that one again, so no
// answer would end them. Whoever still has it keeps the hold of a credential.
// b.mu must be held.
func (b *Book) replace(k Key) {
	for key, s := range b.holds {
		by := s.by
		by.Tenant = k.Tenant
		if s.Scope == Host || key.Credential == k.Credential || by.subject() != k.subject() {
			continue
		}
		if s.Scope == Credential {
			delete(b.tenants[k.Tenant], key)
		}
		if key.Tenant == k.Tenant || s.Scope == Credential && !b.anybody(key) {
			b.drop(s, "the credential has changed")
		}
	}
}

// sweep forgets what nobody asks for any more. b.mu must be held.
func (b *Book) sweep(now time.Time) {
	if now.Sub(b.swept) < time.Minute {
		return
	}
	b.swept = now
	for _, s := range b.holds {
		if s.trial == nil && now.Sub(s.ended()) > forgotten {
			b.drop(s, "nobody asks any more")
		}
	}
	for tenant, queries := range b.answered {
		// A hold needs the time for as long as it counts from it.
		maps.DeleteFunc(queries, func(_ Key, at time.Time) bool { return now.Sub(at) > 3*remembered })
		if len(queries) == 0 {
			delete(b.answered, tenant)
		}
	}
}

// Changed takes in that somebody has changed what is configured for a tenant:
// what was refused before need not be refused now. What the vendor wants in
// time it gets all the same, as does whoever else has the same credential.
func (b *Book) Changed(tenant string) {
	b.mu.Lock()
	defer b.unlock()
	for key, s := range b.holds {
		if key.Tenant == tenant && (s.Reason == Refused || s.Reason == Rejected) {
			b.drop(s, "the configuration has changed")
		}
	}
}

// Forget drops what is known of a tenant that is no more.
func (b *Book) Forget(tenant string) {
	b.mu.Lock()
	defer b.unlock()
	delete(b.tenants, tenant)
	for key, s := range b.holds {
		if key.Tenant == tenant {
			b.drop(s, "the tenant is gone")
		}
	}
	delete(b.answered, tenant)
	for _, h := range b.hosts {
		h.forget(tenant)
	}
}

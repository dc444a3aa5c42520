package hold

import "time"

// Refusal is an answer of the vendor after which it is not asked the same for a
// while.
type Refusal struct {
	Scope  Scope
	Reason Reason
	// Failure names what is wrong. Another failure of the same reason is
	// counted from its own beginning.
	Failure string
	// Err is the answer.
	Err error
	// After is how long the vendor wants to be left alone at least.
	After time.Duration
	// Bare says that the answer does not tell why, so that it may be about
	// more than its scope.
	Bare bool
}

// refuse sets or lengthens the hold that an answer is about. b.mu must be held.
func (b *Book) refuse(k Key, urgent bool, r Refusal, now time.Time) (until time.Time) {
	key := r.Scope.of(k)
	s := b.holds[key]
	fresh := s == nil
	if fresh {
		s = &state{Hold: Hold{Key: key, Scope: r.Scope, Since: now}, tried: map[string]time.Time{}, changed: make(chan struct{})}
		b.holds[key] = s
	}
	if s.Reason != r.Reason || s.failure != r.Failure {
		s.Reason, s.failure, s.since = r.Reason, r.Failure, now
	}
	s.Err, s.by, s.after = r.Err, k, r.After
	if until := now.Add(max(s.length(now, b.answered[k.Tenant][k.subject()], urgent), r.After)); until.After(s.Until) {
		s.Until = until
	}
	if fresh {
		b.lines = append(b.lines, line{start: true, Hold: s.Hold, by: k})
	}
	s.notify()
	return s.Until
}

package hold

import (
	"context"
	"time"
)

// Leave is permission to ask once. Exactly one of its methods ends it; what
// comes after that is of no effect.
type Leave struct {
	book   *Book
	key    Key
	urgent bool
	// trials are the holds that the ask may end.
	trials []*state
	// at is when it may go out.
	at    time.Time
	ended bool
}

// Await waits until the ask may go out, which is at once but for a while after a
// hold of its host. Its error is the cause of ctx's end.
func (l *Leave) Await(ctx context.Context) error {
	d := time.Until(l.at)
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Stands reports whether the ask may still go out: a hold may have been set
// while it waited for something else.
func (l *Leave) Stands() bool {
	l.book.mu.Lock()
	defer l.book.mu.Unlock()
	for scope := range scopes {
		if s := l.book.holds[scope.of(l.key)]; s != nil && s.trial != l {
			return false
		}
	}
	return true
}

// end ends the leave and reports whether it had not ended before. b.mu must be
// held.
func (l *Leave) end() bool {
	ended := l.ended
	l.ended = true
	return !ended
}

// Answered takes in a good answer. It lifts the holds that were to be tried.
// What was asked before a hold was set says nothing of it.
func (l *Leave) Answered() {
	b, now := l.book, time.Now()
	b.mu.Lock()
	defer b.unlock()
	if !l.end() {
		return
	}
	b.answers(l.key, now)
	for _, s := range l.trials {
		b.lift(s, now)
	}
	b.replace(l.key)
	l.again(time.Time{})
}

// Refused takes in a refusal and sets or lengthens the hold that it is about,
// until the time that it returns. A refusal that tells why also shows that
// whatever is wider is well again.
func (l *Leave) Refused(r Refusal) (until time.Time) {
	b, now := l.book, time.Now()
	b.mu.Lock()
	defer b.unlock()
	if !l.end() {
		return until
	}
	if r.Scope != Host {
		l.passed(r.Bare, now)
	}
	if (r.Reason == Refused || r.Reason == Rejected) && !r.Bare {
		b.proved(l.key, now)
		for _, s := range l.trials {
			if s.Scope < r.Scope {
				b.lift(s, now)
			}
		}
	}
	until = b.refuse(l.key, l.urgent, r, now)
	if r.Bare {
		b.suspect(l.key, r, now)
	}
	l.again(now)
	return until
}

// Reached takes in an answer that is about the token alone, for which there is
// another one. It shows that the host is well.
func (l *Leave) Reached() {
	b, now := l.book, time.Now()
	b.mu.Lock()
	defer b.unlock()
	if !l.end() {
		return
	}
	b.proved(l.key, now)
	l.passed(false, now)
	l.again(time.Time{})
}

// Failed takes in an answer that tells nothing but that this ask is not well,
// such as HTTP 500 or one that nobody can read. It is no reason to keep others
// from asking.
func (l *Leave) Failed() {
	b, now := l.book, time.Now()
	b.mu.Lock()
	defer b.unlock()
	if !l.end() {
		return
	}
	l.passed(false, now)
	l.again(now)
}

// passed takes in an answer that is not about the host: one that wanted fewer
// calls has let this one through, and one that refused everybody has not refused
// this one, unless the answer is bare again. b.mu must be held.
func (l *Leave) passed(bare bool, now time.Time) {
	for _, s := range l.trials {
		if s.Scope == Host && (s.Reason != AllRefused || !bare) {
			l.book.lift(s, now)
		}
	}
}

// Return gives the leave back: there was no answer, and the next one may ask.
func (l *Leave) Return() {
	b := l.book
	b.mu.Lock()
	defer b.unlock()
	if l.end() {
		l.again(time.Time{})
	}
}

// again lets others try to end the holds that this ask has not ended. After an
// answer, whoever asked waits as long as after a refusal; now is zero if there
// was none. Others do not: an answer that is about them has lengthened the hold
// already. b.mu must be held.
func (l *Leave) again(now time.Time) {
	for _, s := range l.trials {
		current := l.book.holds[s.Key]
		if current == nil || current.trial != l {
			continue
		}
		current.trial = nil
		if !now.IsZero() && !current.Until.After(now) {
			until := now.Add(current.length(now, l.book.answered[l.key.Tenant][l.key.subject()], l.urgent))
			if current.shared() {
				current.tried[l.key.Tenant] = until
			} else {
				current.Until = until
			}
		}
		current.notify()
	}
}

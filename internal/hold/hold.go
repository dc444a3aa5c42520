// Package hold keeps the promises of this process not to ask a vendor again for
// a while. There is one type for all of them, and these laws hold for each:
//
//   - Only an answer of the vendor sets or lengthens a hold. What was told from
//     a hold never does.
//   - It is about no more than the answer tells: a host, a credential, a tenant
//     or one query.
//   - It ends by asking. When it is over, one ask goes first, that of alerts if
//     there is any, and lifts it with the first good answer; all others wait.
//   - It is bounded by what is at stake: a minute for alerts and for what was
//     answered within the last hour, up to an hour for what never was, and never
//     less than the vendor asked for.
//   - Different failures share no count.
//   - Nothing is called and nothing is logged while the lock is held.
package hold

import (
	"time"
)

// Key names what is asked, or what a hold is about. A hold's key has as many of
// the fields as its scope, and stands for all that is asked with the same.
type Key struct {
	// Host is the name of the vendor's host, with its port.
	Host string
	// Credential names the credential, as a digest or whatever changes with it.
	Credential string
	// Tenant is who asks, or "" where that makes no difference.
	Tenant string
	// SubTenant, Resource and Query are what is asked for.
	SubTenant, Resource, Query string
}

// Scope is how much a hold is about.
type Scope int

// The scopes, from the widest to the finest.
const (
	// Host: all that is asked of a host.
	Host Scope = iota
	// Credential: all that is asked of a host with a credential.
	Credential
	// Tenant: all that a tenant asks of a host with a credential.
	Tenant
	// Query: one query of a tenant or sub-tenant.
	Query
	scopes
)

// String is the scope as metrics and logs name it.
func (s Scope) String() string { return [scopes]string{"host", "credential", "tenant", "query"}[s] }

// of is the key of a hold of a scope that what is asked falls under.
func (s Scope) of(k Key) Key {
	switch s {
	case Host:
		return Key{Host: k.Host}
	case Credential:
		return Key{Host: k.Host, Credential: k.Credential}
	case Tenant:
		return Key{Host: k.Host, Credential: k.Credential, Tenant: k.Tenant}
	}
	return k
}

// subject is what is asked for, whoever's credential it is asked with.
func (k Key) subject() Key {
	k.Credential = ""
	return k
}

// Reason is why a hold was set.
type Reason string

// The reasons.
const (
	// RateLimited: the vendor says that it is asked too much (HTTP 429).
	RateLimited Reason = "rate_limited"
	// Busy: the vendor asks for time (another status with Retry-After).
	Busy Reason = "busy"
	// Refused: the vendor will not answer the query as long as nobody changes
	// something: it lacks the resource, forbids it or does not understand.
	Refused Reason = "refused"
	// Rejected: the vendor does not accept the credential.
	Rejected Reason = "rejected"
	// AllRefused: the vendor refuses all who asked it, and what it answered
	// before, without saying why.
	AllRefused Reason = "all_refused"
)

const (
	// spacing is how long a hold lasts at least, and how far the asks are apart
	// that try to end it.
	spacing = time.Minute
	// longest is how long one lasts at most where nothing is at stake.
	longest = time.Hour
	// remembered is how long a good answer tells that something is at stake.
	remembered = time.Hour
	// pause is how long a hold lasts at first where the vendor wants time and
	// does not say how much, and leastPause where it says next to nothing.
	pause      = 5 * time.Second
	leastPause = time.Second
	// alertsFirst is how much later than alerts anything else may try.
	alertsFirst = time.Second
	// othersFirst is how much later than others may try what was refused last,
	// whose refusal may be about itself alone. It is longer than anybody waits.
	othersFirst = 5 * time.Second
	// forgotten is how long after its end a hold is still one that nobody has
	// tried to end. After that nobody asks any more.
	forgotten = 10 * time.Minute
)

// Hold is a promise not to ask, as it stands.
type Hold struct {
	Key    Key
	Scope  Scope
	Reason Reason
	// Err is the vendor's last answer.
	Err error
	// Since is when the hold was set, and Until when it is tried to end it.
	Since, Until time.Time
}

// state is a hold and what becomes of it. The Book's mu guards it.
type state struct {
	Hold
	// by is what was asked for when the answer came.
	by Key
	// failure is what is wrong, and since is when the same came first.
	failure string
	since   time.Time
	// after is how long the vendor wanted to be left alone when it said so
	// last.
	after time.Duration
	// tried is until when each tenant waits whose own ask told nothing of the
	// hold, where others are under it as well.
	tried map[string]time.Time
	// trial is the ask that may end the hold, while it is under way.
	trial *Leave
	// changed is closed when the hold changes, or the trial ends.
	changed chan struct{}
}

// shared tells whether more than one tenant may be under the hold.
func (s *state) shared() bool { return s.Scope < Tenant }

// opens is when an ask may try to end the hold.
func (s *state) opens(k Key, urgent bool) time.Time {
	until := s.Until
	if s.Scope == Query {
		return until // nobody else asks it
	}
	if !urgent {
		until = until.Add(alertsFirst)
	}
	if s.Reason != RateLimited && s.by.subject() == k.subject() {
		until = until.Add(othersFirst)
	}
	if tried := s.tried[k.Tenant]; tried.After(until) {
		return tried
	}
	return until
}

// ended is when the hold was over for the last of those under it.
func (s *state) ended() time.Time {
	last := s.Until
	for _, until := range s.tried {
		if until.After(last) {
			last = until
		}
	}
	return last
}

// notify wakes those who wait for the hold to change.
func (s *state) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// length is how long a hold lasts from now. answered is when what is held had
// its last good answer, the zero time for never.
func (s *state) length(now, answered time.Time, urgent bool) time.Duration {
	switch s.Reason {
	case RateLimited, Busy:
		least := pause
		if s.after > 0 {
			least = max(s.after, leastPause)
		}
		return max(min(now.Sub(s.since), spacing), least)
	case Refused:
		if urgent || now.Sub(answered) < remembered {
			return spacing
		}
		// As long as it has been so, from when nothing is at stake any more:
		// what is refused again and again is asked for half as often each
		// time.
		lost := s.since
		if !answered.IsZero() && answered.Add(remembered).After(lost) {
			lost = answered.Add(remembered)
		}
		return min(max(now.Sub(lost), spacing), longest)
	}
	return spacing
}

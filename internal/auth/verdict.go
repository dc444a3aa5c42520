package auth

import (
	"context"
	"time"
)

// secondWord is how much later a refusal has to come again to be believed. Two
// refusals in a moment are one fault of the vendor.
const secondWord = 5 * time.Second

// doubts are what the answers to queries tell against a credential. A 401 can
// mean that a token has ended, that the credential is worth nothing for this
// tenant, or that this one resource is not permitted; vendors say the same in
// all cases.
type doubts struct {
	// acceptedAt is when a token was accepted last.
	acceptedAt time.Time
	// since is when a new token was refused first since one was accepted.
	since time.Time
	// suspects are the subjects that refused a new token, and when first.
	suspects map[string]time.Time
	// rejectedAt is when the vendor last rejected the credential.
	rejectedAt time.Time
}

// Verdict is what a 401 means.
type Verdict int

const (
	// Retry says that the token may have ended, or was replaced; there is another one.
	Retry Verdict = iota
	// NotPermitted says that the vendor takes the token for everything else.
	NotPermitted
	// Unclear says that a new token was refused too, and nothing yet tells why.
	Unclear
	// Unusable says that the vendor does not accept what the credential is good for.
	Unusable
)

// Accepted notes that the vendor took the token for a subject: a resource of a
// tenant or sub-tenant. What was asked before the credential was rejected says
// nothing of it now.
func (s *Source) Accepted(u Use, subject string) {
	s.mu.Lock()
	if u.Token != s.current || !u.began.After(s.doubts.rejectedAt) && !s.doubts.rejectedAt.IsZero() {
		s.mu.Unlock()
		return
	}
	u.accepted = true
	rejected := s.state.Known && !s.state.Accepted
	s.state.Accepted, s.state.Known = true, true
	s.doubts.acceptedAt = time.Now()
	s.doubts.since, s.doubts.rejectedAt = time.Time{}, time.Time{}
	delete(s.doubts.suspects, subject)
	s.mu.Unlock()
	if rejected {
		s.meter.usable()
		s.recovered()
	}
}

// Judge takes in a 401 for a subject, again when it is the second one of a
// request, and tells what it means.
func (s *Source) Judge(ctx context.Context, u Use, subject string, again bool) Verdict {
	if s.Exchange == nil {
		<-s.refresh(u.Token) // the file may hold another one by now
	}
	now := time.Now()
	s.mu.Lock()
	d := &s.doubts
	first, suspected := d.suspects[subject]
	replaced := u.Token != s.current
	switch {
	case replaced && !again:
		s.mu.Unlock()
		return Retry
	case suspected && d.acceptedAt.After(first) && now.Sub(first) >= secondWord:
		s.mu.Unlock()
		return NotPermitted
	case s.Exchange != nil && !again && (u.accepted || d.since.IsZero()):
		s.current = nil
		s.mu.Unlock()
		return Retry
	}
	if d.suspects == nil {
		d.suspects = map[string]time.Time{}
	}
	if !suspected {
		d.suspects[subject] = now
	}
	if d.since.IsZero() {
		d.since = now
	}
	if replaced || s.Exchange != nil && now.Sub(d.since) < secondWord {
		s.mu.Unlock()
		return Unclear
	}
	if s.Exchange != nil {
		s.current = nil
	}
	d.rejectedAt = now
	told := s.state.Known && !s.state.Accepted
	s.state.Accepted, s.state.Known = false, true
	s.mu.Unlock()
	s.meter.unusable()
	if !told {
		s.report("The API rejects the token", s.Unusable)
	}
	return Unusable
}

package client

import (
	"errors"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// recently is how long what the API accepted speaks for a key: longer than
// the minute between two polls of a resource.
const recently = 2 * time.Minute

// trust is what the API's answers to queries tell of the tokens of one key.
// A 401 can mean that a token has ended, that the key is worth nothing for
// this tenant, or that this one resource is not permitted; the API says the
// same in all cases.
type trust struct {
	// accepted is the last query that the API took a token for, counted in
	// events, and acceptedAt when that was.
	events, accepted int
	acceptedAt       time.Time
	// suspects are the resources that refused even a new token, and when.
	suspects map[string]int
	// refused counts new tokens in a row that were refused while the API
	// accepted none.
	refused int
}

// verdict is what a 401 means.
type verdict int

const (
	// tryAnother: the token may have ended.
	tryAnother verdict = iota
	// notPermitted: the API takes the token for everything else.
	notPermitted
	// unclear: a new token was refused too, and nothing yet tells why.
	unclear
	// unusable: the API gives tokens that it does not accept.
	unusable
)

var errTokensRefused = errors.New("the API gives tokens for this credential and then refuses them: check the tenant ID and the region")

// Accepted notes that the API took the token for a resource.
func (s *tokenSource) Accepted(t *token, resource string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.proven = true
	s.trust.events++
	s.trust.accepted = s.trust.events
	s.trust.acceptedAt = time.Now()
	if s.trust.refused > 1 { // and Refused has drawn the wrong conclusion
		s.err = nil
		s.notUntil = time.Time{}
	}
	s.trust.refused = 0
	delete(s.trust.suspects, resource)
}

// Refused notes that the API refused the token for a resource, again when it
// is the second one in a row, and tells what that means.
func (s *tokenSource) Refused(t *token, resource string, again bool) verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	suspected, before := s.trust.suspects[resource]
	switch {
	case before && s.trust.accepted > suspected:
		return notPermitted
	case !again:
		s.void(t)
		return tryAnother
	}
	if s.trust.suspects == nil {
		s.trust.suspects = map[string]int{}
	}
	if !before { // else what was accepted meanwhile would not count
		s.trust.events++
		s.trust.suspects[resource] = s.trust.events
	}
	switch {
	case t.proven:
		return notPermitted
	case time.Since(s.trust.acceptedAt) < recently:
		return unclear
	case s.current != t: // another query has drawn the conclusion
		return unusable
	}
	s.trust.refused++
	if s.trust.refused == 1 {
		return unclear
	}
	s.void(t)
	s.err = &insights.Error{Kind: insights.ErrCredential, Resource: tokenResource, Err: errTokensRefused}
	s.metrics.unusable()
	s.pause(s.err, s.trust.refused-1)
	return unusable
}

// void drops a token, unless it has been replaced already. It holds s.mu.
func (s *tokenSource) void(t *token) {
	if s.current == t {
		s.current = nil
	}
}

package client

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// The waits after a failed exchange. Each is twice the one before: from
// firstRejected to longestRejected for a key that the API rejects, so that one
// that is replaced within a minute costs one refused call, and from
// firstUnreached to longestUnreached where the API gave no answer.
const (
	firstRejected    = time.Minute
	longestRejected  = 5 * time.Minute
	firstUnreached   = 5 * time.Second
	longestUnreached = 30 * time.Second
)

// pause sets the wait after the n-th failure in a row. It holds s.mu.
func (s *tokenSource) pause(err error, n int) {
	pause := pauseAfter(err, n)
	s.notUntil = time.Now().Add(pause)
	s.metrics.failed()
	if s.life.Err() != nil {
		return // stopped, which is no failure
	}
	s.report(err)
	level.Debug(s.logger).Log("msg", "Waiting before the next exchange for a token", "seconds", pause.Seconds())
	if s.current != nil && time.Now().Before(s.current.expires) {
		s.schedule(pause)
	}
}

// pauseAfter is the wait after the n-th failure in a row, and up to a tenth
// more.
func pauseAfter(err error, n int) time.Duration {
	first, longest := firstUnreached, longestUnreached
	if errors.Is(err, insights.ErrCredential) {
		first, longest = firstRejected, longestRejected
	}
	pause := min(first<<min(n-1, 10), longest)
	if again, ok := errors.AsType[*retryable](err); ok {
		pause = max(pause, again.after)
	}
	return pause + time.Duration(rand.Int64N(int64(pause/10)+1))
}

// schedule renews the token after a while, give or take a twentieth, so that
// the tenants of one process do not all ask at once. It holds s.mu.
func (s *tokenSource) schedule(after time.Duration) {
	if s.renewal != nil {
		s.renewal.Stop()
	}
	if s.life.Err() != nil {
		return
	}
	jitter := time.Duration((rand.Float64() - 0.5) * 0.1 * float64(after))
	s.renewal = time.AfterFunc(after+jitter, s.renew)
}

func (s *tokenSource) renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life.Err() == nil && time.Since(s.used) < idleLife {
		s.fetch()
	}
}

// Stop ends the renewals and an exchange under way.
func (s *tokenSource) Stop() {
	s.end()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.renewal != nil {
		s.renewal.Stop()
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

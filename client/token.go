package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

const (
	// fetchTimeout bounds one exchange of a key for a token, its wait for
	// the budget included.
	fetchTimeout = time.Minute
	// idleLife is how long a token is renewed without being used.
	idleLife = time.Hour
	// firstPause is the wait after a failed exchange, which doubles up to
	// rejectedPause for a key that the API rejects and up to unreachedPause
	// where the API did not answer.
	firstPause     = 5 * time.Second
	rejectedPause  = 5 * time.Minute
	unreachedPause = 30 * time.Second
)

// token is a JWT and when it ends.
type token struct {
	value   string
	expires time.Time
	// proven says that the API has accepted it once.
	proven bool
}

// exchange trades an API key for a JWT.
type exchange func(ctx context.Context, key string) (value string, life time.Duration, err error)

// tokenSource keeps the JWT of one tenant fresh. There is one exchange at a
// time however many wait for it, and after the first one it happens ahead of
// the token's end, so that no scrape waits.
//
// A key that the API rejects is not tried again and again: after an exchange
// fails there is a growing pause, which only a change of the key file ends
// early.
type tokenSource struct {
	path     string
	exchange exchange
	logger   log.Logger
	metrics  credentialMetrics

	mu       sync.Mutex
	current  *token
	flight   *flight
	used     time.Time
	renewal  *time.Timer
	failures int
	refused  int               // tokens in a row that the API did not accept even once
	tried    [sha256.Size]byte // what the key file held at the last exchange
	err      error             // why the last exchange failed
	notUntil time.Time
	seen     [sha256.Size]byte // what it held when it was last read
	reported string            // the failure that was logged last
	stopped  bool
}

// flight is an exchange under way; err is set when done is closed.
type flight struct {
	done chan struct{}
	err  error
}

// Start reads the key without using it, so that a file that holds none is
// known from the start. It need not hold one yet.
func (s *tokenSource) Start() {
	s.metrics.start()
	key, err := s.read()
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.report(err)
		return
	}
	s.inspect(key)
}

// read reads the key from its file.
func (s *tokenSource) read() (secret, error) {
	key, err := readSecret(s.path)
	if err != nil {
		s.metrics.unusable()
		return key, &insights.Error{Kind: insights.ErrCredential, Resource: tokenResource, Err: err}
	}
	return key, nil
}

// report says once why there is no token, however often that is found. It
// holds s.mu.
func (s *tokenSource) report(err error) {
	if s.reported != err.Error() {
		s.reported = err.Error()
		level.Error(s.logger).Log("msg", "No token from the API", "err", err)
	}
}

// Token returns the token to ask with.
func (s *tokenSource) Token(ctx context.Context) (*token, error) {
	for {
		s.mu.Lock()
		s.used = time.Now()
		if s.current != nil && s.used.Before(s.current.expires) {
			defer s.mu.Unlock()
			return s.current, nil
		}
		if s.flight == nil {
			if err := s.paused(); err != nil {
				s.mu.Unlock()
				return nil, err
			}
		}
		f := s.fetch()
		s.mu.Unlock()

		select {
		case <-ctx.Done():
			return nil, &insights.Error{Kind: insights.ErrUnavailable, Resource: tokenResource, Err: context.Cause(ctx)}
		case <-f.done:
			if f.err != nil {
				return nil, f.err
			}
		}
	}
}

// paused is why there may be no exchange now, if so. It holds s.mu.
func (s *tokenSource) paused() error {
	if s.err == nil || !time.Now().Before(s.notUntil) {
		return nil
	}
	if key, err := readSecret(s.path); err == nil && key.digest != s.tried {
		s.failures = 0
		return nil
	}
	return s.err
}

// fetch starts an exchange if none is under way. It holds s.mu.
func (s *tokenSource) fetch() *flight {
	if s.flight == nil {
		s.flight = &flight{done: make(chan struct{})}
		go s.fly(s.flight)
	}
	return s.flight
}

func (s *tokenSource) fly(f *flight) {
	// The exchange serves all who wait and not only the first of them, so
	// it does not end with anybody's request.
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	t, key, err := s.attempt(ctx)

	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(f.done)
	s.flight = nil
	s.tried = key
	s.err = err
	f.err = err
	if err != nil {
		s.failed(err)
		return
	}
	if s.reported != "" {
		level.Info(s.logger).Log("msg", "The API gives tokens again")
		s.reported = ""
	}
	s.failures = 0
	s.current = t
	s.metrics.refreshed(t.expires)
	s.schedule(time.Until(t.expires) * 2 / 3)
}

// attempt exchanges what the key file holds. When the API rejects it and the
// file holds something else by then, that is tried too: the key was replaced
// in between.
func (s *tokenSource) attempt(ctx context.Context) (*token, [sha256.Size]byte, error) {
	for again := false; ; again = true {
		key, err := s.read()
		if err != nil {
			return nil, key.digest, err
		}
		s.inspect(key)
		start := time.Now()
		value, life, err := s.exchange(ctx, key.value)
		if err == nil {
			return &token{value: value, expires: start.Add(life)}, key.digest, nil
		}
		if errors.Is(err, insights.ErrCredential) {
			s.metrics.unusable()
			if now, errRead := readSecret(s.path); errRead == nil && now.digest != key.digest && !again {
				continue
			}
		}
		return nil, key.digest, err
	}
}

// inspect makes known what can be told of a key without asking the API.
func (s *tokenSource) inspect(key secret) {
	s.mu.Lock()
	seen := s.seen == key.digest
	s.seen = key.digest
	s.mu.Unlock()
	if seen {
		return
	}
	s.metrics.read(key)
	if key.exposed {
		level.Warn(s.logger).Log("msg", "API key file can be read by other users: make it readable by its owner alone", "file", s.path)
	}
}

// failed sets the pause after an exchange that failed. It holds s.mu.
func (s *tokenSource) failed(err error) {
	s.failures++
	longest := unreachedPause
	if errors.Is(err, insights.ErrCredential) {
		longest = rejectedPause
	}
	pause := min(firstPause<<min(max(s.failures, s.refused)-1, 10), longest)
	pause += time.Duration(rand.Int64N(int64(pause/10) + 1))
	s.notUntil = time.Now().Add(pause)
	s.metrics.failed()
	s.report(err)
	level.Debug(s.logger).Log("msg", "Waiting before the next exchange for a token", "seconds", pause.Seconds())
	if s.current != nil && time.Now().Before(s.current.expires) {
		s.schedule(pause)
	}
}

// schedule renews the token after a while, give or take a twentieth, so that
// the tenants of one process do not all ask at once. It holds s.mu.
func (s *tokenSource) schedule(after time.Duration) {
	if s.renewal != nil {
		s.renewal.Stop()
	}
	if s.stopped {
		return
	}
	jitter := time.Duration((rand.Float64() - 0.5) * 0.1 * float64(after))
	s.renewal = time.AfterFunc(after+jitter, s.renew)
}

func (s *tokenSource) renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped && time.Since(s.used) < idleLife {
		s.fetch()
	}
}

// Accepted notes that the API took the token.
func (s *tokenSource) Accepted(t *token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.proven = true
	s.refused = 0
}

// Proven reports whether the API has accepted the token once.
func (s *tokenSource) Proven(t *token) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return t.proven
}

// Epoch names the credential in use. It changes when another one is read.
func (s *tokenSource) Epoch() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.seen[:])
}

// Void drops a token that the API refused. A token that it refused from its
// first use on says that another would fare no better: the second of them in
// a row counts as a failed exchange.
func (s *tokenSource) Void(t *token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != t {
		return
	}
	s.current = nil
	if t.proven {
		return
	}
	s.refused++
	if s.refused > 1 {
		err := errors.New("the API issues tokens and then refuses them: check the tenant ID and the region")
		s.err = &insights.Error{Kind: insights.ErrCredential, Resource: tokenResource, Err: err}
		s.metrics.unusable()
		s.failed(s.err)
	}
}

// Stop ends the renewals.
func (s *tokenSource) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	if s.renewal != nil {
		s.renewal.Stop()
	}
}

package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/secretfile"
)

const (
	// fetchTimeout bounds one exchange of a key for a token, its wait for
	// the budget included.
	fetchTimeout = time.Minute
	// idleLife is how long a token is renewed without being used.
	idleLife = time.Hour
)

// token is what queries are asked with, and when it ends.
type token struct {
	value   string
	expires time.Time
	// proven says that the API has accepted it once.
	proven bool
}

// exchange trades a secret for a token.
type exchange func(ctx context.Context, key string) (value string, life time.Duration, err error)

// tokenSource keeps the token of one tenant fresh. There is one exchange at a
// time however many wait for it, and after the first one it happens ahead of
// the token's end, so that no scrape waits.
//
// A key that the API rejects is not tried again and again: after an exchange
// fails there is a growing pause, which only a change of the key file ends
// early.
type tokenSource struct {
	file     secretfile.File
	exchange exchange
	logger   log.Logger
	metrics  credentialMetrics
	// life ends with the source, and with it an exchange under way.
	life context.Context
	end  context.CancelFunc

	mu       sync.Mutex
	current  *token
	flight   *flight
	used     time.Time
	renewal  *time.Timer
	failures int
	tried    [sha256.Size]byte // what the key file held at the last exchange
	err      error             // why the last exchange failed
	notUntil time.Time
	seen     [sha256.Size]byte // what it held when it was last read
	reported string            // the failure that was logged last
	trust    trust
}

// flight is an exchange under way; err is set when done is closed.
type flight struct {
	done chan struct{}
	err  error
}

func newTokenSource(file secretfile.File, exchange exchange, logger log.Logger, metrics credentialMetrics) *tokenSource {
	s := &tokenSource{file: file, exchange: exchange, logger: logger, metrics: metrics}
	s.life, s.end = context.WithCancel(context.Background())
	return s
}

// Start reads the key without using it, so that a file that holds none is
// known from the start. It need not hold one yet.
func (s *tokenSource) Start() {
	s.metrics.start()
	key, err := s.read()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.report(err)
		return
	}
	s.inspect(key)
}

// read reads the key from its file.
func (s *tokenSource) read() (secretfile.Secret, error) {
	key, err := s.file.Read()
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
		t, f, err := s.ready()
		if f == nil {
			return t, err
		}
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

// ready returns a token, why there can be none now, or what to wait for.
func (s *tokenSource) ready() (*token, *flight, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = time.Now()
	switch {
	case s.current != nil && s.used.Before(s.current.expires):
		// The token may outlive its key, whose successor must not have to
		// wait for that.
		if s.flight == nil && errors.Is(s.err, insights.ErrCredential) && s.changed() {
			s.fetch()
		}
		return s.current, nil, nil
	case s.flight == nil && s.used.Before(s.notUntil) && !s.changed():
		return nil, nil, s.err
	}
	return nil, s.fetch(), nil
}

// changed reports whether the file holds another key than the one that was
// tried last. It holds s.mu.
func (s *tokenSource) changed() bool {
	key, err := s.file.Read()
	return err == nil && key.Digest != s.tried
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
	ctx, cancel := context.WithTimeout(s.life, fetchTimeout)
	defer cancel()
	t, key, err := s.attempt(ctx)

	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(f.done)
	s.flight = nil
	s.err = err
	f.err = err
	if s.tried != key {
		s.failures = 0
		s.trust = trust{}
	}
	s.tried = key
	if err != nil {
		s.failures++
		s.pause(err, s.failures)
		return
	}
	if s.reported != "" {
		level.Info(s.logger).Log("msg", "The API gives tokens again")
		s.reported = ""
	}
	s.failures = 0
	s.notUntil = time.Time{}
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
			return nil, key.Digest, err
		}
		s.mu.Lock()
		s.inspect(key)
		s.mu.Unlock()
		start := time.Now()
		value, life, err := s.exchange(ctx, key.Value)
		if err == nil {
			// However late it came, it is good for the query that waits.
			expires := later(start.Add(life), time.Now().Add(minLife/2))
			return &token{value: value, expires: expires}, key.Digest, nil
		}
		if errors.Is(err, insights.ErrCredential) {
			s.metrics.unusable()
			if now, errRead := s.file.Read(); errRead == nil && now.Digest != key.Digest && !again {
				continue
			}
		}
		return nil, key.Digest, err
	}
}

// inspect makes known what can be told of a key without asking the API. It
// holds s.mu.
func (s *tokenSource) inspect(key secretfile.Secret) {
	if s.seen == key.Digest {
		return
	}
	first := s.seen == [sha256.Size]byte{}
	s.seen = key.Digest
	s.metrics.read(key, first)
	s.file.Warn(key, s.logger)
}

// Epoch names the credential in use. It changes when another one is read.
func (s *tokenSource) Epoch() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.seen[:])
}

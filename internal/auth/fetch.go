package auth

import (
	"context"
	"errors"
	"time"

	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/jitter"
	"github.com/prisma-exporter/prisma_exporter/internal/secretfile"
)

const (
	// idleLife is how long a token is renewed without being used, and seldomLife
	// how long that of a Source that is used seldom is.
	idleLife   = time.Hour
	seldomLife = 5 * time.Minute
	// renewalPause is the wait after a renewal that failed, unless the vendor
	// asks for a longer one.
	renewalPause = 30 * time.Second
)

// exchange trades what the file holds. When the vendor rejects it and the file
// holds something else by then, that is tried too: the secret was replaced in
// between.
func (s *Source) exchange(ctx context.Context) (*Token, error) {
	for again := false; ; again = true {
		secret, err := s.read(ctx)
		if err != nil {
			return nil, err
		}
		start := time.Now()
		value, life, err := s.Exchange(ctx, secret.Value)
		if err == nil {
			// However late it came, it is good for the query that waits.
			expires := start.Add(life)
			if least := time.Now().Add(MinLife / 2); expires.Before(least) {
				expires = least
			}
			return &Token{Value: value, Credential: string(secret.Digest[:]), secret: secret.Value, expires: expires}, nil
		}
		if errors.Is(err, insights.ErrCredential) && !again {
			if now, errRead := s.Process.files.Read(ctx, s.File); errRead == nil && now.Digest != secret.Digest {
				continue
			}
		}
		return nil, err
	}
}

// look reads the token where it is the secret. A file that is of no use takes
// nothing away from a token that is known.
func (s *Source) look(ctx context.Context) (*Token, error) {
	s.mu.Lock()
	current := s.current
	s.mu.Unlock()
	if current != nil {
		limited, cancel := context.WithTimeout(ctx, readTimeout)
		defer cancel()
		ctx = limited
	}
	secret, err := s.read(ctx)
	switch {
	case err != nil && current != nil:
		s.report("Cannot use the credential file", err)
		return current, nil
	case err != nil:
		return nil, err
	case current != nil && current.Credential == string(secret.Digest[:]):
		return current, nil
	}
	return &Token{Value: secret.Value, Credential: string(secret.Digest[:]), expires: time.Now().Add(forever)}, nil
}

// read reads the secret and makes known what can be told of it without asking
// the vendor.
func (s *Source) read(ctx context.Context) (secretfile.Secret, error) {
	secret, err := s.Process.files.Read(ctx, s.File)
	if err != nil {
		s.mu.Lock()
		s.state.Readable = false
		s.mu.Unlock()
		s.meter.unusable()
		return secret, &insights.Error{Kind: insights.ErrCredential, Resource: TokenResource, Err: err}
	}
	s.mu.Lock()
	first, known := s.state.Loaded.IsZero(), s.seen == secret.Digest
	s.state.Readable = true
	if !known {
		s.seen = secret.Digest
		s.state.Loaded = time.Now()
		s.doubts = doubts{} // of another one
	}
	s.mu.Unlock()
	if !known {
		s.meter.read(secret, first)
		s.File.Warn(secret, s.Logger)
	}
	return secret, nil
}

// note takes in how getting a token ended.
func (s *Source) note(t *Token, err error) error {
	if err != nil {
		s.mu.Lock()
		s.err = err
		alive := s.current != nil && time.Now().Before(s.current.expires)
		s.mu.Unlock()
		if s.life.Err() != nil {
			return err // closed, which is no failure
		}
		if errors.Is(err, insights.ErrCredential) {
			s.meter.unusable()
		}
		s.meter.failed()
		s.report("Cannot get an API token", err)
		if alive {
			s.schedule(pauseAfter(err))
		}
		return err
	}
	s.mu.Lock()
	renewed := s.current != t
	s.err, s.current = nil, t
	readable, valid := s.state.Readable, s.doubts.rejectedAt.IsZero()
	s.mu.Unlock()
	if readable && valid {
		s.recovered()
	}
	if renewed && s.Exchange != nil {
		s.meter.refreshed(t.expires, valid)
		s.schedule(time.Until(t.expires) * 2 / 3)
	}
	return nil
}

// pauseAfter is how long to wait after a renewal that failed: to just behind
// the end of a hold, where there is one, since one that comes too early waits
// for nothing. It has a twentieth more, which is what chance may take away.
func pauseAfter(err error) time.Duration {
	pause := renewalPause
	if failed, ok := errors.AsType[*insights.Error](err); ok && failed.Until.After(time.Now()) {
		pause = time.Until(failed.Until) + time.Second
	}
	return pause + pause/20
}

// schedule renews the token after a while, give or take a twentieth, so that
// the tenants of one process do not all ask at once.
func (s *Source) schedule(after time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.renewal != nil {
		s.renewal.Stop()
	}
	if s.life.Err() != nil {
		return
	}
	s.renewals++
	s.renewal = time.AfterFunc(jitter.Around(after, 0.05, jitter.Of(s.renewals, s.Name, TokenResource)), s.renew)
}

// idleLife is how long the Source's token is renewed without being used.
func (s *Source) idleLife() time.Duration {
	if s.Seldom {
		return seldomLife
	}
	return idleLife
}

func (s *Source) renew() {
	s.mu.Lock()
	current := s.current
	wanted := s.life.Err() == nil && time.Since(s.used) < s.idleLife()
	s.mu.Unlock()
	if wanted {
		s.refresh(current)
	}
}

// report says once what is wrong, however often that is found.
func (s *Source) report(what string, err error) {
	text := insights.Cause(err)
	s.mu.Lock()
	told := s.reported == text
	s.reported = text
	s.mu.Unlock()
	if !told {
		level.Error(s.Logger).Log("msg", what, "err", err)
	}
}

// recovered says so once when all is well again.
func (s *Source) recovered() {
	s.mu.Lock()
	told := s.reported != ""
	s.reported = ""
	s.mu.Unlock()
	if told {
		level.Info(s.Logger).Log("msg", "The credential works again")
	}
}

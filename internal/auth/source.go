// Package auth has the life of a credential: a secret in a file, the token that
// it is traded for or that it is itself, and what it means when the vendor does
// not accept that.
package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/secretfile"
	"github.com/prisma-exporter/prisma_exporter/internal/transport"
)

// TokenResource names in errors and metrics what asks for a token, where
// queries have the name of their resource.
const TokenResource = "token"

const (
	// fetchTimeout bounds one exchange of a secret for a token, its wait for
	// the budget included.
	fetchTimeout = time.Minute
	// readTimeout bounds the wait for a file where there is a token without it.
	readTimeout = 2 * time.Second
	// forever is the life of a token whose end cannot be known.
	forever = 100 * 365 * 24 * time.Hour
)

// Process is what all who ask vendors from one process have in common.
type Process struct {
	*transport.Process
	files   *secretfile.Reader
	metrics *metrics
}

// NewProcess returns what all who ask vendors from one process have in common,
// and registers its metrics.
func NewProcess(r prometheus.Registerer, logger log.Logger) *Process {
	return &Process{Process: transport.NewProcess(r, logger), files: secretfile.NewReader(), metrics: newMetrics(r)}
}

// Exchange trades a secret for a token. Its errors are of type *insights.Error,
// with kind ErrCredential where the vendor does not accept the secret.
type Exchange func(ctx context.Context, secret string) (token string, life time.Duration, err error)

// Options are what a Source is made of.
type Options struct {
	// Name is whose credential it is, in metrics and logs.
	Name    string
	File    secretfile.File
	Process *Process
	// Exchange is nil where the secret is itself the token.
	Exchange Exchange
	// Unusable says what to do when the vendor does not accept the token.
	Unusable error
	// Issued is when the secret was made, if that is known, and Life how long
	// it lives, 0 where nothing is known.
	Issued time.Time
	Life   time.Duration
	// Seldom says that it is used so seldom that a token is not kept fresh in
	// between.
	Seldom bool
	Logger log.Logger
}

// Token is what queries are asked with.
type Token struct {
	Value string
	// Credential names the secret that it comes from.
	Credential string
	// secret is what it was exchanged for.
	secret  string
	expires time.Time
	// accepted says that the vendor has taken it once. The Source's mu guards
	// it.
	accepted bool
}

// Use is one use of a token.
type Use struct {
	*Token
	began time.Time
}

// Source keeps the token of one credential fresh. It is asked for once however
// many wait for it and, after the first time, ahead of its end, so that no
// scrape waits. How often a secret may be tried that the vendor rejects is not
// decided here: the hold of the request for a token does.
type Source struct {
	Options
	meter *meter
	// life ends with the Source, and with it an exchange under way.
	life    context.Context
	end     context.CancelFunc
	flights singleflight.Group

	mu       sync.Mutex
	current  *Token
	used     time.Time
	renewal  *time.Timer
	renewals int   // that were scheduled
	err      error // why the last exchange failed
	reported string
	state    State
	seen     [sha256.Size]byte // what the file held when it was last read
	doubts   doubts
}

// State is how a credential stands.
type State struct {
	// Accepted is the vendor's last word on it, and Known whether there is one.
	Accepted, Known bool
	// Readable says whether the file held a usable secret when it was last
	// looked at, and Loaded is when the one in use was read first.
	Readable bool
	Loaded   time.Time
}

// New returns a Source and reads its file in the background, so that one that
// is of no use is known from the start. The file need not be there yet.
func New(o Options) *Source {
	s := &Source{Options: o, meter: &meter{tenant: o.Name, issued: o.Issued, life: o.Life}}
	if o.Exchange != nil { // what is told otherwise, the vendor's own metrics do
		s.meter.metrics = o.Process.metrics
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.meter.start()
	s.flights.DoChan("look", func() (any, error) {
		_, err := s.read(s.life)
		if err != nil {
			s.report("Cannot use the credential file", err)
		}
		return nil, err
	})
	return s
}

// Close ends the renewals, waits for what is under way to end, and forgets the
// metrics where nobody of the same name is left.
func (s *Source) Close(last bool) {
	s.end()
	s.mu.Lock()
	if s.renewal != nil {
		s.renewal.Stop()
	}
	s.mu.Unlock()
	s.meter.close()
	for _, flight := range []string{"look", "token"} {
		_, _, _ = s.flights.Do(flight, func() (any, error) { return nil, context.Canceled })
	}
	if last {
		s.Process.metrics.forget(s.Name)
	}
}

// State is how the credential stands.
func (s *Source) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Standing is what was told of the credential last. It knows of no calls.
func (s *Source) Standing() (now insights.Standing) {
	s.meter.stands(func(known *insights.Standing) { now = *known })
	return now
}

// Claims reads what the token in use says of itself, and reports whether it is
// a JWT that says anything.
func (s *Source) Claims(claims any) bool {
	s.mu.Lock()
	t := s.current
	s.mu.Unlock()
	return t != nil && ReadClaims(t.Value, claims)
}

// Token returns the token to ask with. Its errors are of type *insights.Error.
func (s *Source) Token(ctx context.Context) (Use, error) {
	s.mu.Lock()
	s.used = time.Now()
	current, err := s.current, s.err
	s.mu.Unlock()
	if s.Exchange != nil && current != nil && time.Now().Before(current.expires) {
		// The token may outlive its secret, whose successor must not have to
		// wait for that.
		if errors.Is(err, insights.ErrCredential) {
			s.refresh(current)
		}
		return Use{current, time.Now()}, nil
	}
	select {
	case result := <-s.refresh(current):
		if result.Err != nil {
			return Use{}, result.Err
		}
		return Use{result.Val.(*Token), time.Now()}, nil
	case <-ctx.Done():
		return Use{}, &insights.Error{Kind: insights.ErrUnavailable, Resource: TokenResource, Err: context.Cause(ctx)}
	}
}

// refresh replaces a token, for all who want that at the same time.
func (s *Source) refresh(old *Token) <-chan singleflight.Result {
	return s.flights.DoChan("token", func() (any, error) {
		s.mu.Lock()
		current := s.current
		s.mu.Unlock()
		if s.Exchange != nil && current != nil && current != old && time.Now().Before(current.expires) {
			return current, nil // somebody was quicker
		}
		// It serves all who wait and not only the first of them, so it does not
		// end with anybody's request.
		ctx, cancel := context.WithTimeout(s.life, fetchTimeout)
		defer cancel()
		t, err := s.fetch(ctx)
		return t, s.note(t, err)
	})
}

// fetch gets a token, guarded against panics: one in a flight would end the
// process.
func (s *Source) fetch(ctx context.Context) (t *Token, err error) {
	defer func() {
		if v := recover(); v != nil {
			t, err = nil, &insights.Error{Kind: insights.ErrMalformed, Resource: TokenResource, Err: fmt.Errorf("panic: %v\n%s", v, debug.Stack())}
		}
	}()
	if s.Exchange == nil {
		return s.look(ctx)
	}
	return s.exchange(ctx)
}

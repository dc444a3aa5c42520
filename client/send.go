package client

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	promconfig "github.com/prometheus/common/config"
	promversion "github.com/prometheus/common/version"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
)

const (
	// maxBody bounds an answer. The largest one that the API can give,
	// 10,000 alerts, has some 8 MB.
	maxBody = 64 << 20
	// trustedLength is how much memory an answer gets on its word alone, and
	// the most that is kept for the next one.
	trustedLength = 16 << 20

	attempts   = 3
	firstRetry = 500 * time.Millisecond
)

// sender sends the requests of one tenant or company, within the budget of
// the process.
type sender struct {
	name    string // in the budget, in metrics and in logs
	http    *http.Client
	shared  *Shared
	timeout time.Duration
	logger  log.Logger
	// budget is that of all who ask the same API. sharedPace says that a 429
	// is a word to all of them, and blockade is nil where addresses are not
	// known to be blocked.
	budget     *budget.Budget
	sharedPace bool
	blockade   *blockade
}

// newHTTPClient returns what requests go through. Settings are told as those
// of a tenant or a company.
func newHTTPClient(c promconfig.HTTPClientConfig, of string, transport http.RoundTripper) (*http.Client, error) {
	client, err := promconfig.NewClientFromConfig(c, "insights",
		promconfig.WithHTTP2Disabled(), // the API documents HTTP/1.1 only
		promconfig.WithUserAgent("prisma_exporter/"+promversion.Version))
	if err != nil {
		return nil, fmt.Errorf("HTTP settings of %s: %w", of, err)
	}
	// No redirect is followed, whatever the settings say: a token goes where
	// it was meant to go and nowhere else.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if transport != nil {
		client.Transport = transport
	}
	return client, nil
}

// close ends the connections and forgets the metrics.
func (s *sender) close() {
	s.http.CloseIdleConnections()
	s.shared.remove(s)
}

func (s *sender) record(write func(*metrics)) { s.shared.record(s, write) }

// request is one request, a POST unless method says otherwise.
type request struct {
	resource string
	urgency  insights.Urgency
	method   string
	url      string
	body     []byte
	header   http.Header // beside those that all requests have
	// exchange says that it asks for a token, so that a refusal is one of the
	// credential.
	exchange bool
	// account is the service account that asks for a token, which others may
	// do with the same; nil for all other requests.
	account *[sha256.Size]byte
	// secrets are what must not come back in an error.
	secrets []string
}

// response is an answer under HTTP 200.
type response struct {
	status  int
	date    time.Time
	body    *bytes.Buffer
	secrets []string
}

// bodies are kept for the next answer: at ten thousand rows one has megabytes.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (r *response) release() {
	if r.body.Cap() > trustedLength {
		return
	}
	r.body.Reset()
	bodies.Put(r.body)
}

// send makes a request and, where that can help, makes it again.
func (s *sender) send(ctx context.Context, e request) (*response, error) {
	for attempt := 1; ; attempt++ {
		r, err := s.attempt(ctx, e)
		if err == nil {
			return r, nil
		}
		again, ok := errors.AsType[*retryable](err)
		if !ok {
			return nil, err
		}
		wait := max(firstRetry<<(attempt-1)*time.Duration(80+rand.IntN(40))/100, again.after)
		if deadline, ok := ctx.Deadline(); attempt == attempts || ok && time.Until(deadline) < wait {
			return nil, again
		}
		level.Debug(s.logger).Log("msg", "Request failed and is sent again", "resource", e.resource, "attempt", attempt, "err", again.err)
		s.record(func(m *metrics) { m.retries.WithLabelValues(s.name, e.resource).Inc() })
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, again
		}
	}
}

// retryable is a failure that may pass.
type retryable struct {
	err   error
	after time.Duration // no sooner than this
	hold  time.Duration // for how long the resource wants to be left alone
}

func (r *retryable) Error() string { return r.err.Error() }
func (r *retryable) Unwrap() error { return r.err }

func (s *sender) attempt(ctx context.Context, e request) (*response, error) {
	waited := time.Now()
	release, err := s.budget.Acquire(ctx, s.name, budget.Priority(e.urgency))
	s.record(func(m *metrics) { m.wait.WithLabelValues(s.name).Add(time.Since(waited).Seconds()) })
	if err != nil {
		return nil, &insights.Error{
			Kind: insights.ErrUnavailable, Resource: e.resource,
			Err: fmt.Errorf("no share of the API budget came free in time: %w", err),
		}
	}
	defer release()
	if err := s.blockade.Check(e.resource); err != nil {
		return nil, err // the address was blocked while this waited
	}
	if e.account != nil {
		if err := s.shared.rejections.Check(*e.account); err != nil {
			return nil, err // somebody was told, perhaps while this waited
		}
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	start := time.Now()
	status, r, err := s.roundTrip(ctx, e)
	s.record(func(m *metrics) { m.observe(s.name, e.resource, status, time.Since(start)) })
	level.Debug(s.logger).Log("msg", "Asked the API", "resource", e.resource, "status", status,
		"duration_seconds", time.Since(start).Seconds(), "err", err)
	return r, err
}

func (s *sender) roundTrip(ctx context.Context, e request) (int, *response, error) {
	req, err := http.NewRequestWithContext(ctx, cmp.Or(e.method, http.MethodPost), e.url, bytes.NewReader(e.body))
	if err != nil {
		return 0, nil, &insights.Error{Kind: insights.ErrRefused, Resource: e.resource, Err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	maps.Copy(req.Header, e.header)
	resp, err := s.http.Do(req)
	if err != nil {
		return 0, nil, unreached(ctx, e, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return resp.StatusCode, nil, s.refusal(e, resp)
	}
	s.blockade.Worked(s.name, e.resource)
	// Looked at before the body is, of which no byte is worth having then.
	if encoding := resp.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return resp.StatusCode, nil, malformed(e, resp, "the answer is encoded as %.20q, which was not asked for", redacted(encoding, e.secrets...))
	}
	r := &response{status: resp.StatusCode, secrets: e.secrets, body: bodies.Get().(*bytes.Buffer)}
	r.date, _ = http.ParseTime(resp.Header.Get("Date"))
	if n := resp.ContentLength; n > 0 && n <= trustedLength {
		r.body.Grow(int(n) + bytes.MinRead)
	}
	n, err := r.body.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		r.release()
		return resp.StatusCode, nil, unreached(ctx, e, fmt.Errorf("the answer broke off: %w", err))
	case n > maxBody:
		r.release()
		return resp.StatusCode, nil, malformed(e, resp, "the answer is longer than %d bytes", maxBody)
	}
	return resp.StatusCode, r, nil
}

func malformed(e request, resp *http.Response, format string, args ...any) error {
	return &insights.Error{Kind: insights.ErrMalformed, Resource: e.resource, Status: resp.StatusCode, Err: fmt.Errorf(format, args...)}
}

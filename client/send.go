package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/insights"
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

// exchangeRequest is one POST.
type exchangeRequest struct {
	resource      string
	urgency       insights.Urgency
	url           string
	body          []byte
	authorization string
	tenantHeader  string // the header that names a sub-tenant, if any
	tenantValue   string
	// secret is what must not come back in an error.
	secret string
}

// response is an answer under HTTP 200.
type response struct {
	status int
	date   time.Time
	body   *bytes.Buffer
	secret string
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
func (c *Client) send(ctx context.Context, e exchangeRequest) (*response, error) {
	for attempt := 1; ; attempt++ {
		r, err := c.attempt(ctx, e)
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
		level.Debug(c.logger).Log("msg", "Request failed and is sent again", "resource", e.resource, "attempt", attempt, "err", again.err)
		c.record(func(m *metrics) { m.retries.WithLabelValues(c.tenant.Name, e.resource).Inc() })
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

func (c *Client) attempt(ctx context.Context, e exchangeRequest) (*response, error) {
	waited := time.Now()
	release, err := c.shared.Budget.Acquire(ctx, c.tenant.Name, e.urgency)
	c.record(func(m *metrics) { m.wait.WithLabelValues(c.tenant.Name).Add(time.Since(waited).Seconds()) })
	if err != nil {
		return nil, &insights.Error{
			Kind: insights.ErrUnavailable, Resource: e.resource,
			Err: fmt.Errorf("no share of the API budget came free in time: %w", err),
		}
	}
	defer release()
	if err := c.shared.blockade.Check(e.resource); err != nil {
		return nil, err // the address was blocked while this waited
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	start := time.Now()
	status, r, err := c.roundTrip(ctx, e)
	c.record(func(m *metrics) { m.observe(c.tenant.Name, e.resource, status, time.Since(start)) })
	level.Debug(c.logger).Log("msg", "Asked the API", "resource", e.resource, "status", status,
		"duration_seconds", time.Since(start).Seconds(), "err", err)
	return r, err
}

func (c *Client) roundTrip(ctx context.Context, e exchangeRequest) (int, *response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(e.body))
	if err != nil {
		return 0, nil, &insights.Error{Kind: insights.ErrRefused, Resource: e.resource, Err: err}
	}
	req.Header.Set("Authorization", e.authorization)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if e.tenantHeader != "" {
		req.Header.Set(e.tenantHeader, e.tenantValue)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, unreached(ctx, e, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return resp.StatusCode, nil, c.refusal(e, resp)
	}
	c.shared.blockade.Worked(c.tenant.Name, e.resource)
	// Looked at before the body is, of which no byte is worth having then.
	if encoding := resp.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return resp.StatusCode, nil, malformed(e, resp, "the answer is encoded as %.20q, which was not asked for", encoding)
	}
	r := &response{status: resp.StatusCode, secret: e.secret, body: bodies.Get().(*bytes.Buffer)}
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

func malformed(e exchangeRequest, resp *http.Response, format string, args ...any) error {
	return &insights.Error{Kind: insights.ErrMalformed, Resource: e.resource, Status: resp.StatusCode, Err: fmt.Errorf(format, args...)}
}

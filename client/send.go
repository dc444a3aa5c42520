package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

const (
	// maxBody bounds an answer. The largest one that the API can give,
	// 10,000 alerts, has some 8 MB.
	maxBody = 64 << 20
	// maxErrorBody is how much of an answer other than 200 is looked at.
	maxErrorBody = 16 << 10
	// maxMessage is how much of the API's own words goes into an error.
	maxMessage = 200

	attempts   = 3
	firstRetry = 500 * time.Millisecond
	// paceDown is how long everybody waits after a 429 that does not say
	// how long.
	paceDown = 5 * time.Second
)

// exchangeRequest is one POST.
type exchangeRequest struct {
	resource      string
	urgency       insights.Urgency
	url           string
	body          []byte
	authorization string
	tenantHeader  string
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
	r.body.Reset()
	bodies.Put(r.body)
}

func (r *response) redact(s string) string { return redact(s, r.secret) }

// redact makes the API's words fit for an error: short, and without a secret
// that the API may have sent back.
func redact(s, secret string) string {
	if secret != "" {
		s = strings.ReplaceAll(s, secret, "[redacted]")
	}
	s = insights.Clean(s)
	if len(s) > maxMessage {
		s = strings.ToValidUTF8(s[:maxMessage], "")
	}
	return s
}

// send makes a request and, where that can help, makes it again.
func (c *Client) send(ctx context.Context, e exchangeRequest) (*response, error) {
	for attempt := 1; ; attempt++ {
		r, err := c.attempt(ctx, e)
		if err == nil {
			return r, nil
		}
		var again *retryable
		if !errors.As(err, &again) {
			return nil, err
		}
		wait := max(firstRetry<<(attempt-1)*time.Duration(80+rand.IntN(40))/100, again.after)
		if deadline, ok := ctx.Deadline(); attempt == attempts || ok && time.Until(deadline) < wait {
			return nil, again.err
		}
		level.Debug(c.logger).Log("msg", "Request failed and is sent again", "resource", e.resource, "attempt", attempt, "err", again.err)
		c.shared.metrics.retries.WithLabelValues(c.tenant.Name, e.resource).Inc()
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, again.err
		}
	}
}

// retryable is a failure that may pass.
type retryable struct {
	err   error
	after time.Duration // no sooner than this
}

func (r *retryable) Error() string { return r.err.Error() }
func (r *retryable) Unwrap() error { return r.err }

func (c *Client) attempt(ctx context.Context, e exchangeRequest) (*response, error) {
	waited := time.Now()
	release, err := c.shared.Budget.Acquire(ctx, c.tenant.Name, e.urgency)
	c.shared.metrics.wait.WithLabelValues(c.tenant.Name).Add(time.Since(waited).Seconds())
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
	c.shared.metrics.observe(c.tenant.Name, e.resource, status, time.Since(start))
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
		req.Header.Set("Prisma-Tenant", e.tenantHeader)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, unreached(ctx, e, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return resp.StatusCode, nil, c.refusal(e, resp)
	}
	r := &response{status: resp.StatusCode, secret: e.secret, body: bodies.Get().(*bytes.Buffer)}
	r.date, _ = http.ParseTime(resp.Header.Get("Date"))
	if n := resp.ContentLength; n > 0 && n <= maxBody {
		r.body.Grow(int(n) + bytes.MinRead)
	}
	n, err := r.body.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		r.release()
		return resp.StatusCode, nil, unreached(ctx, e, fmt.Errorf("the answer broke off: %w", err))
	case n > maxBody:
		// Too large to keep for the next one.
		return resp.StatusCode, nil, &insights.Error{Kind: insights.ErrMalformed, Resource: e.resource, Status: resp.StatusCode, Err: fmt.Errorf("the answer is longer than %d bytes", maxBody)}
	}
	if encoding := resp.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		r.release()
		return resp.StatusCode, nil, &insights.Error{Kind: insights.ErrMalformed, Resource: e.resource, Status: resp.StatusCode, Err: fmt.Errorf("the answer is encoded as %.20q, which was not asked for", encoding)}
	}
	c.shared.blockade.Passed()
	return resp.StatusCode, r, nil
}

// unreached is the error of a request that got no whole answer.
func unreached(ctx context.Context, e exchangeRequest, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // without the method and the URL
	}
	failed := &insights.Error{Kind: insights.ErrUnavailable, Resource: e.resource, Err: err}
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) {
		failed.Err = fmt.Errorf("%w: check the host, the clock and, where something on the way opens TLS, the CA file", err)
		return failed
	}
	if ctx.Err() != nil {
		failed.Err = fmt.Errorf("no whole answer within the time for one request: %w", err)
		return failed
	}
	return &retryable{err: failed}
}

// refusal is the error of an answer other than 200.
func (c *Client) refusal(e exchangeRequest, resp *http.Response) error {
	var body struct {
		ErrorCode string `json:"errorCode"`
		Message   string `json:"message"`
		Details   string `json:"details"`
	}
	b, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	_ = json.Unmarshal(b, &body) // errors need not be JSON
	failed := &insights.Error{
		Resource: e.resource,
		Status:   resp.StatusCode,
		Code:     redact(body.ErrorCode, e.secret),
		Message:  redact(strings.TrimSpace(body.Message+" "+body.Details), e.secret),
	}
	failed.Kind = kindOf(e.resource, resp.StatusCode, body.ErrorCode)
	switch {
	case resp.StatusCode == http.StatusForbidden && body.ErrorCode == "":
		c.shared.blockade.Refused(c.tenant.Name, e.resource)
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		failed.Err = fmt.Errorf("the API redirects to host %.100q, which is not followed: check the region or the base URL", redirectHost(resp))
		return failed
	case resp.StatusCode == http.StatusTooManyRequests:
		after := retryAfter(resp, paceDown)
		c.shared.Budget.Pause(time.Now().Add(after)) // the API counts by address, so this is for all
		return &retryable{err: failed, after: after}
	}
	if errors.Is(failed.Kind, insights.ErrUnavailable) {
		return &retryable{err: failed, after: retryAfter(resp, 0)}
	}
	return failed
}

// kindOf is what an HTTP status and an error code mean.
func kindOf(resource string, status int, code string) error {
	switch {
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout,
		status < 400:
		return insights.ErrUnavailable
	case status == http.StatusUnauthorized, resource == tokenResource:
		return insights.ErrCredential
	case code == "DATA10004":
		return insights.ErrUnlicensed
	case code == "DATA10003", status == http.StatusNotFound:
		return insights.ErrMissing
	case status == http.StatusForbidden:
		return insights.ErrForbidden
	}
	return insights.ErrRefused
}

func redirectHost(resp *http.Response) string {
	u, err := resp.Location()
	if err != nil {
		return "unknown"
	}
	return u.Host
}

// retryAfter reads how long the API wants to be left alone, in both forms
// that HTTP has for it.
func retryAfter(resp *http.Response, otherwise time.Duration) time.Duration {
	value := resp.Header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, maxPause.Seconds()) * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(time.Until(at), 0), maxPause)
	}
	return otherwise
}

package client

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

const (
	// maxErrorBody is how much of an answer other than 200 is looked at.
	maxErrorBody = 16 << 10
	// paceDown is how long everybody waits after a 429 that does not say
	// how long, and leastPace after one that says less.
	paceDown  = 5 * time.Second
	leastPace = time.Second
)

// unreached is the error of a request that got no whole answer.
func unreached(ctx context.Context, e request, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without the method and the URL
	}
	err = redact.Error(err, e.secrets...)
	failed := &insights.Error{Kind: insights.ErrUnavailable, Resource: e.resource, Err: err}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
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
func (s *sender) refusal(e request, resp *http.Response) error {
	var body struct {
		ErrorCode string `json:"errorCode"`
		Message   string `json:"message"`
		Details   string `json:"details"`
		// What OAuth2 servers say (RFC 6749, section 5.2).
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	b, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	_ = json.Unmarshal(b, &body) // errors need not be JSON
	failed := &insights.Error{
		Resource: e.resource,
		Status:   resp.StatusCode,
		Code:     redacted(cmp.Or(body.ErrorCode, body.Error), e.secrets...),
		Message:  redacted(strings.TrimSpace(cmp.Or(body.Message, body.Description)+" "+body.Details), e.secrets...),
	}
	failed.Kind = kindOf(e.exchange, resp.StatusCode, body.ErrorCode)
	switch {
	case resp.StatusCode == http.StatusForbidden:
		s.blockade.Refused(s.name, e.resource)
	case body.ErrorCode != "":
		s.blockade.Passed()
	}
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		failed.Err = fmt.Errorf("the API redirects to host %q, which is not followed: check the region or the base URL", redacted(redirectHost(resp), e.secrets...))
		return failed
	case resp.StatusCode == http.StatusTooManyRequests:
		after := max(retryAfter(resp, paceDown), leastPace)
		if s.sharedPace {
			s.budget.Pause(time.Now().Add(after))
			return &retryable{err: failed, after: after}
		}
		return &retryable{err: failed, after: after, hold: after}
	case errors.Is(failed.Kind, insights.ErrUnavailable):
		after := retryAfter(resp, 0)
		return &retryable{err: failed, after: after, hold: after}
	}
	return failed
}

// kindOf is what an HTTP status and an error code mean, to an exchange or to a
// query.
func kindOf(exchange bool, status int, code string) error {
	switch {
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout,
		status < 400:
		return insights.ErrUnavailable
	case status == http.StatusUnauthorized, exchange:
		return insights.ErrCredential
	case code == "DATA10004":
		return insights.ErrUnlicensed
	case code == "DATA10003", status == http.StatusNotFound:
		return insights.ErrMissing
	case code == "DATA10002", code == "GCP10002":
		return insights.ErrNoColumn
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

// retryAfter reads how long the API wants to be left alone.
func retryAfter(resp *http.Response, otherwise time.Duration) time.Duration {
	now := time.Now()
	// A date is on the API's clock, which need not agree with this one.
	if answered, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		now = answered
	}
	return parseRetryAfter(resp.Header.Get("Retry-After"), now, otherwise)
}

// parseRetryAfter reads both forms that HTTP has for it, within bounds.
func parseRetryAfter(value string, now time.Time, otherwise time.Duration) time.Duration {
	if seconds, err := strconv.ParseFloat(value, 64); !math.IsNaN(seconds) && (err == nil || errors.Is(err, strconv.ErrRange)) {
		if seconds < 0 {
			return otherwise
		}
		return time.Duration(min(seconds, budget.MaxPause.Seconds()) * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), budget.MaxPause)
	}
	return otherwise
}

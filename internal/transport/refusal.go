package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/hold"
	"github.com/prisma-exporter/prisma_exporter/internal/network"
	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// maxErrorBody is how much of an answer other than 200 is looked at.
const maxErrorBody = 16 << 10

// unreached is the error of a request that got no whole answer.
func unreached(ctx context.Context, r Request, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without the method and the URL
	}
	err = redact.Error(err, r.Secrets...)
	failed := &insights.Error{Kind: insights.ErrUnavailable, Resource: r.Resource, Err: err}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		failed.Err = fmt.Errorf("%w: check the host, the clock and, if a proxy or firewall intercepts TLS, the CA file", err)
		return failed
	}
	if _, ok := errors.AsType[*network.ProxyRefusal](err); ok {
		return failed // and would be refused again
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "proxyconnect" {
		failed.Err = fmt.Errorf("cannot connect to the proxy: %w", err)
	}
	if ctx.Err() != nil {
		failed.Err = fmt.Errorf("the request timed out before the answer was complete: %w", err)
		return failed
	}
	return &retryable{failed}
}

// refusal takes in an answer other than 200: it ends the leave, with a hold
// where the answer asks for one, and returns the error that the answer is.
func (s *Sender) refusal(r Request, resp *http.Response, leave *hold.Leave) error {
	failed, code := readRefusal(r, resp)
	status := resp.StatusCode
	after := retryAfter(resp)
	again := errors.Is(failed.Kind, insights.ErrUnavailable) || status < 300
	refused := hold.Refusal{Err: failed, After: after, Failure: fmt.Sprint(status, " ", code)}
	switch {
	case status >= 300 && status < 400 && resp.Header.Get("Location") == "":
		failed.Kind, failed.Err = insights.ErrMalformed, errors.New("the exporter did not make a request that this answers: check what stands between it and the API")
		leave.Failed()
		return failed
	case status >= 300 && status < 400:
		failed.Err = fmt.Errorf("the API redirects to host %q, and the exporter does not follow redirects: check the region or the base URL", redact.Text(redirectHost(resp), r.Secrets...))
		leave.Failed()
		return failed
	case status == http.StatusTooManyRequests:
		refused.Scope, refused.Reason = hold.Host, hold.RateLimited
	case again && after > 0:
		refused.Scope, refused.Reason = hold.Query, hold.Busy
	case again:
		leave.Failed()
		return &retryable{failed}
	case status == http.StatusUnauthorized && !r.Token && !insights.NotPermitted(failed):
		return &Unauthorized{failed, leave}
	case r.Token && status == http.StatusUnauthorized:
		refused.Scope, refused.Reason = hold.Credential, hold.Rejected
	case r.Token:
		refused.Scope, refused.Reason = hold.Tenant, hold.Rejected
	default:
		refused.Scope, refused.Reason = hold.Query, hold.Refused
	}
	refused.Bare = status == http.StatusForbidden && code == ""
	failed.Until = leave.Refused(refused)
	if again {
		return &retryable{failed}
	}
	return failed
}

// Unauthorized is HTTP 401 to anything but a request for a token. What it means
// only who knows the token can tell, and has to end the leave.
type Unauthorized struct {
	Failed *insights.Error
	Leave  *hold.Leave
}

func (u *Unauthorized) Error() string { return u.Failed.Error() }

// Unwrap is the error that it is without knowing more.
func (u *Unauthorized) Unwrap() error { return u.Failed }

// readRefusal reads what an answer other than 200 says of itself, and the
// vendor's own code.
func readRefusal(r Request, resp *http.Response) (failed *insights.Error, code string) {
	b, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	body := readRefusalBody(b)
	return &insights.Error{
		Kind:     kindOf(r.Token, resp.StatusCode, body),
		Resource: r.Resource,
		Status:   resp.StatusCode,
		Code:     redact.Short(body.code, r.Secrets...),
		Message:  redact.Short(body.message, r.Secrets...),
	}, body.code
}

// kindOf is what an HTTP status and an error code mean, to a request for a
// token or to a query.
func kindOf(token bool, status int, body refusalBody) error {
	switch code := body.code; {
	case !token && code == insights.RoleLacking:
		return insights.ErrForbidden // under whatever status: none is documented
	case status < 300:
		return insights.ErrMalformed
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout,
		status < 400:
		return insights.ErrUnavailable
	case status == http.StatusUnauthorized, token:
		return insights.ErrCredential
	case code == "DATA10004":
		return insights.ErrUnlicensed
	case code == "DATA10003", status == http.StatusNotFound:
		return insights.ErrMissing
	case code == "DATA10002", code == "GCP10002" && namesColumn(body.message):
		return insights.ErrNoColumn
	case status == http.StatusForbidden:
		return insights.ErrForbidden
	}
	return insights.ErrRefused
}

// namesColumn reports whether the database behind the API says that it does not
// know a column. Under the same code it tells of queries that it cannot read.
func namesColumn(message string) bool {
	return message == "" || strings.Contains(strings.ToLower(message), "unrecognized name")
}

func redirectHost(resp *http.Response) string {
	u, err := resp.Location()
	if err != nil {
		return "unknown"
	}
	return u.Host
}

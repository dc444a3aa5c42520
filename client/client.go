// Package client asks the Prisma Access Insights API. It is the only place
// that knows of HTTP, tokens and the JSON around the rows.
//
// A query passes, from the outside in: the breakers, which answer for the API
// what it has said for good; the retries; the token; the budget of the whole
// process; and one HTTP/1.1 request, whose answer is bounded in size and time.
package client

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/client/internal/dialect"
	"github.com/prisma-exporter/prisma_exporter/client/internal/wire"
	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// tokenResource names the exchange of a key for a token where queries have
// the name of their resource.
const tokenResource = "token"

// Options are what a client is made of.
type Options struct {
	Tenant config.Tenant
	// Shared is what all clients of a process have in common.
	Shared *Shared
	Logger log.Logger
	// Timeout bounds one request, from its start to the end of its answer.
	Timeout time.Duration
	// Transport takes the place of the network, unless it is nil.
	Transport http.RoundTripper
}

// Client asks the API for one tenant and its sub-tenants.
type Client struct {
	*sender
	tenant  config.Tenant
	dialect dialect.Dialect
	tokens  *tokenSource
	breaker breaker
}

// New returns the client of a tenant. It asks nothing yet.
func New(o Options) (*Client, error) {
	httpClient, err := newHTTPClient(o.Tenant.HTTP, "tenant "+o.Tenant.Name, o.Transport)
	if err != nil {
		return nil, err
	}
	d := dialect.Of(o.Tenant)
	c := &Client{
		sender: &sender{
			name: o.Tenant.Name, http: httpClient, shared: o.Shared, timeout: o.Timeout,
			logger:   log.With(o.Logger, "tenant", o.Tenant.Name),
			budget:   o.Shared.Budget,
			blockade: o.Shared.blockade, sharedPace: true, // the API counts by address
		},
		tenant:  o.Tenant,
		dialect: d,
	}
	c.tokens = newTokenSource(d.Credential.File(o.Tenant), c.exchange, c.logger,
		credentialMetrics{record: c.record, tenant: o.Tenant.Name, issued: o.Tenant.APIKeyIssued, life: d.Credential.Life})
	o.Shared.addClient(c)
	c.tokens.Start()
	return c, nil
}

// Close ends what the client does in the background and forgets its metrics.
func (c *Client) Close() {
	c.tokens.Stop()
	c.close()
}

// Scope is the API as one sub-tenant sees it, or the tenant itself for "".
func (c *Client) Scope(subTenant string) insights.API { return scope{c, subTenant} }

type scope struct {
	*Client
	subTenant string
}

// Query asks the API; see insights.API.
func (s scope) Query(ctx context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	var all insights.Answer
	for page := 1; ; page++ {
		r, err := s.dialect.Request(s.tenant, s.subTenant, q, page)
		if err != nil {
			return insights.Answer{}, err
		}
		answer, pages, err := s.page(ctx, q, r, next)
		if err != nil {
			return insights.Answer{}, err
		}
		answer.Rows += all.Rows
		answer.Odd += all.Odd
		if all = answer; !r.Paged || page >= pages {
			return all, nil
		}
	}
}

// page asks for one page of a query and returns how many there are.
func (s scope) page(ctx context.Context, q insights.Query, r dialect.Request, next func() insights.Row) (answer insights.Answer, pages int, err error) {
	if err := s.blockade.Check(q.Resource.Name); err != nil {
		return answer, 0, err
	}
	digest := sha256.Sum256([]byte(r.URL + "\n" + string(r.Body)))
	key := s.subTenant + "/" + q.Resource.Name + "/" + string(digest[:])
	err = s.breaker.Ask(key, s.tokens.Epoch(), func() (asked bool, err error) {
		answer, pages, asked, err = s.ask(ctx, q, r, next)
		return asked, err
	})
	if q.Urgency == insights.Alerts && lasting(err) {
		s.breaker.Cap(key, alertsHold)
	}
	return answer, pages, err
}

// ask sends the query and reads the answer. It reports whether the answer is
// about the query and not about the token.
func (s scope) ask(ctx context.Context, q insights.Query, r dialect.Request, next func() insights.Row) (answer insights.Answer, pages int, asked bool, err error) {
	response, asked, err := s.withToken(ctx, request{
		resource: q.Resource.Name, urgency: q.Urgency,
		method: r.Method, url: r.URL, body: r.Body, header: r.Header,
	})
	if err != nil {
		return insights.Answer{}, 0, asked, err
	}
	defer response.release()
	answer, pages, err = readAnswer(response, q, r.Rows(next))
	return answer, pages, true, err
}

// readAnswer reads the rows of a response under HTTP 200, and how many pages
// there are where the answer tells.
func readAnswer(r *response, q insights.Query, next func() insights.Row) (answer insights.Answer, pages int, err error) {
	e, err := wire.Decode(r.body.Bytes(), next)
	failed := &insights.Error{Resource: q.Resource.Name, Status: r.status, RequestID: redacted(e.RequestID, r.secrets...)}
	switch {
	case err != nil:
		failed.Kind, failed.Err = insights.ErrMalformed, redact.Error(err, r.secrets...)
		return answer, 0, failed
	case e.Failed():
		failed.Kind = insights.ErrUnavailable
		failed.Code, failed.Message = redacted(e.ErrorCode, r.secrets...), redacted(e.Message, r.secrets...)
		if e.SubCode >= 400 {
			failed.Err = fmt.Errorf("the answer says of itself that it failed (subCode %g)", e.SubCode)
		}
		return answer, 0, failed
	}
	return insights.Answer{
		Rows:      e.Rows,
		Odd:       e.Odd,
		Truncated: e.Rows+e.Odd >= cmp.Or(q.Count, insights.MaxRows),
		Created:   e.Created,
		RequestID: e.RequestID,
	}, e.Pages, nil
}

// withToken sends a request with a token, and once more with another one when
// the API does not accept the first: tokens can end before their time. It
// reports whether the answer is about the request and not about the token.
func (c *Client) withToken(ctx context.Context, e request) (r *response, asked bool, err error) {
	header := e.header
	for again := false; ; again = true {
		t, err := c.tokens.Token(ctx)
		if err != nil {
			return nil, false, err
		}
		e.header = http.Header{"Authorization": {"Bearer " + t.value}}
		maps.Copy(e.header, header)
		e.secrets = []string{t.value}
		r, err := c.send(ctx, e)
		if err == nil {
			c.tokens.Accepted(t, e.resource)
			return r, true, nil
		}
		if !errors.Is(err, insights.ErrCredential) {
			if lasting(err) && !errors.Is(err, insights.ErrForbidden) {
				c.tokens.Accepted(t, e.resource) // or it would not have looked at the query
			}
			return nil, true, err
		}
		switch c.tokens.Refused(t, e.resource, again) {
		case tryAnother:
		case notPermitted:
			return nil, true, refusedToken(err, insights.ErrForbidden, "the API takes the same token for other resources")
		case unclear:
			return nil, false, refusedToken(err, insights.ErrUnavailable, "the API refused a new token as well")
		case unusable:
			return nil, false, refusedToken(err, insights.ErrCredential, errTokensRefused.Error())
		}
	}
}

// refusedToken is a 401 in the light of what is known beside it.
func refusedToken(err, kind error, why string) error {
	if failed, ok := errors.AsType[*insights.Error](err); ok {
		failed.Kind, failed.Err = kind, errors.New(why)
	}
	return err
}

// Package client asks the Prisma Access Insights API. It puts a query into the
// words of the tenant's API, has it sent with a token, and reads the answer;
// each of these has a room of its own.
package client

import (
	"cmp"
	"context"
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
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/redact"
	"github.com/prisma-exporter/prisma_exporter/internal/transport"
)

// Options are what a client is made of.
type Options struct {
	Tenant config.Tenant
	// Process is what all clients of a process have in common, and Budget what
	// all of them may ask the API together.
	Process *auth.Process
	Budget  *budget.Budget
	Logger  log.Logger
	// Timeout bounds one request, from its start to the end of its answer.
	Timeout time.Duration
	// Transport takes the place of the network, unless it is nil.
	Transport http.RoundTripper
}

// Client asks the API for one tenant and its sub-tenants.
type Client struct {
	sender  *transport.Sender
	tenant  config.Tenant
	dialect dialect.Dialect
	tokens  *auth.Source
}

// New returns the client of a tenant. It asks nothing yet.
func New(o Options) (*Client, error) {
	logger := log.With(o.Logger, "tenant", o.Tenant.Name)
	sender, err := transport.New(transport.Options{
		Name: o.Tenant.Name, Kind: "tenant", HTTP: o.Tenant.HTTP, Process: o.Process.Process, Budget: o.Budget,
		Timeout: o.Timeout, Transport: o.Transport, Logger: logger,
	})
	if err != nil {
		return nil, err
	}
	d := dialect.Of(o.Tenant)
	c := &Client{sender: sender, tenant: o.Tenant, dialect: d}
	c.tokens = auth.New(auth.Options{
		Name: o.Tenant.Name, File: d.Credential.File(o.Tenant), Process: o.Process, Exchange: c.exchange,
		Unusable: errors.New("the API issues tokens for this credential and then rejects them: check the tenant ID and the region"),
		Issued:   o.Tenant.APIKeyIssued, Life: d.Credential.Life, Seldom: o.Tenant.DrillInterval > 0, Logger: logger,
	})
	return c, nil
}

// Close ends what the client does in the background and forgets its metrics.
func (c *Client) Close() {
	c.tokens.Close(c.sender.Close())
}

// Standing is how the client stands with its API.
func (c *Client) Standing() insights.Standing {
	now := c.tokens.Standing()
	now.Calls, now.Failed = c.sender.Calls()
	return now
}

// Held is what the client does not ask for now because of what the API answered.
func (c *Client) Held() []transport.Held { return c.sender.Held() }

// Scope is the API as one sub-tenant sees it, or the tenant itself for "".
func (c *Client) Scope(subTenant string) insights.API { return scope{c, subTenant} }

// InRegion is the API as it answers about one region, to a client that may ask for
// several.
func (c *Client) InRegion(region string) insights.API {
	at := *c
	at.tenant.Region = region
	return scope{&at, ""}
}

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
		left := q
		left.Count = cmp.Or(q.Count, insights.MaxRows) - all.Rows
		answer, pages, err := s.page(ctx, left, r, next)
		if err != nil {
			return insights.Answer{}, err
		}
		answer.Rows += all.Rows
		answer.Odd += all.Odd
		answer.Wrong, answer.Filled = with(answer.Wrong, all.Wrong), with(answer.Filled, all.Filled)
		last := page >= pages || answer.Rows == all.Rows // or a page is empty
		cut := answer.Truncated
		all = answer
		switch {
		case r.MaxPages == 0:
			return all, nil
		case last, page == r.MaxPages, cut:
			// Who wants some of the rows knows that there are more.
			all.Truncated = q.Count == 0 && all.Rows+all.Odd < all.Total
			return all, nil
		}
	}
}

// with is what two pages say of their columns.
func with[V any](page, before map[string]V) map[string]V {
	if page == nil {
		return before
	}
	maps.Copy(page, before)
	return page
}

// page asks for one page of a query, of which it takes at most q.Count rows,
// and returns how many there are.
func (s scope) page(ctx context.Context, q insights.Query, r dialect.Request, next func() insights.Row) (answer insights.Answer, pages int, err error) {
	err = s.tokens.Send(ctx, s.sender, transport.Request{
		Resource: q.Resource.Name, SubTenant: s.subTenant, Query: r.Digest(), Urgency: q.Urgency,
		Method: r.Method, URL: r.URL, Body: r.Body, Header: r.Header,
		Read: func(response *transport.Response) (err error) {
			answer, pages, err = readAnswer(response, q, r, next)
			return err
		},
	})
	if failed, ok := errors.AsType[*insights.Error](err); ok && r.Family && errors.Is(failed.Kind, insights.ErrForbidden) {
		lacking := *failed
		lacking.Kind = insights.ErrNotPermitted
		return answer, pages, &lacking
	}
	return answer, pages, err
}

// mostApart is how far apart the two times of an answer may be, that of its header
// and HTTP's: further than any zone that the API forgets to write. Of two that
// differ by more, the one that says when it was made is nobody's clock.
const mostApart = 24 * time.Hour

// readAnswer reads the rows of a response under HTTP 200, and how many pages
// there are where the answer tells.
func readAnswer(r *transport.Response, q insights.Query, asked dialect.Request, next func() insights.Row) (answer insights.Answer, pages int, err error) {
	decode := wire.Decode
	if asked.Family {
		decode = wire.DecodeLoose
	}
	e, err := decode(r.Body(), q.Count, asked.Rows(next), redact.Value(r.Secrets...))
	failed := &insights.Error{Resource: q.Resource.Name, Status: r.Status, RequestID: e.RequestID}
	switch {
	case err != nil:
		failed.Kind, failed.Err = insights.ErrMalformed, redact.Error(err, r.Secrets...)
		return answer, 0, failed
	case e.Failed():
		code := insights.Code(e.ErrorCode)
		if failed.Kind = insights.ErrUnavailable; code == insights.RoleLacking {
			failed.Kind = insights.ErrForbidden
		}
		failed.Code, failed.Message = redact.Short(code, r.Secrets...), redact.Short(e.Message, r.Secrets...)
		if e.Refused() {
			failed.Err = fmt.Errorf("the answer reports a failure (subCode %g)", e.SubCode)
		}
		return answer, 0, failed
	}
	created := e.Created
	if !created.IsZero() && !r.Date.IsZero() && created.Sub(r.Date).Abs() > mostApart {
		created = r.Date
		e.Wrong = with(map[string]int{"createdAt": 1}, e.Wrong)
	}
	return insights.Answer{
		Rows:      e.Rows,
		Odd:       e.Odd,
		Wrong:     e.Wrong,
		Filled:    e.Filled,
		Truncated: e.Rows+e.Odd+e.Beyond >= q.Count,
		Created:   created,
		Total:     e.Total,
		RequestID: e.RequestID,
	}, e.Pages, nil
}

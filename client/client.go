// Package client asks the Prisma Access Insights API. It is the only place
// that knows of HTTP, tokens and the JSON around the rows.
//
// A query passes, from the outside in: the breakers, which answer for the API
// what it has said for good; the retries; the token; the budget of the whole
// process; and one HTTP/1.1 request, whose answer is bounded in size and time.
package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-kit/log"
	promconfig "github.com/prometheus/common/config"
	promversion "github.com/prometheus/common/version"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
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
}

// Client asks the API for one tenant and its sub-tenants.
type Client struct {
	tenant  config.Tenant
	version version
	base    string
	http    *http.Client
	tokens  *tokenSource
	breaker breaker
	shared  *Shared
	timeout time.Duration
	logger  log.Logger
}

// New returns the client of a tenant. It asks nothing yet.
func New(o Options) (*Client, error) {
	httpClient, err := promconfig.NewClientFromConfig(o.Tenant.HTTP, "insights",
		promconfig.WithHTTP2Disabled(), // the API documents HTTP/1.1 only
		promconfig.WithUserAgent("prisma_exporter/"+promversion.Version))
	if err != nil {
		return nil, fmt.Errorf("HTTP settings of tenant %s: %w", o.Tenant.Name, err)
	}
	// No redirect is followed, whatever the settings say: a token goes where
	// it was meant to go and nowhere else.
	httpClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &Client{
		tenant:  o.Tenant,
		version: v1,
		base:    strings.TrimSuffix(v1.baseURL(o.Tenant), "/"),
		http:    httpClient,
		shared:  o.Shared,
		timeout: o.Timeout,
		logger:  log.With(o.Logger, "tenant", o.Tenant.Name),
	}
	c.tokens = &tokenSource{
		path:     o.Tenant.APIKeyFile,
		exchange: c.exchange,
		logger:   c.logger,
		metrics:  credentialMetrics{metrics: o.Shared.metrics, tenant: o.Tenant.Name, issued: o.Tenant.APIKeyIssued},
	}
	c.tokens.Start()
	o.Shared.add(c)
	return c, nil
}

// Close ends what the client does in the background and forgets its metrics.
func (c *Client) Close() {
	c.tokens.Stop()
	c.http.CloseIdleConnections()
	c.shared.remove(c)
}

// Scope is the API as one sub-tenant sees it, or the tenant itself for "".
func (c *Client) Scope(subTenant string) insights.API { return scope{c, subTenant} }

type scope struct {
	*Client
	subTenant string
}

// Query asks the API; see insights.API.
func (s scope) Query(ctx context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	key := s.subTenant + "/" + q.Resource.Name
	epoch := s.tokens.Epoch()
	if err := s.shared.blockade.Check(q.Resource.Name); err != nil {
		return insights.Answer{}, err
	}
	if err := s.breaker.Check(key, epoch); err != nil {
		return insights.Answer{}, err
	}
	answer, asked, err := s.ask(ctx, q, next)
	if asked {
		s.breaker.Note(key, epoch, err)
	}
	return answer, err
}

// ask sends the query and reads the answer. It reports whether the API got to
// see it: what else went wrong is nothing that a breaker could remember.
func (s scope) ask(ctx context.Context, q insights.Query, next func() insights.Row) (insights.Answer, bool, error) {
	if q.Count == 0 {
		q.Count = insights.MaxRows
	}
	body, err := json.Marshal(q)
	if err != nil {
		return insights.Answer{}, false, &insights.Error{Kind: insights.ErrRefused, Resource: q.Resource.Name, Err: err}
	}
	e := exchangeRequest{
		resource: q.Resource.Name,
		urgency:  q.Urgency,
		url:      s.base + s.version.resourcePath(s.tenant.ID) + s.path(q.Resource),
		body:     body,
	}
	if s.subTenant != "" {
		e.tenantHeader = s.tenant.ID + ":" + s.subTenant
	}
	response, asked, err := s.withToken(ctx, e)
	if err != nil {
		return insights.Answer{}, asked, err
	}
	defer response.release()
	answer, err := readAnswer(response, q, next)
	return answer, true, err
}

// readAnswer reads the rows of a response under HTTP 200.
func readAnswer(r *response, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	e, err := decodeAnswer(r.body.Bytes(), next)
	if err != nil {
		return insights.Answer{}, &insights.Error{Kind: insights.ErrMalformed, Resource: q.Resource.Name, Status: r.status, RequestID: e.requestID, Err: err}
	}
	if !e.hasData {
		return insights.Answer{}, &insights.Error{
			Kind: insights.ErrUnavailable, Resource: q.Resource.Name, Status: r.status,
			Code: e.errorCode, Message: r.redact(e.message), RequestID: e.requestID,
		}
	}
	return insights.Answer{
		Rows:      e.rows,
		Odd:       e.odd,
		Truncated: e.rows+e.odd >= q.Count,
		Created:   e.created,
		RequestID: e.requestID,
	}, nil
}

func (s scope) path(r insights.Resource) string {
	if path, ok := s.tenant.Paths[r.Name]; ok {
		return path
	}
	return defaultPath(r)
}

// withToken sends a request with a token, and once more with another one when
// the API does not accept the first: tokens can end before their time. It
// reports whether the answer is about the request and not about the token.
func (c *Client) withToken(ctx context.Context, e exchangeRequest) (r *response, asked bool, err error) {
	for again := false; ; again = true {
		t, err := c.tokens.Token(ctx)
		if err != nil {
			return nil, false, err
		}
		e.authorization = "Bearer " + t.value
		e.secret = t.value
		r, err := c.send(ctx, e)
		if err == nil {
			c.tokens.Accepted(t)
			return r, true, nil
		}
		if !errors.Is(err, insights.ErrCredential) {
			return nil, true, err
		}
		if again && c.tokens.Proven(t) {
			return nil, true, notOurToken(err)
		}
		c.tokens.Void(t)
		if again {
			return nil, false, err
		}
	}
}

// notOurToken is the error of a query whose token others use well, so that
// it is the resource that the API does not permit.
func notOurToken(err error) error {
	var failed *insights.Error
	if errors.As(err, &failed) {
		failed.Kind = insights.ErrForbidden
	}
	return err
}

// exchange trades the API key for a JWT.
func (c *Client) exchange(ctx context.Context, key string) (string, time.Duration, error) {
	r, err := c.send(ctx, exchangeRequest{
		resource:      tokenResource,
		urgency:       insights.Alerts,
		url:           c.base + c.version.tokenPath(c.tenant.ID),
		authorization: c.version.tokenScheme + " " + key,
		secret:        key,
	})
	if err != nil {
		return "", 0, err
	}
	defer r.release()
	var answer struct {
		Token string `json:"token"`
	}
	fail := func(err error) (string, time.Duration, error) {
		return "", 0, &insights.Error{Kind: insights.ErrMalformed, Resource: tokenResource, Status: r.status, Err: err}
	}
	if err := json.Unmarshal(r.body.Bytes(), &answer); err != nil {
		return fail(errors.New("the answer to the request for a token is not JSON")) // err may quote it
	}
	if answer.Token == "" || strings.ContainsFunc(answer.Token, func(r rune) bool { return r < '!' || r > '~' }) {
		return fail(errors.New(`the answer has no usable member "token"`))
	}
	return answer.Token, tokenLife(answer.Token, r.date, time.Now()), nil
}

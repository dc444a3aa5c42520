package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/transport"
)

// exchange trades the tenant's secret for a token.
func (c *Client) exchange(ctx context.Context, secret string) (token string, life time.Duration, err error) {
	r := c.tokenRequest(secret)
	r.Read = func(response *transport.Response) (err error) {
		token, life, err = readToken(response)
		return err
	}
	if err := c.sender.Send(ctx, r); err != nil {
		return "", 0, c.withHint(err)
	}
	return token, life, nil
}

// readToken reads the answer to a request for a token.
func readToken(r *transport.Response) (token string, life time.Duration, err error) {
	var answer struct {
		Token       string  `json:"token"`        // of 1.0
		AccessToken string  `json:"access_token"` // of OAuth2
		ExpiresIn   float64 `json:"expires_in"`   // in seconds
	}
	fail := func(text string) (string, time.Duration, error) {
		return "", 0, &insights.Error{Kind: insights.ErrMalformed, Resource: auth.TokenResource, Status: r.Status, Err: errors.New(text)}
	}
	var wrongType *json.UnmarshalTypeError
	if err := json.Unmarshal(r.Body(), &answer); err != nil && !errors.As(err, &wrongType) {
		return fail("the answer to the request for a token is not JSON") // err may quote it
	}
	token = cmp.Or(answer.AccessToken, answer.Token)
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r < '!' || r > '~' }) {
		return fail(`the answer has no usable member "token" or "access_token"`)
	}
	return token, lifeOf(token, answer.ExpiresIn, r.Date, time.Now()), nil
}

// tokenRequest is the request for a token of the tenant. Tokens go first:
// without one there are no alerts.
func (c *Client) tokenRequest(secret string) transport.Request {
	r := c.dialect.Credential.Request(c.tenant, c.tenant.Endpoint(), secret)
	return transport.Request{
		Resource: auth.TokenResource, Urgency: insights.Alerts, Token: true, Credential: r.Credential,
		URL: r.URL, Body: r.Body, Header: r.Header, Secrets: r.Secrets,
	}
}

// lifeOf is how long a token will live: what the answer says or, where that
// makes no sense, its claims.
func lifeOf(token string, seconds float64, answered, now time.Time) time.Duration {
	if seconds >= auth.MinLife.Seconds() {
		return time.Duration(min(seconds, auth.MaxLife.Seconds()) * float64(time.Second))
	}
	return auth.Life(token, answered, now)
}

// withHint adds to a refusal what to do about it.
func (c *Client) withHint(err error) error {
	failed, ok := errors.AsType[*insights.Error](err)
	if !ok || !errors.Is(failed.Kind, insights.ErrCredential) || failed.Err != nil {
		return err
	}
	hinted := *failed
	hinted.Err = errors.New(c.dialect.Credential.Hint(failed.Status))
	return &hinted
}

package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// exchange trades the tenant's secret for a token.
func (c *Client) exchange(ctx context.Context, secret string) (string, time.Duration, error) {
	request := c.tokenRequest(secret)
	r, err := c.send(ctx, request)
	if request.account != nil {
		c.shared.rejections.Note(*request.account, err)
	}
	if err != nil {
		return "", 0, c.withHint(err)
	}
	defer r.release()
	var answer struct {
		Token       string  `json:"token"`        // of 1.0
		AccessToken string  `json:"access_token"` // of OAuth2
		ExpiresIn   float64 `json:"expires_in"`   // in seconds
	}
	fail := func(err error) (string, time.Duration, error) {
		return "", 0, &insights.Error{Kind: insights.ErrMalformed, Resource: tokenResource, Status: r.status, Err: err}
	}
	var wrongType *json.UnmarshalTypeError
	if err := json.Unmarshal(r.body.Bytes(), &answer); err != nil && !errors.As(err, &wrongType) {
		return fail(errors.New("the answer to the request for a token is not JSON")) // err may quote it
	}
	token := cmp.Or(answer.AccessToken, answer.Token)
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r < '!' || r > '~' }) {
		return fail(errors.New(`the answer has no usable member "token" or "access_token"`))
	}
	return token, lifeOf(token, answer.ExpiresIn, r.date, time.Now()), nil
}

// tokenRequest is the request for a token of the tenant.
func (c *Client) tokenRequest(secret string) request {
	credential := c.dialect.Credential
	r := credential.Request(c.tenant, c.tenant.Endpoint(), secret)
	request := request{
		resource: tokenResource, urgency: insights.Alerts, exchange: true,
		url: r.URL, body: r.Body, header: r.Header, secrets: r.Secrets,
	}
	if credential.Account != nil {
		digest := credential.Account(c.tenant, secret)
		request.account = &digest
	}
	return request
}

// lifeOf is how long a token will live: what the answer says or, where that
// makes no sense, its claims.
func lifeOf(token string, seconds float64, answered, now time.Time) time.Duration {
	if seconds >= minLife.Seconds() {
		return time.Duration(min(seconds, maxLife.Seconds()) * float64(time.Second))
	}
	return tokenLife(token, answered, now)
}

// withHint adds to a refusal what to do about it.
func (c *Client) withHint(err error) error {
	if failed, ok := errors.AsType[*insights.Error](err); ok && errors.Is(failed.Kind, insights.ErrCredential) && failed.Err == nil {
		failed.Err = errors.New(c.dialect.Credential.Hint(failed.Status))
	}
	return err
}

package client

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

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

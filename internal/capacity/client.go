package capacity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/redact"
	"github.com/prisma-exporter/prisma_exporter/internal/secretfile"
	"github.com/prisma-exporter/prisma_exporter/internal/transport"
)

// client asks the platform for one company. It counts the records of answers
// and keeps nothing else of them: what a company books is nobody's business.
//
// The company's token has no end that could be known beforehand. It lives until
// somebody in the company generates another one, which voids it at once. Only a
// 401 tells, and asking again with the same token cannot help.
type client struct {
	sender  *transport.Sender
	company config.Company
	token   *auth.Source
}

// newClient returns the client of a company. It asks nothing yet.
func newClient(o Options, c config.Company) (*client, error) {
	logger := log.With(o.Logger, "company", c.Name)
	sender, err := transport.New(transport.Options{
		Name: c.Name, Kind: "company", HTTP: c.HTTP, Process: o.Process.Process, Budget: o.Budget,
		Timeout: o.Timeout, Transport: o.Transport, Logger: logger,
	})
	if err != nil {
		return nil, err
	}
	return &client{sender: sender, company: c, token: auth.New(auth.Options{
		Name: c.Name, File: secretfile.File{Path: c.TokenFile, What: "API token"}, Process: o.Process,
		Unusable: fmt.Errorf("the platform rejects the token in %s: if somebody in the company generated a new one, write it to the file", c.TokenFile),
		Logger:   logger,
	})}, nil
}

// Close ends what the client does in the background and forgets its metrics.
func (c *client) Close() { c.token.Close(c.sender.Close()) }

// Count asks for one of the company's resources, by name, and returns how many
// records the answer has. Its errors are of type *insights.Error.
func (c *client) Count(ctx context.Context, resource string) (records int, err error) {
	err = c.token.Send(ctx, c.sender, transport.Request{
		Resource: resource,
		Urgency:  insights.Health,
		Method:   http.MethodGet,
		URL:      strings.TrimSuffix(c.company.BaseURL, "/") + "/" + c.path(resource, time.Now()),
		Read: func(r *transport.Response) (err error) {
			records, err = countRecords(r.Body())
			if err != nil {
				return &insights.Error{Kind: insights.ErrMalformed, Resource: resource, Status: r.Status, Err: redact.Error(err, r.Secrets...)}
			}
			return nil
		},
	})
	if err != nil {
		return 0, withPathHint(err)
	}
	return records, nil
}

// path is where a resource is asked for. The time that it may be asked for from
// is a whole minute, in the form that JSON APIs have for times: the platform's
// own is not documented.
func (c *client) path(resource string, now time.Time) string {
	since := now.Add(-c.company.Lookback).Truncate(time.Minute).UTC().Format(time.RFC3339)
	return strings.ReplaceAll(c.company.Resources[resource], config.Since, url.QueryEscape(since))
}

// Token is how the company's token stands.
func (c *client) Token() auth.State { return c.token.State() }

// Calls counts the requests to the platform, and those that failed.
func (c *client) Calls() (all, failed int) { return c.sender.Calls() }

// TokenClaims are what the token in use says of itself: its number, or "", and
// when it was made, or the zero time.
func (c *client) TokenClaims() (number string, created time.Time) {
	var claims claims
	if !c.token.Claims(&claims) {
		return "", time.Time{}
	}
	return claims.read()
}

// withPathHint adds to a 404 what to do about it.
func withPathHint(err error) error {
	failed, ok := errors.AsType[*insights.Error](err)
	if !ok || !errors.Is(failed.Kind, insights.ErrMissing) {
		return err
	}
	hinted := *failed
	hinted.Err = cmp.Or(failed.Err, errors.New("check the path of the resource: a company has either version 1 or version 2 of the API"))
	return &hinted
}

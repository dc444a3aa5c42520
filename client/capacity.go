package client

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/redact"
	"github.com/prisma-exporter/prisma_exporter/internal/secretfile"
)

// CapacityOptions are what the client of a company is made of; see Options.
type CapacityOptions struct {
	Company   config.Company
	Shared    *Shared
	Logger    log.Logger
	Timeout   time.Duration
	Transport http.RoundTripper
}

// Capacity asks the PRISMA European Capacity Platform for one company. It
// counts the records of answers and keeps nothing else of them: what a company
// books is nobody's business.
type Capacity struct {
	*sender
	company config.Company
	token   *bearer
	breaker breaker
}

// NewCapacity returns the client of a company. It asks nothing yet.
func NewCapacity(o CapacityOptions) (*Capacity, error) {
	httpClient, err := newHTTPClient(o.Company.HTTP, "company "+o.Company.Name, o.Transport)
	if err != nil {
		return nil, err
	}
	c := &Capacity{
		sender: &sender{
			name: o.Company.Name, http: httpClient, shared: o.Shared, budget: o.Shared.capacity, timeout: o.Timeout,
			logger: log.With(o.Logger, "company", o.Company.Name),
		},
		company: o.Company,
	}
	c.token = newBearer(secretfile.File{Path: o.Company.TokenFile, What: "API token"}, len(o.Company.Resources), c.logger)
	o.Shared.add(c.sender)
	c.record(func(m *metrics) { m.wait.WithLabelValues(c.name) })
	return c, nil
}

// Close ends what the client does in the background and forgets its metrics.
func (c *Capacity) Close() { c.close() }

// Count asks for one of the company's resources, by name, and returns how many
// records the answer has. Its errors are of type *insights.Error.
func (c *Capacity) Count(ctx context.Context, resource string) (records int, err error) {
	err = c.breaker.Ask(resource, c.token.Look(), func() (asked bool, err error) {
		records, asked, err = c.ask(ctx, resource)
		return asked, err
	})
	return records, err
}

// TokenAccepted is the platform's last word on the token; known is false
// before its first.
func (c *Capacity) TokenAccepted() (accepted, known bool) { return c.token.Word() }

// TokenFile reports whether the token's file held a usable one when it was
// last looked at, and when the token in use was read for the first time.
func (c *Capacity) TokenFile() (readable bool, loaded time.Time) { return c.token.File() }

// TokenClaims are what the token in use says of itself: its number, or "", and
// when it was made, or the zero time.
func (c *Capacity) TokenClaims() (number string, created time.Time) { return c.token.Claims() }

// ask asks for a resource, and once more when the token was replaced in
// between. It reports whether the answer is about the resource and not about
// the token.
func (c *Capacity) ask(ctx context.Context, resource string) (records int, asked bool, err error) {
	for again := false; ; again = true {
		use, err := c.token.Use(resource)
		if err != nil {
			return 0, false, err
		}
		records, err := c.count(ctx, resource, use.token)
		if err == nil {
			c.token.Accepted(use, resource)
			return records, true, nil
		}
		if !errors.Is(err, insights.ErrCredential) {
			return 0, true, withPathHint(err)
		}
		replaced, err := c.token.Refused(use, resource)
		if !replaced || again {
			return 0, lasting(err), err
		}
	}
}

// count asks for a resource once, with the retries of a sender.
func (c *Capacity) count(ctx context.Context, resource, token string) (int, error) {
	r, err := c.send(ctx, request{
		resource: resource,
		urgency:  insights.Alerts, // a token that stops working pages somebody
		method:   http.MethodGet,
		url:      strings.TrimSuffix(c.company.BaseURL, "/") + "/" + c.company.Resources[resource],
		header:   http.Header{"Authorization": {"Bearer " + token}},
		secrets:  withParts(token),
	})
	if err != nil {
		return 0, err
	}
	defer r.release()
	records, err := countRecords(r.body.Bytes())
	if err != nil {
		return 0, &insights.Error{Kind: insights.ErrMalformed, Resource: resource, Status: r.status, Err: redact.Error(err, r.secrets...)}
	}
	return records, nil
}

// withPathHint adds to a 404 what to do about it.
func withPathHint(err error) error {
	if failed, ok := errors.AsType[*insights.Error](err); ok && errors.Is(failed.Kind, insights.ErrMissing) {
		failed.Err = cmp.Or(failed.Err, errors.New("check the path of the resource; a company has the first or the second version of the API"))
	}
	return err
}

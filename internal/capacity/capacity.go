// Package capacity asks the PRISMA European Capacity Platform and turns what
// it says of a company into metrics. The platform has nothing in common with
// Prisma Access but the name and the way in which it is asked here. Its errors
// are told in the words of package insights all the same, which are those of
// any API.
package capacity

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// Options are what all companies have in common.
type Options struct {
	// Process is what all who ask vendors have in common, and Budget what all
	// companies may ask the platform together: what Insights has too much of
	// must not keep from asking another API.
	Process *auth.Process
	Budget  *budget.Budget
	// Interval is how long an answer is fresh.
	Interval  time.Duration
	Freshness poll.Freshness
	// Timeout bounds one request to the platform.
	Timeout time.Duration
	// Transport takes the place of the network, unless it is nil.
	Transport http.RoundTripper
	Logger    log.Logger
}

// Factory makes companies.
type Factory struct{ options Options }

// NewFactory returns a Factory.
func NewFactory(o Options) *Factory { return &Factory{o} }

// Entries are the companies of a configuration.
func (f *Factory) Entries(c *config.Config) []fleet.Entry {
	entries := make([]fleet.Entry, len(c.Companies))
	for i, company := range c.Companies {
		labels := company.Labels
		company.Labels = nil
		entries[i] = fleet.Entry{Name: company.Name, Labels: labels, Config: company, New: func() (fleet.Watched, error) { return f.watch(company) }}
	}
	return entries
}

// watched is a company with its client.
type watched struct {
	tokenFile string
	client    *client
	options   companyOptions
	company   *company
}

func (f *Factory) watch(c config.Company) (fleet.Watched, error) {
	o := f.options
	api, err := newClient(o, c)
	if err != nil {
		return nil, err
	}
	options := companyOptions{
		Name: c.Name, API: api, Resources: slices.Collect(maps.Keys(c.Resources)),
		Interval: o.Interval, Freshness: o.Freshness, Logger: o.Logger,
	}
	return &watched{c.TokenFile, api, options, newCompany(options)}, nil
}

// Scrape implements fleet.Watched. A company that was asked for by its name
// answers with all it has even where the request names collectors, which are
// those of tenants: a job that asks all of /targets for some collectors would
// else get an empty page of the company, on which a token that is rejected
// looks like one that works.
func (w *watched) Scrape(ctx context.Context, r fleet.Request) []exposition.Part {
	if len(r.Collectors) > 0 && !r.Named {
		return nil
	}
	return w.company.Scrape(ctx, r.Page)
}

// Status implements fleet.Watched.
func (w *watched) Status() []fleet.Status {
	status := w.company.Status()
	for _, h := range w.client.sender.Held() {
		status.Holds = append(status.Holds, fleet.Hold{Why: h.Reason, Until: h.Until})
	}
	return []fleet.Status{status}
}

// Close implements fleet.Watched.
func (w *watched) Close() {
	w.company.Close()
	w.client.Close()
}

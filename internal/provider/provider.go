// Package provider watches all tenants below a Tenant Service Group together:
// the vendor's Aggregate Monitoring answers one call of the parent's service
// account for all of its children. It also tells when the counts of a child
// move, which is when that child is worth asking for by itself.
package provider

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/client"
	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// Options are what all providers have in common.
type Options struct {
	// Process is what all who ask vendors have in common, and Budget what all
	// tenants, discoveries and providers may ask the API together.
	Process   *auth.Process
	Budget    *budget.Budget
	Freshness poll.Freshness
	// Timeout bounds one request to the API.
	Timeout time.Duration
	// Transport takes the place of the network, unless it is nil.
	Transport http.RoundTripper
	Logger    log.Logger
}

// Factory makes providers, and knows the children of all of them.
type Factory struct {
	options  Options
	rosters  rosters
	children offspring
}

// NewFactory returns a Factory.
func NewFactory(o Options) *Factory {
	return &Factory{options: o, rosters: rosters{by: map[string]*rosterOf{}}, children: offspring{by: map[string]*Child{}}}
}

// watch is what a configuration says of a provider to watch.
type watch struct {
	Account  config.Tenant
	Interval time.Duration
	Regions  []string
	// DrillDown says that the children are watched by themselves as well.
	DrillDown bool
}

// Entries are the providers of a configuration that have children.
func (f *Factory) Entries(c *config.Config) []fleet.Entry {
	var entries []fleet.Entry
	for _, w := range watches(c) {
		children := c.Children[w.Account.Name]
		entries = append(entries, fleet.Entry{Name: w.Account.Name, Config: w, New: func() (fleet.Watched, error) {
			watched, err := f.watch(w)
			if err != nil {
				return nil, err // and not a nil of type *provider
			}
			f.rosters.begin(w.Account.Name, children, watched.polls)
			return watched, nil
		}})
	}
	return entries
}

func watches(c *config.Config) []watch {
	var all []watch
	for _, d := range c.Discoveries {
		if children := c.Children[d.Account.Name]; d.Provider != nil && len(children) > 0 {
			all = append(all, watch{d.Account, d.Provider.Interval, d.Provider.RegionsOf(children), d.Provider.DrillDown})
		}
	}
	return all
}

// Demands are what the providers of a configuration ask in steady state.
func (f *Factory) Demands(c *config.Config) []budget.Demand {
	var all []budget.Demand
	for _, w := range watches(c) {
		for _, call := range calls {
			all = append(all, budget.Demand{
				Priority: budget.Priority(call.query.Urgency), Interval: call.interval(w.Interval), Calls: len(w.Regions),
			})
		}
	}
	return all
}

// Follow takes in the children of a configuration that is in force.
func (f *Factory) Follow(c *config.Config) {
	f.rosters.follow(c.Children)
	f.children.follow(c.Children, func(name string) *poll.Group { return f.rosters.of(name).polls.Load() })
}

// Child is what is known of a child, by its Tenant Service Group.
func (f *Factory) Child(group string) *Child { return f.children.of(group) }

// provider is a provider that is watched.
type provider struct {
	name      string
	drillDown bool
	client    *client.Client
	labels    []exposition.Label
	roster    *rosterOf
	regions   []*region
	polls     *poll.Group
	// parts are what is polled, in the order of polls.
	parts []*part
}

func (f *Factory) watch(w watch) (*provider, error) {
	o := f.options
	c, err := client.New(client.Options{Tenant: w.Account, Process: o.Process, Budget: o.Budget, Logger: o.Logger, Timeout: o.Timeout, Transport: o.Transport})
	if err != nil {
		return nil, err
	}
	p := &provider{
		name: w.Account.Name, drillDown: w.DrillDown, client: c, labels: []exposition.Label{{Name: "provider", Value: w.Account.Name}},
		roster: f.rosters.of(w.Account.Name), polls: poll.NewGroup(o.Freshness),
	}
	logger := log.With(o.Logger, "provider", p.name)
	for _, name := range w.Regions {
		r := &region{word: (&config.Tenant{Region: name}).RegionWord(), api: c.InRegion(name)}
		p.regions = append(p.regions, r)
		for _, call := range calls {
			one := &part{call: call, region: r, provider: p, children: &f.children}
			p.parts = append(p.parts, one)
			p.polls.Add(one.poll, poll.Options{
				Name: call.name + " " + r.word, Kind: "Call", Interval: call.interval(w.Interval),
				Stretch: func() float64 { return o.Budget.Plan().Stretch(budget.Priority(call.query.Urgency)) },
				Logger:  log.With(logger, "call", call.name, "data_region", r.word),
			})
		}
	}
	return p, nil
}

// Scrape implements fleet.Watched. A provider that was asked for by its name
// answers with all it has even where the request names collectors, which are
// those of tenants.
func (p *provider) Scrape(ctx context.Context, r fleet.Request) []exposition.Part {
	if len(r.Collectors) > 0 && !r.Named {
		return nil
	}
	return p.show(p.polls.Scrape(ctx, nil, r.Page))
}

// show is the page of what there is to serve.
func (p *provider) show(views []poll.View) []exposition.Part {
	known := p.roster.load()
	parts := slices.Clone(known.info(p.labels))
	builder := exposition.NewBuilder(p.labels...)
	answered, rejected := false, false
	for i, v := range views {
		one := p.parts[i]
		answered = answered || v.Success && v.Reading.Answered > 0
		rejected = rejected || errors.Is(v.Err, insights.ErrCredential)
		l := builder.Labels(callLabels, one.call.name, one.region.word)
		callPolls.Emit(builder, l, v)
		if v.Reading != nil {
			builder.AddBool(callTruncated, l, v.Reading.Truncated)
			parts = append(parts, v.Reading.Parts...)
		}
	}
	for _, r := range p.regions {
		builder.AddBool(regionSeen, builder.Labels(regionLabels, r.word), r.seen.Load())
	}
	builder.Add(childrenKnown, builder.Labels(nil), float64(len(known.children)))
	builder.AddBool(providerUp, builder.Labels(nil), answered && !rejected && p.seen())
	return append(parts, builder.Parts()...)
}

// seen reports whether any region has ever had a row.
func (p *provider) seen() bool {
	return slices.ContainsFunc(p.regions, func(r *region) bool { return r.seen.Load() })
}

// Close implements fleet.Watched.
func (p *provider) Close() {
	p.roster.end(p.polls)
	p.polls.Close()
	p.client.Close()
}

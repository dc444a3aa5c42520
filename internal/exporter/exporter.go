// Package exporter puts the rooms together to one exporter, and runs it.
package exporter

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/client"
	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/capacity"
	"github.com/prisma-exporter/prisma_exporter/internal/cli"
	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/provider"
	"github.com/prisma-exporter/prisma_exporter/internal/reload"
	"github.com/prisma-exporter/prisma_exporter/internal/servicestatus"
	"github.com/prisma-exporter/prisma_exporter/internal/tenant"
	"github.com/prisma-exporter/prisma_exporter/internal/web"
)

// Options are what an exporter is made of.
type Options struct {
	CLI cli.Options
	// Read returns the configuration as it is now.
	Read   func() (*config.Config, error)
	Logger log.Logger
	// Transport takes the place of the network for whatever the exporter
	// asks, unless it is nil.
	Transport http.RoundTripper
	// LogLinesDropped counts the lines that did not get into the log. It is
	// nil where nothing counts them.
	LogLinesDropped func() uint64
}

// Exporter is the whole exporter, but for its listener.
type Exporter struct {
	options  Options
	registry *prometheus.Registry
	// process is what all who ask vendors have in common, and budget what all
	// tenants and discoveries may ask the API together.
	process *auth.Process
	budget  *budget.Budget
	fleet   *fleet.Fleet
	// vendors are all that can be watched: each finds its own in a
	// configuration.
	vendors []func(*config.Config) []fleet.Entry
	// providers know when the counts of their children move.
	providers *provider.Factory
	// demands are what a configuration asks for in steady state.
	demands func(*config.Config) []budget.Demand
	// idle says of what in a configuration nothing is asked.
	idle   func(*config.Config) []string
	panics *web.Panics
	finder *discovery.Discoverer
	// notices are what is doubtful about the configuration in force.
	notices atomic.Pointer[[]string]
	store   *reload.Store
	handler http.Handler
}

// New returns the exporter with the configuration that o.Read returns.
func New(o Options) (*Exporter, error) {
	e := assemble(o)
	e.finder = discovery.New(discovery.Options{List: e.lister, Apply: e.apply, Registry: e.registry, Logger: o.Logger})
	e.store = reload.New(e.registry, reload.Source{Read: o.Read, File: o.CLI.Configuration.File()}, e.finder.Configure)
	if err := e.store.Reload(); err != nil {
		e.Close()
		return nil, err
	}
	served, err := e.webOptions()
	if err != nil {
		e.Close()
		return nil, err
	}
	e.handler = web.New(served)
	return e, nil
}

// assemble returns an exporter without a configuration.
func assemble(o Options) *Exporter {
	registry := newRegistry(o)
	panics := web.NewPanics(registry, o.Logger)
	guarded := guardedRegisterer{registry, panics}
	e := &Exporter{
		options: o, registry: registry, panics: panics, fleet: fleet.New(),
		process: auth.NewProcess(guarded, o.Logger), budget: budget.New(o.CLI.Budget),
	}
	client.RegisterBudget(guarded, e.budget)
	e.providers = provider.NewFactory(provider.Options{
		Process: e.process, Budget: e.budget, Freshness: o.CLI.Freshness, Timeout: o.CLI.APITimeout, Transport: o.Transport, Logger: o.Logger,
	})
	tenants := tenant.NewFactory(tenant.Options{
		Process: e.process, Budget: e.budget, Metrics: collector.NewMetrics(guarded),
		Collectors: o.CLI.Collectors, CollectorOptions: o.CLI.CollectorOptions, Freshness: o.CLI.Freshness,
		Child:   func(group string) tenant.Child { return e.providers.Child(group) },
		Timeout: o.CLI.APITimeout, Transport: o.Transport, Logger: o.Logger,
	})
	companies := capacity.NewFactory(capacity.Options{
		// Another API with a budget of its own: what the one has too much of must
		// not keep from asking the other.
		Process: e.process, Budget: budget.New(o.CLI.Budget), Interval: o.CLI.CapacityInterval, Freshness: o.CLI.Freshness,
		Timeout: o.CLI.APITimeout, Transport: o.Transport, Logger: o.Logger,
	})
	e.vendors = []func(*config.Config) []fleet.Entry{tenants.Entries, e.providers.Entries, companies.Entries}
	if o.CLI.ServiceStatus.On {
		page := servicestatus.Entry(servicestatus.Options{
			Settings: o.CLI.ServiceStatus, Process: e.process.Process, Budget: budget.New(o.CLI.Budget), Freshness: o.CLI.Freshness,
			Timeout: o.CLI.APITimeout, Transport: o.Transport, Logger: o.Logger,
		})
		e.vendors = append(e.vendors, func(*config.Config) []fleet.Entry { return []fleet.Entry{page} })
	}
	e.demands = func(c *config.Config) []budget.Demand {
		return slices.Concat(tenants.Demands(c), e.providers.Demands(c))
	}
	e.idle = tenants.Idle
	return e
}

// Handler serves all routes.
func (e *Exporter) Handler() http.Handler { return e.handler }

// Reload puts the configuration into force anew. When it fails, the log says
// why, and what was in force stays so.
func (e *Exporter) Reload() error {
	err := e.store.Reload()
	if err != nil {
		e.refused(err)
	}
	return err
}

// Watch puts the configuration into force anew whenever its file has changed,
// until ctx ends, if the command line asks for that.
func (e *Exporter) Watch(ctx context.Context) {
	if interval := e.options.CLI.AutoReload; interval > 0 {
		e.store.Watch(ctx, interval, e.refused)
	}
}

// refused logs why a configuration was not put into force.
func (e *Exporter) refused(err error) {
	level.Error(e.options.Logger).Log("msg", "The configuration is invalid, so the exporter keeps the current one", "err", err)
}

// Close ends what the exporter does in the background.
func (e *Exporter) Close() {
	if e.finder != nil {
		e.finder.Close()
	}
	e.fleet.Close()
}

// apply puts a configuration without discoveries into force.
func (e *Exporter) apply(c *config.Config) error {
	var entries []fleet.Entry
	for _, of := range e.vendors {
		entries = slices.Concat(entries, of(c))
	}
	change, err := e.fleet.Apply(entries)
	if err != nil {
		return err
	}
	e.providers.Follow(c)
	plan := e.plan(c)
	e.budget.Follow(plan)
	e.notice(slices.Concat(c.Notices(), e.idle(c), plan.Notices()))
	level.Info(e.options.Logger).Log("msg", "Configuration applied", "tenants", len(c.Tenants), "companies", len(c.Companies), "new_or_changed", change.Started, "removed_or_replaced", change.Ended, "planned", plan)
	return nil
}

// plan is what a configuration needs of the budget.
func (e *Exporter) plan(c *config.Config) budget.Plan {
	return budget.NewPlan(e.budget.Limit(), e.demands(c))
}

// mostNotices is how many notices are told one by one.
const mostNotices = 20

// notice logs what is doubtful about the configuration, where that is not what
// it was, and keeps it for the status page.
func (e *Exporter) notice(notices []string) {
	if more := len(notices) - mostNotices; more > 0 {
		notices = append(notices[:mostNotices:mostNotices], fmt.Sprintf("and %d more", more))
	}
	before := e.notices.Swap(&notices)
	if before != nil && slices.Equal(*before, notices) {
		return
	}
	for _, text := range notices {
		level.Warn(e.options.Logger).Log("msg", "Configuration warning", "notice", text)
	}
}

// lister returns what lists the groups below that of an account.
func (e *Exporter) lister(account config.Tenant) (discovery.Lister, error) {
	c, err := client.New(client.Options{
		Tenant: account, Process: e.process, Budget: e.budget, Logger: e.options.Logger, Timeout: e.options.CLI.APITimeout, Transport: e.options.Transport,
	})
	if err != nil {
		return nil, err // and not a nil of type *client.Client
	}
	return c, nil
}

// statuses are those of all members. One that panics has none.
func (e *Exporter) statuses() (all []fleet.Status) {
	for _, m := range e.fleet.Members() {
		func() {
			defer e.panics.Recover("telling how " + m.Name + " stands")
			all = append(all, m.Status()...)
		}()
	}
	return all
}

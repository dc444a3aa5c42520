// Package tenant makes of a Prisma Access tenant something that is watched: a
// client, and the collectors of each of its sub-tenants.
package tenant

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/client"
	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// Options are what all tenants have in common.
type Options struct {
	// Process is what all who ask vendors have in common, and Budget what all
	// tenants may ask the API together.
	Process *auth.Process
	Budget  *budget.Budget
	Metrics *collector.Metrics
	// Collectors are those that run, unless a tenant has fewer.
	Collectors       []collector.Enabled
	CollectorOptions collector.Options
	Freshness        poll.Freshness
	// Child is what a provider knows of its child, by the child's Tenant Service
	// Group.
	Child func(group string) Child
	// Timeout bounds one request to the API.
	Timeout time.Duration
	// Transport takes the place of the network, unless it is nil.
	Transport http.RoundTripper
	Logger    log.Logger
}

// Factory makes tenants.
type Factory struct {
	options Options

	mu sync.Mutex
	// alive counts the tenants of a name: a new one is there before the one
	// that it replaces is gone.
	alive map[string]int
}

// NewFactory returns a Factory.
func NewFactory(o Options) *Factory { return &Factory{options: o, alive: map[string]int{}} }

// Entries are the tenants of a configuration.
func (f *Factory) Entries(c *config.Config) []fleet.Entry {
	entries := make([]fleet.Entry, len(c.Tenants))
	for i, t := range c.Tenants {
		labels := t.Labels
		t.Labels = nil
		entries[i] = fleet.Entry{Name: t.Name, Labels: labels, Config: t, New: func() (fleet.Watched, error) { return f.watch(t) }}
	}
	return entries
}

// tenant is a tenant that is watched.
type tenant struct {
	factory *Factory
	name    string
	client  *client.Client
	options []collector.ScopeOptions
	scopes  []*collector.Scope
	drill   *drill // nil for one that is asked for by itself at all times
}

func (f *Factory) watch(t config.Tenant) (fleet.Watched, error) {
	o := f.options
	c, err := client.New(client.Options{Tenant: t, Process: o.Process, Budget: o.Budget, Logger: o.Logger, Timeout: o.Timeout, Transport: o.Transport})
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.alive[t.Name]++
	f.mu.Unlock()
	w := &tenant{factory: f, name: t.Name, client: c}
	o.CollectorOptions.Started = time.Now()
	w.drill = f.drill(t)
	for _, sub := range subTenants(t) {
		scope := collector.ScopeOptions{
			Tenant: t.Name, SubTenant: sub, API: c.Scope(sub), Collectors: f.enabled(t),
			Options: o.CollectorOptions, Freshness: o.Freshness, Stretch: f.stretch, Metrics: o.Metrics, Logger: o.Logger,
			// Where the region is a header, a wrong one is no error.
			EmptyIsUnknown: t.Version().RegionHeader != "",
		}
		if w.drill != nil {
			scope.API, scope.Pace = w.drill.calm(scope.API), w.drill.pace
		}
		w.options = append(w.options, scope)
		w.scopes = append(w.scopes, collector.NewScope(scope))
	}
	return w, nil
}

// Scrape implements fleet.Watched.
func (t *tenant) Scrape(ctx context.Context, r fleet.Request) []exposition.Part {
	if t.drill != nil {
		t.drill.child.Asked()
	}
	parts := make([][]exposition.Part, len(t.scopes))
	var wg sync.WaitGroup
	for i, s := range t.scopes {
		wg.Go(func() { parts[i] = s.Scrape(ctx, r.Collectors, r.Page.Among(len(t.scopes))) })
	}
	wg.Wait()
	return slices.Concat(parts...)
}

// Close implements fleet.Watched.
func (t *tenant) Close() {
	var wg sync.WaitGroup
	for _, s := range t.scopes {
		wg.Go(s.Close)
	}
	wg.Wait()
	t.client.Close()
	f := t.factory
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.alive[t.name]--; f.alive[t.name] == 0 {
		delete(f.alive, t.name)
		f.options.Metrics.Forget(t.name)
	}
}

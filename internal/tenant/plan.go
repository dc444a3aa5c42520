package tenant

import (
	"fmt"
	"slices"
	"time"

	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
)

// usualScrape is how often Prometheus asks, at most: polls are not made more
// often, however short the interval of a collector is.
const usualScrape = 30 * time.Second

// Demands are what the tenants of a configuration ask in steady state, when all
// have what every collector asks for.
func (f *Factory) Demands(c *config.Config) []budget.Demand {
	var all []budget.Demand
	for _, t := range c.Tenants {
		for range subTenants(t) {
			for _, e := range f.enabled(t) {
				if t.DrillInterval > 0 {
					all = append(all, drilled(e, t.DrillInterval)...)
					continue
				}
				all = append(all, budget.Demand{Priority: budget.Priority(e.Urgency), Interval: max(e.Interval, usualScrape), Calls: e.Queries})
			}
		}
	}
	return all
}

// Idle names the tenants of a configuration for which no collector runs, and says
// what to do: nobody means to watch a tenant and to ask it nothing.
func (f *Factory) Idle(c *config.Config) []string {
	var idle []string
	for _, t := range c.Tenants {
		if len(f.enabled(t)) == 0 {
			idle = append(idle, t.Name)
		}
	}
	switch {
	case len(idle) == 0:
		return nil
	case len(f.options.Collectors) == 0:
		return []string{"all collectors are disabled, so tenants have no metrics: remove --no-collector flags (or PRISMA_EXPORTER_COLLECTOR_* variables)"}
	}
	return []string{fmt.Sprintf("%s: no collector runs for %d tenants, such as this one: enable one of their collectors with --collector.NAME, or change collectors in the file", idle[0], len(idle))}
}

// stretch is what the plan in force multiplies intervals by.
func (f *Factory) stretch(u insights.Urgency) float64 {
	return f.options.Budget.Plan().Stretch(budget.Priority(u))
}

// enabled are the collectors that run for a tenant.
func (f *Factory) enabled(t config.Tenant) []collector.Enabled {
	return slices.DeleteFunc(slices.Clone(f.options.Collectors), func(e collector.Enabled) bool {
		return t.Collectors != nil && !slices.Contains(t.Collectors, e.Name) ||
			e.ServiceAccount && t.Version().Credential != config.ServiceAccount
	})
}

// subTenants are those of a tenant, "" for the tenant itself.
func subTenants(t config.Tenant) []string {
	if len(t.SubTenants) == 0 {
		return []string{""}
	}
	return t.SubTenants
}

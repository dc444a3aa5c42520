// Package catalog lists every metric of the exporter, from the tables that
// the code itself uses. The documentation is made from it, and dashboards and
// rules are tested against it.
package catalog

import (
	"maps"
	"slices"

	"github.com/prisma-exporter/prisma_exporter/client"
	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/internal/capacity"
	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/logging"
	"github.com/prisma-exporter/prisma_exporter/internal/provider"
	"github.com/prisma-exporter/prisma_exporter/internal/reload"
	"github.com/prisma-exporter/prisma_exporter/internal/servicestatus"
	"github.com/prisma-exporter/prisma_exporter/internal/web"
)

// Metric is one metric family.
type Metric struct {
	Name, Help string
	Type       exposition.Type
	// Labels are all of them, those of the scope included.
	Labels []string
	// States are the values of the label state, where it has one.
	States []string
	// Collectors are those that emit it, none for a metric of every scope or
	// of the exporter itself.
	Collectors []string
}

// scopeLabels are on every metric of a tenant.
var scopeLabels = []string{"tenant", "sub_tenant"}

// providerLabels are on every metric of a provider.
var providerLabels = []string{"provider"}

// companyLabels are on every metric of a company.
var companyLabels = []string{"company"}

// Metrics lists the metrics of the tenants, in the order of the collectors,
// then those of the providers, of the companies, of the service status page and
// of the exporter.
func Metrics() []Metric {
	var all []Metric
	for _, m := range collector.ScopeMetrics() {
		all = append(all, of(m, scopeLabels))
	}
	for _, d := range collector.Definitions() {
		for _, m := range d.Metrics {
			i := slices.IndexFunc(all, func(seen Metric) bool { return seen.Name == m.Name })
			if i < 0 {
				i = len(all)
				all = append(all, of(m, scopeLabels))
			}
			all[i].Collectors = append(all[i].Collectors, d.Name)
		}
	}
	for _, m := range provider.Metrics() {
		all = append(all, of(m, providerLabels))
	}
	for _, m := range capacity.Metrics() {
		all = append(all, of(m, companyLabels))
	}
	for _, m := range slices.Concat(servicestatus.Metrics(), collector.OwnMetrics(), client.OwnMetrics(), logging.OwnMetrics(), reload.OwnMetrics(), web.OwnMetrics(), discovery.OwnMetrics()) {
		all = append(all, of(m, nil))
	}
	return all
}

func of(m *exposition.Metric, scope []string) Metric {
	return Metric{
		Name: m.Name, Help: m.Help, Type: m.Type, States: m.States,
		Labels: slices.Concat(scope, m.LabelNames()),
	}
}

// Labels are the names of all labels that series have.
func Labels() []string {
	names := map[string]bool{}
	for _, m := range Metrics() {
		for _, label := range m.Labels {
			names[label] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

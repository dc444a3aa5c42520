package collector

import (
	"slices"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// Options are what collectors are made with.
type Options struct {
	// StateWindow is how far back a site or tunnel may have had its last
	// event and still be listed.
	StateWindow insights.Window
	// TrafficWindow is what traffic figures are averages and peaks of.
	TrafficWindow insights.Window
	// AlertsLookback is how far back to look for alerts that changed.
	AlertsLookback insights.Window
	// MaxAlertSeries is the most alerts of a scope that get series of their
	// own.
	MaxAlertSeries int
	// MaxSeries is the most series of all collectors of a scope together, 0
	// for as many as there are. Alerts are counted and never dropped.
	MaxSeries int
	// Started is when the process began to look: what was raised before is
	// not counted.
	Started time.Time
}

// Definition is a collector that there is.
type Definition struct {
	// Name is the collector's name in flags, labels and collect[].
	Name string
	Help string
	// Default says whether it runs unless somebody says otherwise.
	Default bool
	// MinInterval is how long an answer is fresh unless somebody says
	// otherwise.
	MinInterval time.Duration
	// Urgency is that of its queries, and Queries how many a poll asks at
	// most: what the plan of a budget reckons with.
	Urgency insights.Urgency
	Queries int
	// ServiceAccount says that only tenants with a service account have what it
	// asks for: it does not run for others.
	ServiceAccount bool
	// Resources are all that it asks for.
	Resources []insights.Resource
	// Metrics are all that it can emit.
	Metrics []*exposition.Metric
	// New returns a collector for one scope.
	New func(Options) Collector
}

// noLongerDocumented ends the HELP of metrics that rest, on Insights 3.0, on
// resources that the vendor has taken out of its documents.
const noLongerDocumented = " The vendor no longer documents this for Insights 3.0."

// Definitions lists the collectors in the order in which they are shown.
func Definitions() []Definition {
	return []Definition{
		alertsDefinition,
		incidentsDefinition,
		locationsDefinition,
		remoteNetworksDefinition,
		serviceConnectionsDefinition,
		tunnelsDefinition,
		mobileUsersDefinition,
		bandwidthDefinition,
		licensesDefinition,
		upgradesDefinition,
	}
}

// Names are those of all collectors.
func Names() []string {
	var names []string
	for _, d := range Definitions() {
		names = append(names, d.Name)
	}
	return names
}

// ResourceNames are those of all that the collectors ask for, in their order.
func ResourceNames() []string {
	var all []string
	for _, d := range Definitions() {
		all = append(all, d.ResourceNames()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// ResourceNames are those of all that the collector asks for.
func (d Definition) ResourceNames() []string {
	names := make([]string, len(d.Resources))
	for i, r := range d.Resources {
		names[i] = r.Name
	}
	return names
}

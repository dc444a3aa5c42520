package collector

import (
	"cmp"
	"context"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var upgradesDefinition = Definition{
	Name: "upgrades", Help: "Scheduled upgrades of the tenant. Only for tenants with a service account.", Default: false, MinInterval: 10 * time.Minute,
	Urgency: insights.Traffic, Queries: 1, ServiceAccount: true,
	Resources: []insights.Resource{insights.Upgrades},
	Metrics:   []*exposition.Metric{upgradeStart}, New: newUpgrades,
}

var upgradeLabels = []string{"version", "upgrade_type", "location", "state"}

var upgradeStart = &exposition.Metric{
	Name: "prisma_access_upgrade_timestamp_seconds", Type: exposition.Gauge, Labels: upgradeLabels,
	Help: "Time when the upgrade to the version starts or, if there are several, when the next one starts (upgrades/list of Aggregate Monitoring: upgrade_ts). state is the API's value, such as scheduled, completed or failed. The vendor's documents contradict each other about the columns of this resource.",
}

// upgradeRow is an upgrade of a tenant.
type upgradeRow struct {
	version, kind, locations, status string

	at    insights.Scalar
	start time.Time
}

// Column implements insights.Row.
func (r *upgradeRow) Column(name string) any {
	switch name {
	case "upgrade_version":
		return &r.version
	case "upgrade_type":
		return &r.kind
	case "customer_onboarded_locations":
		return &r.locations
	case "status":
		return &r.status
	case "upgrade_ts":
		return &r.at
	}
	return nil
}

func (r *upgradeRow) identified() bool { return !r.start.IsZero() }

func compareUpgrades(a, b *upgradeRow) int {
	return cmp.Or(cmp.Compare(a.version, b.version), cmp.Compare(a.kind, b.kind), cmp.Compare(a.locations, b.locations), cmp.Compare(a.status, b.status))
}

// merge keeps the one that comes first.
func (r *upgradeRow) merge(other *upgradeRow) {
	if other.start.Before(r.start) {
		r.start = other.start
	}
}

// read works out when the upgrade starts.
func (r *upgradeRow) read() {
	r.status = insights.LabelWord(r.status)
	r.start = r.at.Start()
}

// upgradesCollector reads when the vendor upgrades a tenant.
type upgradesCollector struct{}

func newUpgrades(Options) Collector { return upgradesCollector{} }

// Update implements Collector.
func (upgradesCollector) Update(ctx context.Context, api insights.API, emit *Emitter) error {
	rows, _, err := query[upgradeRow](ctx, api, insights.Query{
		Resource: insights.Upgrades, Urgency: insights.Traffic,
		Properties: []insights.Property{{Name: "upgrade_ts"}, {Name: "upgrade_type"}, {Name: "upgrade_version"}, {Name: "customer_onboarded_locations"}, {Name: "status"}},
		Filter:     insights.UpgradesAround(time.Now()),
	})
	if err != nil {
		return optional(err)
	}
	for _, r := range rows {
		r.read()
	}
	upgrades, err := unique(rows, emit, "upgrade_ts", (*upgradeRow).identified, compareUpgrades, (*upgradeRow).merge)
	if err != nil {
		return err
	}
	for _, r := range upgrades {
		emit.Value(upgradeStart, emit.Labels(upgradeLabels, r.version, r.kind, r.locations, r.status), seconds(r.start))
	}
	return nil
}

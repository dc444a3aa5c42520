package collector

import (
	"cmp"
	"context"
	"regexp"
	"strconv"
	"strings"
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

const (
	// upgradesBehind and upgradesAhead are the days for which upgrades are asked
	// for: those that may still be under way, and those of the next weeks.
	upgradesBehind = 1
	upgradesAhead  = 60
)

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

// epochMilliseconds are those at the beginning of a text: the API's documents print
// upgrade_ts as a range. Numbers of fewer digits or more are no time of an upgrade.
var epochMilliseconds = regexp.MustCompile(`^\d{13}\b`)

// read works out when the upgrade starts.
func (r *upgradeRow) read() {
	r.status = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(r.status)), " ", "_")
	if ms, err := strconv.ParseInt(epochMilliseconds.FindString(r.at.String()), 10, 64); err == nil {
		r.start = time.UnixMilli(ms)
	} else if at, err := time.Parse(time.RFC3339, r.at.Text); err == nil {
		r.start = at
	}
}

// upgradesCollector reads when the vendor upgrades a tenant.
type upgradesCollector struct{}

func newUpgrades(Options) Collector { return upgradesCollector{} }

// Update implements Collector.
func (upgradesCollector) Update(ctx context.Context, api insights.API, emit *Emitter) error {
	rows, _, err := query[upgradeRow](ctx, api, upgradesQuery(time.Now()))
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

// upgradesQuery asks for the upgrades of some weeks, in the form of the API's own
// example: the days are lists within a list.
func upgradesQuery(now time.Time) insights.Query {
	day := now.UTC().Truncate(24 * time.Hour)
	is := func(property string, day time.Time) insights.Rule {
		return insights.Rule{Property: property, Operator: "equals", Values: []any{[]any{day.Format("2006-01-02T15:04:05.000Z")}}}
	}
	return insights.Query{
		Resource: insights.Upgrades, Urgency: insights.Traffic,
		Properties: []insights.Property{{Name: "upgrade_ts"}, {Name: "upgrade_type"}, {Name: "upgrade_version"}, {Name: "customer_onboarded_locations"}, {Name: "status"}},
		Filter:     insights.All(is("start_date", day.AddDate(0, 0, -upgradesBehind)), is("end_date", day.AddDate(0, 0, upgradesAhead))),
	}
}

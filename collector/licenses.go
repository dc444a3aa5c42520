package collector

import (
	"cmp"
	"context"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var licensesDefinition = Definition{
	Name: "licenses", Help: "Subscription licences. Only for tenants with a service account.", Default: true, MinInterval: 6 * time.Hour,
	Urgency: insights.Traffic, Queries: 1, ServiceAccount: true,
	Resources: []insights.Resource{insights.Licenses},
	Metrics:   licenseMetrics, New: newLicenses,
}

var licenseLabels = []string{"app", "license", "license_id"}

// The metrics of licences.
var (
	licenseExpiry = &exposition.Metric{
		Name: "prisma_access_license_expiry_timestamp_seconds", Type: exposition.Gauge, Labels: licenseLabels,
		Help: "Time when the licence expires (subscription licenses: license_expiration). Licences that expired more than 30 days ago have no series, because the API keeps listing them for years.",
	}
	licenseUnits = &exposition.Metric{
		Name: "prisma_access_license_units", Type: exposition.Gauge, Labels: licenseLabels,
		Help: "Units bought with the licence (subscription licenses: purchased_size). The unit depends on the licence and is not documented: users, Mbit/s, devices or TB.",
	}
	licenseUnitsRemaining = &exposition.Metric{
		Name: "prisma_access_license_units_remaining", Type: exposition.Gauge, Labels: licenseLabels,
		Help: "Units of the licence that are not allocated yet (subscription licenses: remaining_size). Allocated units are not necessarily in use. If tenants share a pool, this can be more than was bought.",
	}
)

var licenseMetrics = []*exposition.Metric{licenseExpiry, licenseUnits, licenseUnitsRemaining}

// endedLongAgo is how long after its end a licence is left out.
const endedLongAgo = 30 * 24 * time.Hour

// claimRow is a row of the list: what was claimed together.
type claimRow struct {
	app string
	id  insights.Scalar

	licenses []*licenseRow
}

// Column implements insights.Row.
func (r *claimRow) Column(name string) any {
	switch name {
	case "app_id":
		return &r.app
	case "license_id":
		return &r.id
	case "licenses":
		return insights.Rows(&r.licenses)
	}
	return nil
}

// licenseRow is one of the licences of a claim. Its end has two names in the
// API's documents.
type licenseRow struct {
	app, license     string
	expiry, expires  insights.Time
	units, remaining insights.Number

	id string
}

// Column implements insights.Row.
func (r *licenseRow) Column(name string) any {
	switch name {
	case "app_id":
		return &r.app
	case "license_type":
		return &r.license
	case "license_expiration":
		return &r.expiry
	case "license_expiry":
		return &r.expires
	case "purchased_size":
		return &r.units
	case "remaining_size":
		return &r.remaining
	}
	return nil
}

func (r *licenseRow) identified() bool { return r.license != "" || r.app != "" }

func compareLicenses(a, b *licenseRow) int {
	return cmp.Or(cmp.Compare(a.app, b.app), cmp.Compare(a.license, b.license), cmp.Compare(a.id, b.id))
}

// merge takes the same licence again, which comes with ends that are seconds
// apart: the one that ends last counts.
func (r *licenseRow) merge(other *licenseRow) {
	if other.expiry.After(r.expiry.Time) {
		*r = *other
	}
}

// licensesCollector reads the licences of a tenant.
type licensesCollector struct{}

func newLicenses(Options) Collector { return licensesCollector{} }

// Update implements Collector.
func (licensesCollector) Update(ctx context.Context, api insights.API, emit *Emitter) error {
	claims, answer, err := query[claimRow](ctx, api, insights.Query{Resource: insights.Licenses, Urgency: insights.Traffic})
	if err != nil {
		return optional(err)
	}
	now := answer.Created
	if now.IsZero() {
		now = time.Now()
	}
	var all []*licenseRow
	for _, c := range claims {
		for _, l := range c.licenses {
			l.app, l.id = cmp.Or(l.app, c.app), c.id.String()
			if l.expiry.IsZero() {
				l.expiry = l.expires
			}
			if l.expiry.IsZero() || now.Sub(l.expiry.Time) < endedLongAgo {
				all = append(all, l)
			}
		}
	}
	licenses, err := unique(all, emit, "license_type", (*licenseRow).identified, compareLicenses, (*licenseRow).merge)
	if err != nil {
		return err
	}
	for _, r := range licenses {
		l := emit.Labels(licenseLabels, r.app, r.license, r.id)
		emit.Time(licenseExpiry, l, r.expiry)
		emit.Number(licenseUnits, l, r.units, 1)
		if r.remaining.Valid { // below zero where more is used than was bought
			emit.Value(licenseUnitsRemaining, l, r.remaining.Value)
		}
	}
	return nil
}

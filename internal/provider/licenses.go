package provider

import (
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// licenses are asked for as often as those of a tenant that is asked by itself.
var licenses = call{
	name: "licenses", every: 6 * time.Hour, optional: true,
	query: insights.Query{Resource: insights.AggregateLicenses, Urgency: insights.Traffic},
	read: func(r *row, child entries) {
		for product, l := range map[string]license{"MU": r.licenses.mobile, "RN": r.licenses.remote, "CDL": r.licenses.lake} {
			child.first(childLicenseExpiry, l.end(), product)
			child.add(childLicenseUnits, l.units, product, l.unit)
		}
	},
}

// licenseDetails are the licences of a child by product.
type licenseDetails struct{ mobile, remote, lake license }

// Column implements insights.Row.
func (d *licenseDetails) Column(name string) any {
	switch name {
	case "MU":
		return &d.mobile
	case "RN":
		return &d.remote
	case "CDL":
		return &d.lake
	}
	return nil
}

// license is what a child may use of a product.
type license struct {
	units, expiry insights.Number
	unit          string
}

// Column implements insights.Row.
func (l *license) Column(name string) any {
	switch name {
	case "license_units":
		return &l.units
	case "license_allocated_unit":
		return &l.unit
	case "expiry_ts":
		return &l.expiry
	}
	return nil
}

// leastEpoch and mostEpoch are the years 2001 and 5138 in seconds. In that span, no
// number of seconds is also one of milliseconds.
const leastEpoch, mostEpoch = 1e9, 1e11

// end is when the licence ends, or the zero time. The unit is not documented:
// another host of the API has seconds, and most of its calls have milliseconds. A
// licence without an end has 0.
func (l license) end() time.Time {
	switch at := l.expiry.Value; {
	case !l.expiry.Valid:
	case leastEpoch <= at && at < mostEpoch:
		return time.Unix(int64(at), 0)
	case 1000*leastEpoch <= at && at < 1000*mostEpoch:
		return time.UnixMilli(int64(at))
	}
	return time.Time{}
}

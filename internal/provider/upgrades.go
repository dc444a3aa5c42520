package provider

import (
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// upgrades asks for less than the vendor's example, whose other columns nobody
// reads. The schema beside the example names other columns.
var upgrades = call{
	name: "upgrades", every: 10 * time.Minute, optional: true,
	query: insights.Query{
		Resource: insights.AggregateUpgrades, Urgency: insights.Traffic,
		Properties: columns("sub_tenant_id", "current_version", "upgrade_ts", "upgrade_type", "upgrade_version", "status"),
	},
	filter: insights.UpgradesAround,
	read: func(r *row, child entries) {
		child.first(childUpgrade, r.at.Start(), r.current, r.version, r.kind, insights.LabelWord(r.status))
	},
}

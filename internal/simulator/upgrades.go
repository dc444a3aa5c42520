package simulator

import (
	"fmt"
	"time"
)

// upgradeDays are the days between two upgrades: the second and the fourth weekend of a month, more or less.
const upgradeDays = 14

// upgradesOf are the upgrades of a tenant: the last one, which is completed a few hours after its start, and the next one,
// under way or to come. What the two days of a query do is not documented; here a query without a filter is refused.
func upgradesOf(t *tenant, _ *monitorQuery, at time.Time) []record {
	next := at.UTC().Truncate(upgradeDays * 24 * time.Hour).Add(2 * time.Hour)
	if at.After(next.Add(4 * time.Hour)) {
		next = next.AddDate(0, 0, upgradeDays)
	}
	var rows []record
	for i, start := range []time.Time{next.AddDate(0, 0, -upgradeDays), next} {
		rows = append(rows, record{
			"tenant_id": t.TSG, "sub_tenant_id": t.TSG, "current_version": fmt.Sprintf("PANOS-10.2.%d", 3+i), "upgrade_version": fmt.Sprintf("PANOS-10.2.%d", 4+i),
			"candidate_release_list": "", "customer_onboarded_locations": "US East,UK", "time_window": "02:00 AM to 06:00 AM", "compute_timezone": "UTC", "upgrade_type": "full-upgrade",
			"upgrade_ts": fmt.Sprintf("%d-%d", start.UnixMilli(), start.Add(4*time.Hour).UnixMilli()), "status": []string{"completed", "scheduled"}[i],
		})
	}
	return rows
}

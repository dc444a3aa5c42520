package simulator

import (
	"fmt"
	"net/http"
	"time"
)

// upgradeDays are the days between two upgrades: the second and the fourth weekend of a month, more or less.
const upgradeDays = 14

// listUpgrades answers with the upgrades of a tenant, in a list without an envelope: the last one, which is completed a few
// hours after its start, and the next one, under way or to come. What the two days of a query do is not documented; here a
// query without them is refused.
func listUpgrades(w *World, _ *http.Request, body []byte) (any, *refusal) {
	m, no := readMembers(body, "the body", "properties", "filter", "count")
	if no != nil {
		return nil, no
	}
	if !m.has("properties") || !m.has("filter") {
		return nil, invalidParameter("properties and filter are required", "filter")
	}
	now := w.clock.now().UTC()
	next := now.Truncate(upgradeDays * 24 * time.Hour).Add(2 * time.Hour)
	if now.After(next.Add(4 * time.Hour)) {
		next = next.AddDate(0, 0, upgradeDays)
	}
	var rows []record
	for i, start := range []time.Time{next.AddDate(0, 0, -upgradeDays), next} {
		rows = append(rows, record{
			"tenant_id": w.group, "sub_tenant_id": w.group, "current_version": "PANOS-10.2.3", "upgrade_version": fmt.Sprintf("PANOS-10.2.%d", 4+i),
			"customer_onboarded_locations": "US East,UK", "time_window": "02:00 AM to 06:00 AM", "compute_timezone": "UTC", "upgrade_type": "full-upgrade",
			"upgrade_ts": fmt.Sprintf("%d-%d", start.UnixMilli(), start.Add(4*time.Hour).UnixMilli()), "status": []string{"completed", "scheduled"}[i],
		})
	}
	return rows, nil
}

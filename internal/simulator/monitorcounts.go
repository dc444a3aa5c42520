package simulator

import (
	"slices"
	"strconv"
	"time"
)

// alertCounts counts the alerts with an event in the window, by what they are about. It knows tenants by their TSG.
func alertCounts(t *tenant, q *monitorQuery, at time.Time) []record {
	var total, mobile, remote, service int64
	since := q.since("event_time", at)
	for _, a := range t.world("").alertsNow() {
		if a.RaisedTime.After(at) || a.UpdatedTime.Before(since) {
			continue
		}
		total++
		switch a.Category {
		case "MU", "GP", "EP":
			mobile++
		case "RN":
			remote++
		case "SC":
			service++
		}
	}
	if total == 0 {
		return nil
	}
	return []record{{"sub_tenant_id": t.TSG, "total_count": total, "mu_count": mobile, "rn_count": remote, "sc_count": service}}
}

// incidentCounts counts the incidents that were raised in the window and are not cleared. Its IDs are integers.
func incidentCounts(t *tenant, q *monitorQuery, at time.Time) []record {
	var critical, warning int64
	since := q.since("raised_time", at)
	for _, i := range t.world("").incidentsNow() {
		if i.Status != Raised || i.RaisedTime.After(at) || i.RaisedTime.Before(since) || !slices.Contains(q.values("severity"), i.Severity) {
			continue
		}
		switch i.Severity {
		case "Critical":
			critical++
		case "Warning":
			warning++
		}
	}
	id, err := strconv.ParseInt(t.TSG, 10, 64)
	if err != nil || critical+warning == 0 {
		return nil
	}
	return []record{{"sub_tenant_id": id, "total_count": critical + warning, "critical_count": critical, "warning_count": warning}}
}

// siteCounts counts sites by kind and state. It knows tenants by their other ID.
func siteCounts(t *tenant, q *monitorQuery, at time.Time) []record {
	type group struct {
		node  int64
		state State
	}
	counts := map[group]int64{}
	var order []group
	nodes, states := q.values("node_type"), q.values("site_state_name")
	for _, s := range t.world("").sites {
		g := group{s.node.number, s.statusAt(at).state}
		if nodes != nil && !slices.Contains(nodes, strconv.FormatInt(g.node, 10)) || states != nil && !slices.Contains(states, string(g.state)) {
			continue
		}
		if counts[g] == 0 {
			order = append(order, g)
		}
		counts[g]++
	}
	var rows []record
	for _, g := range order {
		rows = append(rows, record{"sub_tenant_id": cdlOf(t.TSG), "node_type": g.node, "site_state_name": string(g.state), "site_name": counts[g]})
	}
	return rows
}

// gatewayCounts counts a gateway for each location. The words of their status are not documented.
func gatewayCounts(t *tenant, _ *monitorQuery, _ time.Time) []record {
	n := len(t.world("").locations)
	if n == 0 {
		return nil
	}
	return []record{{"sub_tenant_id": t.TSG, "status": "Up", "gateway_count": int64(n)}}
}

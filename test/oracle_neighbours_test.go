package test

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// searches are the pages of the search for incidents, by sub-tenant.
func searches(exchanges []exchange) map[string][]exchange {
	pages := map[string][]exchange{}
	for _, x := range exchanges {
		if x.resource == "search" {
			pages[x.subTenant] = append(pages[x.subTenant], x)
		}
	}
	return pages
}

// The words of incidents, as the webhook and the settings have them.
var (
	oracleIncidentSeverities = []string{"Critical", "High", "Warning", "Medium", "Low", "Informational"}
	oracleIncidentStates     = map[string]string{"raised": "raised", "raisedchild": "raised_child", "clearpending": "clear_pending"}
)

// incidents are open unless their status says that they are cleared, whatever
// cleared_time says.
func (o *oracle) incidents(pages []exchange) {
	var rows []row
	listed, total := 0, 0
	for _, x := range pages {
		if rows = append(rows, x.rows...); !asksForStatus(x, "Cleared") {
			listed += len(x.rows)
			total = max(total, x.total)
		}
	}
	counts := map[[3]string]float64{}
	for id, r := range openOf(rows, "incident_id", "status") {
		severity, category := cmp.Or(text(r, "severity"), "unknown"), cmp.Or(text(r, "category"), "unknown")
		if i := slices.IndexFunc(oracleIncidentSeverities, func(known string) bool { return strings.EqualFold(known, severity) }); i >= 0 {
			severity = oracleIncidentSeverities[i]
		}
		state := cmp.Or(oracleIncidentStates[strings.ToLower(text(r, "status"))], "unknown")
		counts[[3]string{severity, category, state}]++
		o.put("prisma_access_incident_raised_timestamp_seconds", raisedAt(r), "incident_id", id, "prisma_severity", severity,
			"category", category, "code", text(r, "code"), "product", text(r, "product"), "state", state)
		about := object(r, "primary_impacted_objects")
		o.put("prisma_access_incident_info", 1, "incident_id", id, "title", text(r, "title"), "site", listOf(about, "site_names"),
			"tunnel", cmp.Or(listOf(about, "tunnel_names"), listOf(about, "gre_tunnel_names")),
			"location", cmp.Or(listOf(about, "locations"), listOf(about, "aggr_locations")), "bgp_peer", listOf(about, "bgp_peer_names"))
		if acknowledged, ok := r["acknowledged"].(bool); ok {
			o.put("prisma_access_incident_acknowledged", map[bool]float64{true: 1}[acknowledged], "incident_id", id)
		}
	}
	for k, n := range counts {
		o.put("prisma_access_incidents", n, "prisma_severity", k[0], "category", k[1], "state", k[2])
	}
	o.put("prisma_access_incidents_reported", float64(max(listed, total)))
}

// asksForStatus reports whether a search names a status.
func asksForStatus(x exchange, status string) bool {
	filter, _ := x.request["filter"].(map[string]any)
	rules, _ := filter["rules"].([]any)
	return slices.ContainsFunc(rules, func(rule any) bool {
		of, _ := rule.(map[string]any)
		values, _ := of["values"].([]any)
		return of["property"] == "status" && slices.Contains(values, any(status))
	})
}

// listOf is a list of names as one label.
func listOf(r row, column string) string {
	var names []string
	list, _ := r[column].([]any)
	for _, name := range list {
		if _, ok := name.(string); ok && len(names) < 16 {
			names = append(names, text(row{"": name}, ""))
		}
	}
	return text(row{"": strings.Join(names, ", ")}, "")
}

// licenses are told apart by app, kind and claim. Of the same the one that ends last
// counts, and what ended a month ago is left out.
func (o *oracle) licenses(x exchange) {
	type key struct{ app, kind, id string }
	kept := map[key]row{}
	end := func(r row) float64 {
		for _, column := range []string{"license_expiration", "license_expiry"} {
			if at, ok := instant(r, column); ok {
				return at
			}
		}
		return math.Inf(-1)
	}
	for _, claim := range x.rows {
		id := text(claim, "license_id")
		if _, quoted := claim["license_id"].(string); !quoted {
			if n, ok := number(claim, "license_id"); ok {
				id = strconv.FormatFloat(n, 'f', -1, 64)
			}
		}
		list, _ := claim["licenses"].([]any)
		for _, element := range list {
			r, _ := element.(map[string]any)
			k := key{cmp.Or(text(r, "app_id"), text(claim, "app_id")), text(r, "license_type"), id}
			ended := float64(x.at.Add(-30 * 24 * time.Hour).UnixMilli())
			if k.app == "" && k.kind == "" || !math.IsInf(end(r), -1) && end(r) <= ended {
				continue
			}
			if before, ok := kept[k]; !ok || end(r) > end(before) {
				kept[k] = r
			}
		}
	}
	for k, r := range kept {
		labels := []string{"app", k.app, "license", k.kind, "license_id", k.id}
		if at := end(r); !math.IsInf(at, -1) {
			o.put("prisma_access_license_expiry_timestamp_seconds", at/1000, labels...)
		}
		o.number("prisma_access_license_units", r, "purchased_size", 1, labels...)
		if n, ok := number(r, "remaining_size"); ok { // below zero where more is used than was bought
			o.put("prisma_access_license_units_remaining", n, labels...)
		}
	}
}

// bgp is that of a site which has any: by its tunnels where they are told, else by a
// word that is known. The number of the state has had several meanings.
func (o *oracle) bgp(same []row, figures row, labels []string) {
	has := func(r row) bool {
		n, told := number(r, "bgp_all_tunnels")
		word := strings.ToLower(strings.TrimSpace(text(r, "bgp_site_state_name")))
		return told && n > 0 || !told && slices.Contains([]string{"up", "down", "warning"}, word)
	}
	state := ""
	for _, r := range same {
		if has(r) {
			state = worst(state, stateOf(row{"": r["bgp_site_state_name"]}, "", "none", oracleSites, nil))
		}
	}
	o.state("prisma_access_site_bgp_state", state, oracleSites, labels...)
	if state != "" || has(figures) {
		o.number("prisma_access_site_bgp_tunnels", figures, "bgp_all_tunnels", 1, labels...)
		o.number("prisma_access_site_bgp_tunnels_up", figures, "bgp_up_tunnels", 1, labels...)
	}
}

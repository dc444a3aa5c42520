package simulator

// siteColumns3 are what both lists of sites had in the specification of June 2024; transport_type came later.
var siteColumns3 = joined(
	of(text, "site_name", "edge_location_display_name", "instance_state_name", "site_state_name", "site_type",
		"transport_type", "bgp_site_state_name", "source_ip", "destination_ip", "source_ip_string",
		"destination_ip_string"),
	of(number, "instance_state", "site_state", "site_up_tunnels", "site_all_tunnels", "site_capacity",
		"site_disconnection", "site_connection_duration", "avg_throughput", "peak_throughput", "median_throughput",
		"bgp_site_state", "bgp_up_tunnels", "bgp_all_tunnels"),
	[]column{wholeWindow},
)

// resources3 are all that can be queried on 3.0, by name. Nothing there is certain but what the vendor's specification
// has today, and that has none of these; each says how it is known. Columns that the world has nothing for, like those
// about BGP of single tunnels, can be asked for and are missing in the rows.
var resources3 = byName(
	language3,
	// Documented earlier, with its one column.
	&resource{
		name: "current_connected_user_count", feature: "users/agent", identity: "user_count", timed: true,
		columns: joined(of(number, "user_count"), []column{wholeWindow}), records: userCountRecords,
	},
	// Documented: the FAQ has the path. Its columns were documented earlier.
	&resource{
		name: "location_gp_mobile_users_logins", feature: "locations", identity: "edge_location_display_name", timed: true,
		columns: joined(
			of(text, "edge_location_display_name"), of(number, "unique_users", "unique_users_gp"), []column{wholeWindow},
		),
		records: translated(loginRecords, func(r record) { r["unique_users_gp"] = r["unique_users"] }),
	},
	// Documented earlier, and named in the vendor's guidance. No source tells of a filter that it wants.
	&resource{
		name: "noc_location_list_rn_sc", feature: "locations", identity: "edge_location_display_name",
		columns: joined(
			of(text, "edge_location_display_name", "aggregate_status", "rn_status", "sc_status"),
			of(number, "rn_count", "rn_up_count", "sc_count", "sc_up_count", "latitude", "longitude"),
			[]column{wholeWindow},
		),
		records: locationSiteRecords,
	},
	// Named only: the vendor's guidance has the path. The columns are those of 1.0.
	&resource{
		name: "tunnel_status", identity: "event_time", timed: true,
		columns: resources["tunnel_status"].columns, records: throughputRecords,
	},
	// Documented earlier, and named in the vendor's guidance.
	&resource{
		name: "rn_list", feature: "sites", identity: "site_name", timed: true,
		columns: joined(siteColumns3,
			of(text, "compute_location", "site_city", "site_country", "site_location", "site_location_string"),
			of(number, "node_type", "site_aggregate_capacity"),
		),
		records: translated(remoteNetworkRecords, site3),
	},
	// Documented earlier, named in the vendor's guidance, and sent by one client.
	&resource{
		name: "sc_list", feature: "sites", identity: "site_name", timed: true,
		columns: siteColumns3, records: translated(serviceConnectionRecords, site3),
	},
	// Observed, and the time rule with it. The columns after the monitoring are those of the earlier specification; the
	// names of the bytes and packets that were seen are not known.
	&resource{
		name: "tunnel_list", feature: "tunnels", identity: "tunnel_name", timed: true,
		columns: joined(
			of(text, "tunnel_name", "site_name", "edge_location_display_name", "transport_type", "source_ip",
				"destination_ip", "tunnel_state_name", "tunnel_monitoring_state_name", "bgp_tunnel_state_name"),
			of(number, "node_type", "avg_throughput", "peak_throughput", "p95_throughput", "tunnel_state",
				"tunnel_monitoring_state", "bgp_tunnel_state", "tunnel_disconnection", "tunnel_connection_duration"),
			filterOnly(of(instant, "event_time")...),
		),
		records: translated(tunnelRecords, func(r record) {
			r["transport_type"] = transport
			// The world has no spread between the average and the peak.
			r["p95_throughput"] = r["avg_throughput"]
		}),
	},
	// Observed, and the time rule with it. The name of the location's column was not noted down.
	locationBandwidth3("location_rn_bandwidth", remoteNetwork, "rn_sites_up"),
	locationBandwidth3("location_sc_bandwidth", serviceConnection, "sc_sites_up"),
	// Observed, and that an empty filter will do. What it then looks at is not known; here it is the last day.
	&resource{
		name: "alerts_list", feature: "alerts", identity: "sub_tenant_id",
		columns: joined(
			of(text, "sub_tenant_id"), of(number, "total_count", "mu_count", "rn_count", "sc_count"), []column{wholeWindow},
		),
		records: alertCountRecords,
	},
	// Sent by one client, whose tests do not meet the API, and refused to another: tenants differ, so see Tenant.Refuse.
	&resource{
		name: "prisma_sase_external_alerts_current", identity: "alert_id",
		columns: resources["prisma_sase_external_alerts_current"].columns, records: alertRecords,
	},
)

func locationBandwidth3(name string, of nodeType, sitesUp string) *resource {
	r := locationBandwidth(name, of)
	r.columns = append(r.columns, column{name: "peak_consumption", kind: number}, column{name: sitesUp, kind: number})
	return r
}

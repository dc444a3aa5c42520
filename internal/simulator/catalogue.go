package simulator

// wholeWindow is the event time of resources whose rows are figures over the window rather than events in it.
var wholeWindow = column{name: "event_time", kind: instant, filterOnly: true, wholeQuery: true}

// siteColumns are what both lists of sites have.
var siteColumns = joined(
	of(text, "site_name", "node_type_name", "edge_location_display_name", "cloud_region_name", "cloud_provider",
		"instance_state_name", "instance_public_ip", "site_state_name", "source_ip_string", "destination_ip_string"),
	of(number, "node_type", "instance_state", "site_state", "site_up_tunnels", "site_all_tunnels", "site_capacity",
		"site_aggregate_capacity", "site_disconnection", "site_connection_duration", "avg_throughput",
		"peak_throughput", "avg_ingress", "avg_egress"),
	of(instant, "event_time"),
	of(list, "source_ip", "destination_ip"),
)

// resources are all that can be queried on 1.0 and 2.0, by name.
var resources = byName(
	language1,
	&resource{
		name: "prisma_sase_external_alerts_current", identity: "alert_id", records: alertRecords,
		columns: joined(
			of(text, "alert_id", "severity", "message", "state", "category", "code", "clear_reason"),
			of(number, "severity_id", "age"),
			of(instant, "raised_time", "updated_time", "cleared_time"),
			of(object, "primary_impacted_objects", "resource_context"),
			// The switch between external and all alerts; all alerts here are external.
			[]column{{name: "customerApp", filterOnly: true, wholeQuery: true}},
		),
	},
	&resource{
		name: "edge_location_current_status", identity: "edge_location_display_name", records: locationStateRecords,
		columns: joined(
			of(text, "edge_location_display_name"),
			of(number, "mu_state_instance", "rn_state_instance", "sc_state_instance", "ep_state_instance"),
		),
	},
	&resource{
		name: "rn_list", feature: "remotenetworks", identity: "site_name", timed: true, records: remoteNetworkRecords,
		columns: joined(siteColumns,
			of(text, "compute_location_display_name", "ipsec_node"),
			of(number, "latest_site_capacity", "latest_site_aggregate_capacity"),
		),
	},
	&resource{
		name: "sc_list", feature: "serviceconnections", identity: "site_name", timed: true,
		columns: siteColumns, records: serviceConnectionRecords,
	},
	&resource{
		name: "tunnel_list", feature: "tunnels", identity: "tunnel_name", timed: true, records: tunnelRecords,
		columns: joined(
			of(text, "tunnel_name", "site_name", "instance_name", "node_type_name", "tunnel_type_name",
				"edge_location_display_name", "cloud_region_name", "cloud_provider", "instance_state_name",
				"instance_public_ip", "tunnel_state_name", "tunnel_monitoring_state_name"),
			of(number, "node_type", "sub_node_type", "okyo_tunnel_type", "instance_state", "tunnel_state",
				"tunnel_monitoring_state", "tunnel_disconnection", "tunnel_connection_duration", "avg_throughput",
				"peak_throughput"),
			filterOnly(of(instant, "event_time")...),
		),
	},
	&resource{
		name: "connected_user_count", feature: "gp_mobileusers", identity: "user_count", records: userCountRecords,
		columns: of(number, "user_count"),
	},
	&resource{
		name: "current_connected_user_list", feature: "gp_mobileusers", identity: "gpuser_name", records: userRecords,
		columns: joined(
			of(text, "gpuser_name", "user_location", "user_location_country", "pa_location"),
			of(number, "num_connections"),
			filterOnly(of(text, "edge_location_display_name")...),
		),
	},
	&resource{
		name: "location_gp_mobile_users_logins", feature: "locations", identity: "edge_location_display_name",
		timed: true, records: loginRecords,
		columns: joined(of(text, "edge_location_display_name"), of(number, "unique_users"), []column{wholeWindow}),
	},
	&resource{
		name: "rn_bandwidth_allocated", feature: "remotenetworks", identity: "edge_location_display_name",
		timed: true, silent: true, total: true, records: allocationRecords,
		columns: joined(
			of(number, "allocated_bw", "allocated_aggregated_bw"),
			filterOnly(of(text, "edge_location_display_name")...),
			[]column{wholeWindow},
		),
	},
	&resource{
		name: "tunnel_status", identity: "event_time", timed: true, records: throughputRecords,
		columns: joined(
			of(number, "node_type", "tunnel_throughput_ingress", "tunnel_throughput_egress"),
			of(instant, "event_time"),
		),
	},
	locationBandwidth("location_rn_bandwidth", remoteNetwork),
	locationBandwidth("location_sc_bandwidth", serviceConnection),
)

func locationBandwidth(name string, of nodeType) *resource {
	return &resource{
		name: name, feature: "locations", identity: "edge_location_display_name", timed: true,
		columns: []column{
			{name: "edge_location_display_name"},
			{name: "total_consumption", kind: number},
			wholeWindow,
		},
		records: consumptionRecords(of),
	}
}

func byName(l *language, all ...*resource) map[string]*resource {
	named := make(map[string]*resource, len(all))
	for _, r := range all {
		r.language = l
		named[r.name] = r
	}
	return named
}

package collector

import (
	"slices"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// siteColumns are those of both lists of sites that are asked for, filtered by or
// read.
var siteColumns = []string{
	"site_name", "edge_location_display_name", "compute_location_display_name", "cloud_provider", "cloud_region_name", "ipsec_node",
	"instance_public_ip", "site_state_name", "site_state", "instance_state_name", "instance_state", "bgp_site_state_name", "event_time",
	"site_all_tunnels", "site_up_tunnels", "bgp_all_tunnels", "bgp_up_tunnels", "site_capacity", "site_aggregate_capacity",
	"site_disconnection", "site_connection_duration", "avg_throughput", "peak_throughput", "avg_ingress", "avg_egress",
}

// consumptionColumns are those of both lists of the locations' bandwidth.
var consumptionColumns = []string{
	"location_name", "edge_location_display_name", "location", "total_consumption", "peak_consumption", "rn_sites_up", "sc_sites_up", "event_time",
}

// columnNames are the columns that mean something to a collector, by resource and
// by what they are called in 1.0, aliases among them. The APIs beside Insights
// have none: their columns have the same names everywhere.
var columnNames = map[string][]string{
	insights.AlertsCurrent.Name: {
		"alert_id", "severity", "message", "Alert_Name", "raised_time", "updated_time", "state", "category", "code", "clear_reason",
		"primary_impacted_objects", "Primary_Impacted_Objects", "resource_context", "related_objects",
	},
	insights.AlertsList.Name: {"sub_tenant_id", "total_count", "mu_count", "rn_count", "sc_count", "event_time"},
	insights.EdgeLocationStatus.Name: {
		"edge_location_display_name", "mu_state_instance", "rn_state_instance", "sc_state_instance", "ep_state_instance",
	},
	insights.RNList.Name: siteColumns,
	insights.SCList.Name: append(slices.Clone(siteColumns), "node_type"),
	insights.TunnelList.Name: {
		"tunnel_name", "site_name", "edge_location_display_name", "instance_name", "node_type", "node_type_name", "tunnel_state", "tunnel_state_name",
		"tunnel_monitoring_state", "tunnel_monitoring_state_name", "tunnel_disconnection", "tunnel_connection_duration", "avg_throughput",
		"peak_throughput", "event_time",
	},
	insights.TunnelStatus.Name: {
		"tunnel_throughput_ingress", "tunnel_throughput_egress", "avg_ingress", "avg_egress", "peak_ingress", "peak_egress", "node_type",
		"event_time", bucketTime,
	},
	insights.RNBandwidthAllocated.Name: {"allocated_bw", "allocated_aggregated_bw", "edge_location_display_name", "event_time"},
	insights.LocationRNBandwidth.Name:  consumptionColumns,
	insights.LocationSCBandwidth.Name:  consumptionColumns,
	insights.ConnectedUserCount.Name:   {"user_count", "event_time"}, // which 3.0 wants a rule on
	insights.ConnectedUserList.Name:    {"gpuser_name", "num_connections", "user_location", "user_location_country", "pa_location"},
	insights.LocationLogins.Name:       {"edge_location_display_name", "unique_users", "event_time"},
}

// ColumnNames are the columns of each resource that a configuration can rename, by
// the resource's name.
func ColumnNames() map[string][]string { return columnNames }

package provider

import (
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

var (
	callLabels     = []string{"call", "data_region"}
	regionLabels   = []string{"data_region"}
	childLabels    = []string{"child", "data_region"}
	nodeLabels     = []string{"child", "data_region", "node_type"}
	severityLabels = []string{"child", "data_region", "prisma_severity"}
	siteLabels     = []string{"child", "data_region", "node_type", "state"}
	gatewayLabels  = []string{"child", "data_region", "status"}
	upgradeLabels  = []string{"child", "data_region", "current_version", "version", "upgrade_type", "state"}
	productLabels  = []string{"child", "data_region", "product"}
	unitLabels     = []string{"child", "data_region", "product", "unit"}
	infoLabels     = []string{"child", "tsg_id", "cdl_tenant_id", "panw_region"}
)

// The metrics of a provider.
var (
	providerUp = &exposition.Metric{
		Name: "prisma_access_provider_up", Type: exposition.Gauge,
		Help: "Whether the API accepts the provider's credential, the last poll of at least one call had an answer, and at least one answer since the start had a row: 1 yes, 0 no.",
	}
	childrenKnown = &exposition.Metric{
		Name: "prisma_access_provider_children", Type: exposition.Gauge,
		Help: "Number of tenants that the discovery found below the provider.",
	}
	childInfo = &exposition.Metric{
		Name: "prisma_access_provider_child_info", Type: exposition.Gauge, Labels: infoLabels,
		Help: "A tenant below the provider, always 1: its Tenant Service Group, its second ID (cdl_tenant_id) and its region, if the hierarchy contains them (custom/tenant/hierarchy: id, cdlTenantId, region). The label child has the same value as the label tenant of the tenant's own series.",
	}
	regionSeen = &exposition.Metric{
		Name: "prisma_access_provider_rows_seen", Type: exposition.Gauge, Labels: regionLabels,
		Help: "Whether any answer for the data region has had a row since the exporter started: 1 yes, 0 no. If it stays 0, the exporter knows nothing about the children in that region. For a wrong region, the API returns no rows.",
	}
	callTruncated = &exposition.Metric{
		Name: "prisma_access_provider_scrape_call_truncated", Type: exposition.Gauge, Labels: callLabels,
		Help: "Whether the answer reached the exporter's limit of rows, so that there may be more: 1 yes, 0 no.",
	}
	unmatchedRows = &exposition.Metric{
		Name: "prisma_access_provider_unmatched_rows", Type: exposition.Gauge, Labels: callLabels,
		Help: "Number of rows in the last good answer whose sub_tenant_id belongs to no child. They can belong to the provider itself, for example, or to tenants that the discovery leaves out.",
	}
	childAlerts = &exposition.Metric{
		Name: "prisma_access_provider_alerts", Type: exposition.Gauge, Labels: childLabels,
		Help: "Number of the child's alerts with an event in the last 7 days (alerts/list: total_count). They are not necessarily open. A child without a row has no series, which does not mean that it has no alerts.",
	}
	childAlertsByNode = &exposition.Metric{
		Name: "prisma_access_provider_alerts_by_node_type", Type: exposition.Gauge, Labels: nodeLabels,
		Help: "Number of the child's alerts with an event in the last 7 days, by the type of node that they are about (alerts/list: mu_count, rn_count, sc_count). They are not necessarily open, and may not add up to all alerts.",
	}
	childIncidents = &exposition.Metric{
		Name: "prisma_access_provider_incidents_raised", Type: exposition.Gauge, Labels: severityLabels,
		Help: "Number of the child's incidents in status Raised that were raised in the last day (incidents/tenants: critical_count, warning_count). Older incidents are not counted, even if they are still open.",
	}
	childSites = &exposition.Metric{
		Name: "prisma_access_provider_sites", Type: exposition.Gauge, Labels: siteLabels,
		Help: "Sites of the child by state (serviceConnectivity: distinct count of site_name by node_type and site_state_name). In some answers, the API uses only the states Up and Down.",
	}
	childGateways = &exposition.Metric{
		Name: "prisma_access_provider_gateways", Type: exposition.Gauge, Labels: gatewayLabels,
		Help: "Gateways of the child by status (serviceConnectivity/gatewayStatus: gateway_count). The vendor does not document the values of status.",
	}
	childUpgrade = &exposition.Metric{
		Name: "prisma_access_provider_upgrade_timestamp_seconds", Type: exposition.Gauge, Labels: upgradeLabels,
		Help: "Time when the upgrade of the child from current_version to version starts or, if there are several, when the next one starts (upgrades/list: upgrade_ts). state is the API's value, such as scheduled, completed or failed. The vendor's two descriptions of this contradict each other. If the API refuses this call, there are no series.",
	}
	childLicenseExpiry = &exposition.Metric{
		Name: "prisma_access_provider_license_expiry_timestamp_seconds", Type: exposition.Gauge, Labels: productLabels,
		Help: "Time when the child's licence expires (custom/license/quota: licenseDetails, expiry_ts). product is the API's value: MU for mobile users, RN for remote networks, CDL for the data lake. A licence without an end has no series. If the API refuses this call, there are no series.",
	}
	childLicenseUnits = &exposition.Metric{
		Name: "prisma_access_provider_license_units", Type: exposition.Gauge, Labels: unitLabels,
		Help: "Units of the child's licence (custom/license/quota: licenseDetails, license_units). unit is the API's value: Mbps, or empty for mobile users.",
	}
)

var callPolls = poll.NewMetrics("prisma_access_provider_scrape_call_", "call", callLabels)

// Metrics are the metrics that every provider has.
func Metrics() []*exposition.Metric {
	return append([]*exposition.Metric{
		providerUp, childrenKnown, childInfo, regionSeen, childAlerts, childAlertsByNode, childIncidents, childSites, childGateways,
		childUpgrade, childLicenseExpiry, childLicenseUnits, unmatchedRows, callTruncated,
	}, callPolls.All()...)
}

package discovery

import "github.com/prisma-exporter/prisma_exporter/internal/exposition"

var discoveryLabels = []string{"tenant"}

// What the exporter tells of its discoveries.
var (
	discoverySuccess = &exposition.Metric{
		Name: "prisma_exporter_discovery_success", Type: exposition.Gauge, Labels: discoveryLabels,
		Help: "Whether the discovery of that name last listed its Tenant Service Groups with success: 1 yes, 0 no, and the tenants are those of the last success.",
	}
	discoveryTime = &exposition.Metric{
		Name: "prisma_exporter_discovery_last_success_timestamp_seconds", Type: exposition.Gauge, Labels: discoveryLabels,
		Help: "When the discovery last listed its Tenant Service Groups with success.",
	}
	discoveryTenants = &exposition.Metric{
		Name: "prisma_exporter_discovery_tenants", Type: exposition.Gauge, Labels: discoveryLabels,
		Help: "Tenants that there are because of the discovery.",
	}
	discoveryLeftOut = &exposition.Metric{
		Name: "prisma_exporter_discovery_left_out_tenants", Type: exposition.Gauge, Labels: discoveryLabels,
		Help: "Tenant Service Groups that the discovery found and that are no tenants: beyond max_tenants, or with a name that is taken or cannot be one. The log says which.",
	}
)

// OwnMetrics are what is told of the discoveries.
func OwnMetrics() []*exposition.Metric {
	return []*exposition.Metric{discoverySuccess, discoveryTime, discoveryTenants, discoveryLeftOut}
}

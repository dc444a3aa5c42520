package discovery

import "github.com/prisma-exporter/prisma_exporter/internal/exposition"

var discoveryLabels = []string{"tenant"}

// What the exporter tells of its discoveries.
var (
	discoverySuccess = &exposition.Metric{
		Name: "prisma_exporter_discovery_success", Type: exposition.Gauge, Labels: discoveryLabels,
		Help: "Whether the discovery's last listing of Tenant Service Groups succeeded: 1 yes, 0 no. After a failed listing, the exporter keeps the tenants that it knows. tenant is the name of the discovery.",
	}
	discoveryTime = &exposition.Metric{
		Name: "prisma_exporter_discovery_last_success_timestamp_seconds", Type: exposition.Gauge, Labels: discoveryLabels,
		Help: "Time of the discovery's last successful listing of Tenant Service Groups.",
	}
	discoveryTenants = &exposition.Metric{
		Name: "prisma_exporter_discovery_tenants", Type: exposition.Gauge, Labels: discoveryLabels,
		Help: "Number of tenants that the discovery found.",
	}
	discoveryLeftOut = &exposition.Metric{
		Name: "prisma_exporter_discovery_left_out_tenants", Type: exposition.Gauge, Labels: discoveryLabels,
		Help: "Number of Tenant Service Groups that the discovery found but did not turn into tenants, because there are more than max_tenants, or because a name is taken or invalid. The log lists them.",
	}
)

// OwnMetrics are what is told of the discoveries.
func OwnMetrics() []*exposition.Metric {
	return []*exposition.Metric{discoverySuccess, discoveryTime, discoveryTenants, discoveryLeftOut}
}

package collector

import (
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// Options are what collectors are made with.
type Options struct {
	// StateWindow is how far back a site or tunnel may have had its last
	// event and still be listed.
	StateWindow insights.Window
	// TrafficWindow is what traffic figures are averages and peaks of.
	TrafficWindow insights.Window
	// AlertsLookback is how far back to look for alerts that changed.
	AlertsLookback insights.Window
	// MaxAlertSeries is the most alerts of a scope that get series of their
	// own.
	MaxAlertSeries int
	// Started is when the process began to look: what was raised before is
	// not counted.
	Started time.Time
}

// Definition is a collector that there is.
type Definition struct {
	// Name is the collector's name in flags, labels and collect[].
	Name string
	Help string
	// Default says whether it runs unless somebody says otherwise.
	Default bool
	// MinInterval is how long an answer is fresh unless somebody says
	// otherwise.
	MinInterval time.Duration
	// Metrics are all that it can emit.
	Metrics []*exposition.Metric
	// New returns a collector for one scope.
	New func(Options) Collector
}

// Definitions lists the collectors in the order in which they are shown.
func Definitions() []Definition {
	return []Definition{
		{"alerts", "Prisma's own alerts (prisma_sase_external_alerts_current).", true, 30 * time.Second, alertMetrics, newAlerts},
		{"locations", "State of the Prisma Access locations (edge_location_current_status).", true, time.Minute, locationMetrics, newLocations},
		{"remote_networks", "State of the remote networks (rn_list).", true, time.Minute, siteMetrics, newRemoteNetworks},
		{"service_connections", "State of the service connections (sc_list).", true, time.Minute, siteMetrics, newServiceConnections},
		{"tunnels", "State of the IPSec tunnels (tunnel_list).", true, time.Minute, tunnelMetrics, newTunnels},
		{"mobile_users", "Numbers of GlobalProtect users (connected_user_count, current_connected_user_list, location_gp_mobile_users_logins).", true, 5 * time.Minute, mobileUserMetrics, newMobileUsers},
		{"bandwidth", "Traffic of sites, tunnels and locations (rn_list, sc_list, tunnel_list, tunnel_status, rn_bandwidth_allocated, location_rn_bandwidth, location_sc_bandwidth).", true, 5 * time.Minute, bandwidthMetrics, newBandwidth},
	}
}

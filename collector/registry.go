package collector

import (
	"slices"
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
	// Resources are all that it asks for.
	Resources []string
	// Metrics are all that it can emit.
	Metrics []*exposition.Metric
	// New returns a collector for one scope.
	New func(Options) Collector
}

// Definitions lists the collectors in the order in which they are shown.
func Definitions() []Definition {
	return []Definition{
		{
			Name: "alerts", Help: "Prisma's own alerts.", Default: true, MinInterval: 30 * time.Second,
			Resources: []string{"prisma_sase_external_alerts_current", "alerts_list"},
			Metrics:   alertMetrics, New: newAlerts,
		},
		{
			Name: "locations", Help: "State of the Prisma Access locations.", Default: true, MinInterval: time.Minute,
			Resources: []string{"edge_location_current_status"},
			Metrics:   locationMetrics, New: newLocations,
		},
		{
			Name: "remote_networks", Help: "State of the remote networks.", Default: true, MinInterval: time.Minute,
			Resources: []string{"rn_list"},
			Metrics:   siteMetrics, New: newRemoteNetworks,
		},
		{
			Name: "service_connections", Help: "State of the service connections.", Default: true, MinInterval: time.Minute,
			Resources: []string{"sc_list"},
			Metrics:   siteMetrics, New: newServiceConnections,
		},
		{
			Name: "tunnels", Help: "State of the IPSec tunnels.", Default: true, MinInterval: time.Minute,
			Resources: []string{"tunnel_list"},
			Metrics:   tunnelMetrics, New: newTunnels,
		},
		{
			Name: "mobile_users", Help: "Numbers of GlobalProtect users.", Default: true, MinInterval: 5 * time.Minute,
			Resources: []string{"connected_user_count", "current_connected_user_list", "location_gp_mobile_users_logins"},
			Metrics:   mobileUserMetrics, New: newMobileUsers,
		},
		{
			Name: "bandwidth", Help: "Traffic of sites, tunnels and locations.", Default: true, MinInterval: 5 * time.Minute,
			Resources: []string{"rn_list", "sc_list", "tunnel_list", "tunnel_status", "rn_bandwidth_allocated", "location_rn_bandwidth", "location_sc_bandwidth"},
			Metrics:   bandwidthMetrics, New: newBandwidth,
		},
	}
}

// Names are those of all collectors.
func Names() []string {
	var names []string
	for _, d := range Definitions() {
		names = append(names, d.Name)
	}
	return names
}

// Resources are all that the collectors ask for, in the order of names.
func Resources() []string {
	var all []string
	for _, d := range Definitions() {
		all = append(all, d.Resources...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

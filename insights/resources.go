package insights

// The resources that are asked for, by what Insights 1.0 calls them or, of the
// APIs beside it, by what they list. This is the one place that has their names.
var (
	AlertsCurrent        = Resource{Name: "prisma_sase_external_alerts_current", OfRegion: true}
	AlertsList           = Resource{Feature: "alerts", Name: "alerts_list"}
	EdgeLocationStatus   = Resource{Name: "edge_location_current_status", OfRegion: true}
	RNList               = Resource{Feature: "remotenetworks", Name: "rn_list", OfRegion: true}
	SCList               = Resource{Feature: "serviceconnections", Name: "sc_list", OfRegion: true}
	TunnelList           = Resource{Feature: "tunnels", Name: "tunnel_list", OfRegion: true}
	TunnelStatus         = Resource{Name: "tunnel_status"}
	RNBandwidthAllocated = Resource{Feature: "remotenetworks", Name: "rn_bandwidth_allocated"}
	LocationRNBandwidth  = Resource{Feature: "locations", Name: "location_rn_bandwidth", OfRegion: true}
	LocationSCBandwidth  = Resource{Feature: "locations", Name: "location_sc_bandwidth", OfRegion: true}
	ConnectedUserCount   = Resource{Feature: "gp_mobileusers", Name: "connected_user_count"}
	ConnectedUserList    = Resource{Feature: "gp_mobileusers", Name: "current_connected_user_list", OfRegion: true}
	LocationLogins       = Resource{Feature: "locations", Name: "location_gp_mobile_users_logins", OfRegion: true}

	// Incidents is the search of the Unified Incident Framework, an API beside
	// Insights.
	Incidents = Resource{Feature: "incidents", Name: "incidents_search"}
	// Licenses is the list of subscription licences, another one.
	Licenses = Resource{Feature: "subscription", Name: "subscription_licenses"}

	// Upgrades is the list of upgrades of Aggregate Monitoring, for the tenant of
	// the token alone.
	Upgrades = Resource{Feature: "aggregate", Name: "upgrades_list"}

	// What Aggregate Monitoring tells a provider of all tenants below it, a third
	// one: who they are, counts of what they have, their upgrades and licences.
	Hierarchy          = Resource{Feature: "aggregate", Name: "aggregate_hierarchy"}
	AggregateAlerts    = Resource{Feature: "aggregate", Name: "aggregate_alerts"}
	AggregateIncidents = Resource{Feature: "aggregate", Name: "aggregate_incidents"}
	AggregateSites     = Resource{Feature: "aggregate", Name: "aggregate_sites"}
	AggregateGateways  = Resource{Feature: "aggregate", Name: "aggregate_gateways"}
	AggregateUpgrades  = Resource{Feature: "aggregate", Name: "aggregate_upgrades"}
	AggregateLicenses  = Resource{Feature: "aggregate", Name: "aggregate_licenses"}
)

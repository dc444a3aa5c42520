package dialect

import (
	"github.com/prisma-exporter/prisma_exporter/insights"
)

// resource is what a version has in place of a resource of 1.0.
type resource struct {
	// path is where it is found behind the version's root, or "" where the
	// version is not known to have it: then it is asked for only at a path
	// from the configuration.
	path string
	// family is the API that the resource belongs to where that is not
	// Insights. It takes the place of all that follows.
	family *family
	// columns are the version's names for columns of 1.0, or "" for one that
	// it does not have. Rows come back with the names of 1.0.
	columns map[string]string
	// words are what a column of 1.0 holds here in place of a number.
	words map[string]map[int]string
	// implied are columns that 1.0 filters by and that the path itself decides
	// here, so that no rule is needed, or possible.
	implied []string
	// timed is a column that the version wants a filter on, also where 1.0
	// asks for what is now.
	timed string
	// whole says that all columns are asked for, since the names of some are not
	// known and one that the resource does not have fails the query.
	whole bool
}

// resources1 and resources2 are what differs of 2.0 and 1.0 from the paths of
// their rule: what 3.0 alone has, and the APIs beside Insights.
var (
	resources1 = withFamilies(map[string]resource{insights.AlertsList.Name: {}}, false)
	resources2 = withFamilies(map[string]resource{insights.AlertsList.Name: {}}, true)
)

// withFamilies adds the APIs beside Insights, to be asked or not.
func withFamilies(resources map[string]resource, asked bool) map[string]resource {
	for name, f := range families {
		if resources[name] = (resource{}); asked {
			resources[name] = resource{family: f}
		}
	}
	return resources
}

// resources3 is what 3.0 has. How each path and each column is known stands
// beside it: documented is what the vendor's current specification says, once
// documented what it said before August 2026, observed what a client got from
// a tenant, named what the vendor's guidance names. What is not in any of them
// has no path. The configuration can name other columns and, in place of all
// that is said of a resource here, another path.
var resources3 = withFamilies(map[string]resource{
	// A client in the field asks for it; one tenant that was tried lacks it.
	insights.AlertsCurrent.Name: {path: "query/prisma_sase_external_alerts_current"},
	// Observed.
	insights.AlertsList.Name: {path: "query/alerts/alerts_list"},

	// Once documented, named. The compute location was once documented under
	// its shorter name.
	insights.RNList.Name: {path: "query/sites/rn_list", columns: map[string]string{"compute_location_display_name": "compute_location"}},
	// Once documented, named; without a column for the type of node.
	insights.SCList.Name: {path: "query/sites/sc_list", implied: []string{"node_type"}},
	// Observed.
	insights.TunnelList.Name: {path: "query/tunnels/tunnel_list"},
	// Named.
	insights.TunnelStatus.Name: {path: "query/tunnel_status"},

	// Once documented, named: a list of locations with words for the states
	// of two services, and none for the others.
	insights.EdgeLocationStatus.Name: {
		path: "query/locations/noc_location_list_rn_sc",
		columns: map[string]string{
			"rn_state_instance": "rn_status",
			"sc_state_instance": "sc_status",
			"mu_state_instance": "",
			"ep_state_instance": "",
		},
		words: map[string]map[int]string{
			"rn_state_instance": locationWords, "sc_state_instance": locationWords,
			"mu_state_instance": locationWords, "ep_state_instance": locationWords, // should the configuration know them
		},
	},

	// Once documented, with a filter on event_time that it cannot do without.
	insights.ConnectedUserCount.Name: {path: "query/users/agent/current_connected_user_count", timed: "event_time"},
	// Documented in the vendor's list of questions.
	insights.LocationLogins.Name: {path: "query/locations/location_gp_mobile_users_logins"},

	// Observed on two tenants, without what the column of the location is called.
	insights.LocationRNBandwidth.Name: {path: "query/locations/location_rn_bandwidth", whole: true},
	insights.LocationSCBandwidth.Name: {path: "query/locations/location_sc_bandwidth", whole: true},

	// Not known under any name that has the same figures.
	insights.ConnectedUserList.Name:    {},
	insights.RNBandwidthAllocated.Name: {},
}, true)

// locationWords are the states of a location.
var locationWords = map[int]string{0: "Down", 1: "Up", 2: "Warning"}

// resource is what the version has for r, or the same as 1.0 at the place
// where the version has it.
func (d Dialect) resource(r insights.Resource) resource {
	if own, ok := d.resources[r.Name]; ok {
		return own
	}
	return resource{path: d.path(r)}
}

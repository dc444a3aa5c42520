package provider

import (
	"slices"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// call is one that tells something of all children.
type call struct {
	name  string
	query insights.Query
	// narrow is what to ask in its place where the API refuses it: what the
	// vendor's own example asks; nil for nothing.
	narrow *insights.Query
	// filter takes the place of the query's where that depends on the day; nil for
	// the query's own.
	filter func(now time.Time) *insights.Filter
	// times is how many intervals of the provider lie between two polls, and every
	// the time between them where that does not depend on the provider's interval.
	times int
	every time.Duration
	// optional says that a provider may lack it without being ill, and that a child
	// is no more worth a poll of its own when this changes.
	optional bool
	// read adds the series of a row.
	read func(r *row, child entries)
}

// interval is the time between two polls of a provider whose counts are polled
// that often.
func (c call) interval(counts time.Duration) time.Duration {
	return max(time.Duration(c.times)*counts, c.every)
}

var (
	// external are the alerts that are meant for the customer, in both spellings of
	// the vendor's examples.
	external = insights.In("domain", "External", "external")
	ofSites  = insights.In("node_type", 48, 51)
	lastWeek = insights.Rule{Property: "event_time", Operator: "last_n_days", Values: []any{7}}
	lastDay  = insights.Rule{Property: "raised_time", Operator: "last_n_days", Values: []any{"1"}}
)

// calls are in the order in which they are shown. Their words are those of the
// vendor's examples but for what is said beside them.
var calls = []call{
	{
		name: "alerts", times: 1,
		query: insights.Query{
			Resource: insights.AggregateAlerts, Urgency: insights.Alerts, Filter: insights.All(external, lastWeek),
			Properties: columns("sub_tenant_id", "total_count", "mu_count", "rn_count", "sc_count"),
		},
		read: func(r *row, child entries) {
			child.add(childAlerts, r.total)
			child.add(childAlertsByNode, r.mobile, "mobile_users")
			child.add(childAlertsByNode, r.remote, "remote_network")
			child.add(childAlertsByNode, r.service, "service_connection")
		},
	},
	{
		// The example asks for the five tenants with the most; the exporter for all.
		name: "incidents", times: 1,
		query: insights.Query{
			Resource: insights.AggregateIncidents, Urgency: insights.Alerts,
			Filter: insights.All(
				lastDay, insights.Rule{Property: "status", Operator: "equals", Values: []any{"Raised"}}, insights.In("severity", "Critical", "Warning"), external,
			),
			Properties: columns("sub_tenant_id", "total_count", "critical_count", "warning_count"),
		},
		read: func(r *row, child entries) {
			child.add(childIncidents, r.critical, "Critical")
			child.add(childIncidents, r.warning, "Warning")
		},
	},
	{
		// The example asks for two states, and the API has more.
		name: "sites", times: 1, query: sitesQuery(ofSites),
		narrow: new(sitesQuery(ofSites, insights.In("site_state_name", "Up", "Down"))),
		read: func(r *row, child entries) {
			node := nodeOf(r.node)
			for _, state := range []string{"up", "down"} {
				child.add(childSites, insights.Number{Valid: r.count.Valid}, node, state)
			}
			child.add(childSites, r.count, node, stateOf(r.state))
		},
	},
	{
		name: "gateways", times: 5,
		query: insights.Query{
			Resource: insights.AggregateGateways, Urgency: insights.Health, Properties: columns("status", "gateway_count", "sub_tenant_id"),
		},
		read: func(r *row, child entries) {
			child.add(childGateways, r.gateways, strings.ToLower(r.status))
		},
	},
	upgrades, licenses,
}

func columns(names ...string) []insights.Property {
	all := make([]insights.Property, len(names))
	for i, name := range names {
		all[i].Name = name
	}
	return all
}

func sitesQuery(rules ...insights.Rule) insights.Query {
	return insights.Query{
		Resource: insights.AggregateSites, Urgency: insights.Health, Filter: insights.All(rules...),
		Properties: append(columns("sub_tenant_id", "node_type", "site_state_name"),
			insights.Property{Name: "site_name", Function: insights.DistinctCount, Alias: "count"}),
	}
}

// nodeOf is the kind of a site.
func nodeOf(s insights.Scalar) string {
	switch s.String() {
	case "48":
		return "remote_network"
	case "51":
		return "service_connection"
	}
	return "unknown"
}

// siteStates are the words for the state of a site.
var siteStates = []string{"up", "down", "warning", "inactive"}

func stateOf(word string) string {
	if state := strings.ToLower(word); slices.Contains(siteStates, state) {
		return state
	}
	return "unknown"
}

package collector

import (
	"strings"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var (
	siteLabels     = []string{"site", "node_type", "location"}
	siteInfoLabels = []string{"site", "node_type", "location", "compute_location", "cloud_provider", "cloud_region", "ipsec_node", "public_ip"}
)

// The metrics of sites, which are remote networks and service connections.
var (
	siteState = &exposition.Metric{
		Name: "prisma_access_site_state", Type: exposition.Gauge, Labels: siteLabels, States: siteStateNames,
		Help: "State of the site: 1 for the current state, 0 for the others (rn_list and sc_list: site_state_name)." + noLongerDocumented,
	}
	siteInstanceState = &exposition.Metric{
		Name: "prisma_access_site_instance_state", Type: exposition.Gauge, Labels: siteLabels, States: instanceStateNames,
		Help: "State of the Prisma Access node that serves the site: 1 for the current state, 0 for the others (rn_list and sc_list: instance_state_name)." + noLongerDocumented,
	}
	siteTunnels = &exposition.Metric{
		Name: "prisma_access_site_tunnels", Type: exposition.Gauge, Labels: siteLabels,
		Help: "Tunnels configured for the site (rn_list and sc_list: site_all_tunnels)." + noLongerDocumented,
	}
	siteTunnelsUp = &exposition.Metric{
		Name: "prisma_access_site_tunnels_up", Type: exposition.Gauge, Labels: siteLabels,
		Help: "Tunnels of the site that are up (rn_list and sc_list: site_up_tunnels)." + noLongerDocumented,
	}
	siteCapacity = &exposition.Metric{
		Name: "prisma_access_site_capacity_bytes_per_second", Type: exposition.Gauge, Labels: siteLabels,
		Help: "Capacity of the site (rn_list and sc_list: site_capacity)." + noLongerDocumented,
	}
	siteAggregateCapacity = &exposition.Metric{
		Name: "prisma_access_site_aggregate_capacity_bytes_per_second", Type: exposition.Gauge, Labels: siteLabels,
		Help: "Aggregate bandwidth allocated at the site's location (rn_list and sc_list: site_aggregate_capacity)." + noLongerDocumented,
	}
	siteDisconnections = &exposition.Metric{
		Name: "prisma_access_site_disconnections", Type: exposition.Gauge, Labels: siteLabels,
		Help: "Disconnections of the site within --collector.state-window (rn_list and sc_list: site_disconnection)." + noLongerDocumented,
	}
	siteDisconnected = &exposition.Metric{
		Name: "prisma_access_site_disconnected_seconds", Type: exposition.Gauge, Labels: siteLabels,
		Help: "How long the site was disconnected within --collector.state-window (rn_list and sc_list: site_connection_duration, which is the disconnected time despite its name)." + noLongerDocumented,
	}
	siteBGPState = &exposition.Metric{
		Name: "prisma_access_site_bgp_state", Type: exposition.Gauge, Labels: siteLabels, States: siteStateNames,
		Help: "State of the site's BGP: 1 for the current state, 0 for the others (Insights 3.0, rn_list and sc_list: bgp_site_state_name, documented by the vendor until 2025 and seen on tenants). A site without BGP has no series.",
	}
	siteBGPTunnels = &exposition.Metric{
		Name: "prisma_access_site_bgp_tunnels", Type: exposition.Gauge, Labels: siteLabels,
		Help: "Tunnels of the site that have BGP (Insights 3.0, rn_list and sc_list: bgp_all_tunnels, documented by the vendor until 2025).",
	}
	siteBGPTunnelsUp = &exposition.Metric{
		Name: "prisma_access_site_bgp_tunnels_up", Type: exposition.Gauge, Labels: siteLabels,
		Help: "Tunnels of the site whose BGP is up (Insights 3.0, rn_list and sc_list: bgp_up_tunnels, documented by the vendor in 2024).",
	}
	siteLastEvent = &exposition.Metric{
		Name: "prisma_access_site_last_event_timestamp_seconds", Type: exposition.Gauge, Labels: siteLabels,
		Help: "Time of the API's latest data about the site (rn_list and sc_list: event_time).",
	}
	siteInfo = &exposition.Metric{
		Name: "prisma_access_site_info", Type: exposition.Gauge, Labels: siteInfoLabels,
		Help: "Location and node that serve the site, always 1 (rn_list and sc_list)." + noLongerDocumented,
	}
)

var siteMetrics = []*exposition.Metric{
	siteState, siteInstanceState, siteTunnels, siteTunnelsUp, siteCapacity, siteAggregateCapacity,
	siteDisconnections, siteDisconnected, siteLastEvent, siteInfo, siteBGPState, siteBGPTunnels, siteBGPTunnelsUp,
}

// siteRow is a row of rn_list or sc_list.
type siteRow struct {
	site, location                              string
	computeLocation, cloudProvider              string
	cloudRegion, ipsecNode, publicIP            string
	stateName, instanceStateName, bgpStateName  string
	stateNumber, instanceStateNumber            insights.Number
	tunnels, tunnelsUp, bgpTunnels, bgpUp       insights.Number
	capacity, aggregateCapacity                 insights.Number
	disconnections, disconnected                insights.Number
	throughput, peakThroughput, ingress, egress insights.Number
	lastEvent                                   insights.Time

	state, instanceState, bgpState state
}

// Column implements insights.Row.
func (r *siteRow) Column(name string) any {
	switch name {
	case "site_name":
		return &r.site
	case "edge_location_display_name":
		return (*insights.Word)(&r.location)
	case "compute_location_display_name":
		return &r.computeLocation
	case "cloud_provider":
		return &r.cloudProvider
	case "cloud_region_name":
		return &r.cloudRegion
	case "ipsec_node":
		return &r.ipsecNode
	case "instance_public_ip":
		return &r.publicIP
	case "site_state_name":
		return (*insights.Word)(&r.stateName)
	case "site_state":
		return &r.stateNumber
	case "instance_state_name":
		return (*insights.Word)(&r.instanceStateName)
	case "instance_state":
		return &r.instanceStateNumber
	case "bgp_site_state_name":
		return (*insights.Word)(&r.bgpStateName)
	case "event_time":
		return &r.lastEvent
	}
	return r.figure(name)
}

func (r *siteRow) figure(name string) any {
	switch name {
	case "site_all_tunnels":
		return &r.tunnels
	case "site_up_tunnels":
		return &r.tunnelsUp
	case "bgp_all_tunnels":
		return &r.bgpTunnels
	case "bgp_up_tunnels":
		return &r.bgpUp
	case "site_capacity":
		return &r.capacity
	case "site_aggregate_capacity":
		return &r.aggregateCapacity
	case "site_disconnection":
		return &r.disconnections
	case "site_connection_duration":
		return &r.disconnected
	case "avg_throughput":
		return &r.throughput
	case "peak_throughput":
		return &r.peakThroughput
	case "avg_ingress":
		return &r.ingress
	case "avg_egress":
		return &r.egress
	}
	return nil
}

func (r *siteRow) identified() bool { return r.site != "" }

func compareSites(a, b *siteRow) int {
	if c := strings.Compare(a.site, b.site); c != 0 { // nearly always
		return c
	}
	return strings.Compare(a.location, b.location)
}

// merge takes another row of the same site: the worse state and the figures
// of the row with the newer data.
func (r *siteRow) merge(other *siteRow) {
	state, instanceState, bgpState := max(r.state, other.state), max(r.instanceState, other.instanceState), max(r.bgpState, other.bgpState)
	if !other.lastEvent.Before(r.lastEvent.Time) {
		old := *r
		*r = *other
		r.fill(&old)
	} else {
		r.fill(other)
	}
	r.state, r.instanceState, r.bgpState = state, instanceState, bgpState
}

// fill takes what the row itself does not tell.
func (r *siteRow) fill(old *siteRow) {
	r.tunnels, r.tunnelsUp = newer(old.tunnels, r.tunnels), newer(old.tunnelsUp, r.tunnelsUp)
	r.bgpTunnels, r.bgpUp = newer(old.bgpTunnels, r.bgpTunnels), newer(old.bgpUp, r.bgpUp)
	r.capacity, r.aggregateCapacity = newer(old.capacity, r.capacity), newer(old.aggregateCapacity, r.aggregateCapacity)
	r.disconnections, r.disconnected = newer(old.disconnections, r.disconnections), newer(old.disconnected, r.disconnected)
	r.throughput, r.peakThroughput = newer(old.throughput, r.throughput), newer(old.peakThroughput, r.peakThroughput)
	r.ingress, r.egress = newer(old.ingress, r.ingress), newer(old.egress, r.egress)
}

// uniqueSites makes the rows one a site.
func uniqueSites(rows []*siteRow, emit *Emitter) ([]*siteRow, error) {
	for _, r := range rows {
		r.location = place(r.location)
	}
	return unique(rows, emit, "site_name", (*siteRow).identified, compareSites, (*siteRow).merge)
}

// emitSites writes the sites of one kind.
func emitSites(rows []*siteRow, emit *Emitter, kind string, states stateSet) error {
	for _, r := range rows {
		r.state = emit.state(states, "site_state", r.stateName, r.stateNumber)
		r.bgpState = r.readBGP(emit)
		r.instanceState = emit.state(instanceStates, "instance_state", r.instanceStateName, r.instanceStateNumber)
	}
	sites, err := uniqueSites(rows, emit)
	if err != nil {
		return err
	}
	if err := emit.Count(kind, len(sites)); err != nil {
		return err
	}
	for _, r := range sites {
		l := emit.Labels(siteLabels, r.site, kind, r.location)
		emit.State(siteState, l, r.state)
		emit.State(siteInstanceState, l, r.instanceState)
		if r.bgpState != noState || r.hasBGP() {
			emit.State(siteBGPState, l, r.bgpState)
			emit.Number(siteBGPTunnels, l, r.bgpTunnels, 1)
			emit.Number(siteBGPTunnelsUp, l, r.bgpUp, 1)
		}
		emit.Number(siteTunnels, l, r.tunnels, 1)
		emit.Number(siteTunnelsUp, l, r.tunnelsUp, 1)
		emit.Number(siteCapacity, l, r.capacity, bytesPerKbit)
		emit.Number(siteAggregateCapacity, l, r.aggregateCapacity, bytesPerKbit)
		emit.Number(siteDisconnections, l, r.disconnections, 1)
		emit.Number(siteDisconnected, l, r.disconnected, secondsPerMillisecond)
		emit.Time(siteLastEvent, l, r.lastEvent)
		emit.Value(siteInfo, emit.Labels(siteInfoLabels, r.site, kind, r.location,
			r.computeLocation, r.cloudProvider, r.cloudRegion, r.ipsecNode, r.publicIP), 1)
	}
	return nil
}

// hasBGP reports whether the site has BGP: a tunnel that has it or, where those are
// not told, a word for its state that is known. What a site without BGP is said to
// be is not.
func (r *siteRow) hasBGP() bool {
	if r.bgpTunnels.Valid {
		return r.bgpTunnels.Value > 0
	}
	st, known := bgpStates.of(r.bgpStateName, insights.Number{})
	return known && st != noState && bgpStates.names[st] != "unknown"
}

// readBGP is the state of the site's BGP by its name alone: its numbers have
// been documented with different meanings.
func (r *siteRow) readBGP(emit *Emitter) state {
	if !r.hasBGP() {
		return noState
	}
	return emit.state(bgpStates, "bgp_site_state", r.bgpStateName, insights.Number{})
}

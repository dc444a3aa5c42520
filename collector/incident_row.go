package collector

import (
	"cmp"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// incidentRow is a row of the search for incidents. What it says of persons, such
// as who acknowledged it, and its cleared_time, which open ones have been seen
// to have, is not read.
type incidentRow struct {
	event
	product      string
	acknowledged insights.Bool
	impacted     incidentObjects
}

// incidentObjects are primary_impacted_objects: lists of names.
type incidentObjects struct {
	sites, tunnels, greTunnels, locations, regions, peers insights.Texts
}

// Column implements insights.Row.
func (r *incidentRow) Column(name string) any {
	switch name {
	case "incident_id":
		return &r.id
	case "severity":
		return (*insights.Word)(&r.severity)
	case "title":
		return &r.text
	case "category":
		return (*insights.Word)(&r.category)
	case "code":
		return (*insights.Word)(&r.code)
	case "product":
		return (*insights.Word)(&r.product)
	case "status":
		return (*insights.Word)(&r.stateName)
	case "raised_time":
		return &r.raised
	case "updated_time":
		return &r.updated
	case "acknowledged":
		return &r.acknowledged
	case "primary_impacted_objects":
		return &r.impacted
	}
	return nil
}

// Column implements insights.Row.
func (o *incidentObjects) Column(name string) any {
	switch name {
	case "site_names":
		return &o.sites
	case "tunnel_names":
		return &o.tunnels
	case "gre_tunnel_names":
		return &o.greTunnels
	case "locations":
		return &o.locations
	case "aggr_locations":
		return &o.regions
	case "bgp_peer_names":
		return &o.peers
	}
	return nil
}

// read puts the row's words into the form of labels. Its status alone says
// whether it is open.
func (r *incidentRow) read(emit *Emitter) {
	r.readWords(emit, incidentSeverities, nil)
	switch strings.ToLower(strings.ReplaceAll(r.stateName, "_", "")) {
	case "raised":
		r.state = alertStateRaised
	case "raisedchild":
		r.state = alertStateChild
	case "clearpending":
		r.state = incidentStateClearPending
	case "cleared":
		r.state = alertStateCleared
	default:
		// What is not known to be cleared is open.
		r.state = alertStateUnknown
		emit.Unknown("status")
	}
	r.about = alertObjects{
		site: namesIn(r.impacted.sites), tunnel: cmp.Or(namesIn(r.impacted.tunnels), namesIn(r.impacted.greTunnels)),
		location: cmp.Or(namesIn(r.impacted.locations), namesIn(r.impacted.regions)), peer: namesIn(r.impacted.peers),
	}
}

// namesIn is a list of names as a label value.
func namesIn(list insights.Texts) string { return insights.Clean(strings.Join(list, ", ")) }

// mergeIncident takes another row of the same incident, as merge of events does.
func (r *incidentRow) mergeIncident(other *incidentRow) {
	kept := r.event
	if r.merge(&other.event); r.event != kept {
		*r = *other
	}
}

func compareIncidents(a, b *incidentRow) int { return compareEvents(&a.event, &b.event) }

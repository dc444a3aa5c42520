package collector

import (
	"cmp"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// alertRow is a row of prisma_sase_external_alerts_current.
type alertRow struct {
	event
	primary, related alertObjects
}

// alertObjects is what an alert is about: primary_impacted_objects or
// resource_context.
type alertObjects struct{ site, tunnel, location, peer string }

// Column implements insights.Row.
func (r *alertRow) Column(name string) any {
	switch name {
	case "alert_id":
		return &r.id
	case "severity":
		return (*insights.Word)(&r.severity)
	case "Alert_Name":
		return &r.text
	case "category":
		return (*insights.Word)(&r.category)
	case "code":
		return (*insights.Word)(&r.code)
	case "state":
		return (*insights.Word)(&r.stateName)
	case "clear_reason":
		return &r.clearReason
	case "raised_time":
		return &r.raised
	case "updated_time":
		return &r.updated
	case "Primary_Impacted_Objects":
		return &r.primary
	case "related_objects":
		return &r.related
	}
	return nil
}

// Column implements insights.Row.
func (o *alertObjects) Column(name string) any {
	switch name {
	case "site_name":
		return &o.site
	case "tunnel_name":
		return &o.tunnel
	case "location":
		return &o.location
	case "bgp_peer_name":
		return &o.peer
	}
	return nil
}

// read puts the row's words into the form of labels.
func (r *alertRow) read(emit *Emitter) {
	r.readWords(emit, severities, categories)
	switch strings.ToLower(strings.ReplaceAll(r.stateName, "_", "")) {
	case "raised":
		r.state = alertStateRaised
	case "raisedchild":
		r.state = alertStateChild
	case "cleared":
		r.state = alertStateCleared
	default:
		// What is not known to be cleared is open.
		r.state = alertStateUnknown
		emit.Unknown("state")
	}
	r.about = alertObjects{
		site: r.primary.site, tunnel: cmp.Or(r.primary.tunnel, r.related.tunnel),
		location: cmp.Or(r.primary.location, r.related.location), peer: cmp.Or(r.primary.peer, r.related.peer),
	}
}

package collector

import (
	"cmp"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// alertRow is a row of prisma_sase_external_alerts_current.
type alertRow struct {
	id, severity, message, category, code string
	stateName, clearReason                string
	raised, updated                       insights.Time
	primary, related                      alertObjects

	state string
	// outdated says that the alert was cleared after this row, which is open.
	outdated bool
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
		return &r.severity
	case "Alert_Name":
		return &r.message
	case "category":
		return &r.category
	case "code":
		return &r.code
	case "state":
		return &r.stateName
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
	r.severity = knownWord(r.severity, severities)
	if r.severity == "" {
		r.severity = "unknown"
		emit.Unknown("severity")
	}
	r.category = cmp.Or(knownWord(r.category, categories), "unknown")
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
}

// knownWord spells a word as the list does, whatever its case. A word that is
// not in the list stays as it is: severities and categories are open sets.
func knownWord(word string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(word, k) {
			return k
		}
	}
	return word
}

func (r *alertRow) identified() bool { return r.id != "" }

func (r *alertRow) open() bool { return r.state != alertStateCleared }

// compareEvents orders alerts by their ID and the times that they were raised.
func compareEvents(a, b *alertRow) int {
	if c := strings.Compare(a.id, b.id); c != 0 { // nearly always
		return c
	}
	return a.raised.Compare(b.raised.Time)
}

// merge takes another row of the same event: the one that changed last tells
// what it is now and, where that is no answer, the one that is not cleared.
func (r *alertRow) merge(other *alertRow) {
	switch c := other.updated.Compare(r.updated.Time); {
	case c > 0, c == 0 && other.open() && !r.open():
		*r = *other
	}
}

func countOpen(events []*alertRow) int {
	n := 0
	for _, r := range events {
		if r.open() {
			n++
		}
	}
	return n
}

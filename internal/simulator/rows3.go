package simulator

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// transport is the type of all tunnels here.
const transport = "IPSec"

// translated makes rows of 3.0 from those of the other versions, so that all tell the same. Members that have another
// name or type there change; columns that are not there are never asked for.
func translated(records func(w *World, span window) iter.Seq[record], change func(r record)) func(w *World, span window) iter.Seq[record] {
	return func(w *World, span window) iter.Seq[record] {
		return func(yield func(record) bool) {
			for r := range records(w, span) {
				change(r)
				if !yield(r) {
					return
				}
			}
		}
	}
}

// site3 is a site's row in 3.0: addresses are texts, and places are told in other words.
func site3(r record) {
	r["transport_type"] = transport
	// The world has no spread between the average and the peak.
	r["median_throughput"] = r["avg_throughput"]
	if name, known := r["compute_location_display_name"]; known {
		r["compute_location"] = name
	}
	for _, name := range []string{"source_ip", "destination_ip"} {
		delete(r, name)
		if addresses, known := r[name+"_string"]; known {
			r[name] = addresses
		}
	}
}

// locationSiteRecords are the locations that have sites. A site that is not down is up here, and so is a service: there
// is no word between the two.
func locationSiteRecords(w *World, _ window) iter.Seq[record] {
	return func(yield func(record) bool) {
		now := w.clock.now()
		all, up := make(map[*location]map[string]int64), make(map[*location]map[string]int64)
		for _, l := range w.locations {
			all[l], up[l] = make(map[string]int64), make(map[string]int64)
		}
		for _, s := range w.sites {
			all[s.location][s.node.code]++
			if s.statusAt(now).state != Down {
				up[s.location][s.node.code]++
			}
		}
		for _, l := range w.locations {
			if len(all[l]) == 0 {
				continue
			}
			r := record{"edge_location_display_name": l.name, "aggregate_status": string(Up)}
			for _, service := range []Service{RemoteNetworks, ServiceConnections} {
				code := strings.ToUpper(string(service))
				r[string(service)+"_count"], r[string(service)+"_up_count"] = all[l][code], up[l][code]
				switch l.stateAt(service, now) {
				case "":
				case Down:
					r[string(service)+"_status"], r["aggregate_status"] = string(Down), string(Down)
				default:
					r[string(service)+"_status"] = string(Up)
				}
			}
			if !yield(r) {
				return
			}
		}
	}
}

// alertCountRecords count the alerts that were raised in the window, for the tenant itself under its TSG and for each of
// its sub-tenants. Not every alert is of one of the three kinds.
func alertCountRecords(w *World, span window) iter.Seq[record] {
	return func(yield func(record) bool) {
		worlds := []*World{w}
		if w.below != nil {
			worlds = append(worlds, w.below()...)
		}
		for _, one := range worlds {
			if !yield(one.alertCounts(span)) {
				return
			}
		}
	}
}

func (w *World) alertCounts(span window) record {
	id := w.group
	if w.subTenant != "" {
		id = w.subTenant
	}
	counts := make(map[string]int64)
	for _, a := range w.raisedIn(span) {
		counts[a.Category]++
		counts[""]++
	}
	return record{
		"sub_tenant_id": id, "total_count": counts[""],
		"mu_count": counts["MU"], "rn_count": counts["RN"], "sc_count": counts["SC"],
	}
}

// raisedIn are the alerts that were raised in a window, also those that the API no longer tells of by themselves.
func (w *World) raisedIn(span window) []Alert {
	now := w.clock.now()
	raised := make(map[string]Alert)
	for a := range w.plannedAlerts(now, max(0, now.Sub(span.from))) {
		raised[a.ID+a.RaisedTime.String()] = a
	}
	w.mu.Lock()
	for _, a := range w.alerts {
		raised[a.ID+a.RaisedTime.String()] = a
	}
	w.mu.Unlock()
	maps.DeleteFunc(raised, func(_ string, a Alert) bool { return !span.holds(a.RaisedTime.UnixMilli()) })
	return slices.Collect(maps.Values(raised))
}

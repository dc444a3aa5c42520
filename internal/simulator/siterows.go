package simulator

import (
	"iter"
	"strings"
)

func remoteNetworkRecords(w *World, span window) iter.Seq[record] {
	return siteRecords(w, span, remoteNetwork)
}

func serviceConnectionRecords(w *World, span window) iter.Seq[record] {
	return siteRecords(w, span, serviceConnection)
}

func siteRecords(w *World, span window, node nodeType) iter.Seq[record] {
	return func(yield func(record) bool) {
		for _, s := range w.sites {
			if s.node.number == node.number && !yield(s.record(span)) {
				return
			}
		}
	}
}

// publicAddress is the number of a site's address on the side of Prisma Access, beyond those of its tunnels.
const publicAddress = 1 << 32

// record is the row of a site. Columns that its list does not have are never asked for.
func (s *site) record(span window) record {
	now := s.world.clock.now()
	status, f := s.statusAt(now), s.figuresOf(span)
	r := s.location.nodeRecord(now)
	for name, v := range map[string]any{
		"node_type": s.node.number, "node_type_name": s.node.name, "site_name": s.name,
		"site_state": numberOf(status.state, s.node.states), "site_state_name": string(status.state),
		"site_up_tunnels": status.up, "site_all_tunnels": int64(len(s.tunnels)),
		"site_capacity": s.capacity, "site_aggregate_capacity": s.aggregate,
		"latest_site_capacity": s.capacity, "latest_site_aggregate_capacity": s.aggregate,
		"site_disconnection": f.losses, "site_connection_duration": f.lostTime.Milliseconds(),
		"event_time":     status.seen.UnixMilli(),
		"avg_throughput": rounded(f.out), "peak_throughput": rounded(f.peak),
		"avg_ingress": rounded(f.in), "avg_egress": rounded(f.out),
		"site_city": s.location.city, "site_country": s.location.country,
		"site_location": s.location.city + ", " + s.location.country, "site_location_string": s.location.city + ", " + s.location.country,
		"compute_location_display_name": s.location.name,
		"ipsec_node":                    slug(s.location.name) + "-" + strings.ToLower(instanceName(s)),
	} {
		r[name] = v
	}
	s.bgpInto(r, status, now)
	r["source_ip"], r["destination_ip"] = []string{}, []string{}
	if !s.bare {
		var sources []string
		for _, t := range s.tunnels {
			sources = append(sources, address(s.world.seed, s.index, t.index))
		}
		r["source_ip"], r["source_ip_string"] = sources, strings.Join(sources, " ")
		public := address(s.world.seed, s.index, publicAddress)
		r["destination_ip"], r["destination_ip_string"] = []string{public}, public
	}
	if s.sparse {
		for _, name := range []string{"ipsec_node", "compute_location_display_name", "site_capacity", "avg_ingress", "cloud_region_name"} {
			delete(r, name)
		}
		r["peak_throughput"] = nil
	}
	return r
}

// instanceName is the node that a site ends on.
func instanceName(s *site) string {
	return strings.ToUpper(s.node.code) + "_" + strings.ToUpper(uuidOf(mix(forDevice, s.world.seed, s.index), 0)[:8])
}

func tunnelRecords(w *World, span window) iter.Seq[record] {
	return func(yield func(record) bool) {
		for _, s := range w.sites {
			for _, t := range s.tunnels {
				if !yield(t.record(span)) {
					return
				}
			}
		}
	}
}

// record is the row of a tunnel.
func (t *tunnel) record(span window) record {
	s := t.site
	now := s.world.clock.now()
	state, since := t.stateAt(now)
	f := t.figuresOf(span)
	r := s.location.nodeRecord(now)
	monitoring := t.monitoringIn(state)
	for name, v := range map[string]any{
		"tunnel_name": t.name, "site_name": s.name, "instance_name": instanceName(s),
		"node_type": s.node.number, "node_type_name": s.node.name, "tunnel_type_name": "IPSec Tunnel",
		"sub_node_type": int64(0), "okyo_tunnel_type": int64(0),
		"tunnel_state": numberOf(state, tunnelNumbers), "tunnel_state_name": string(state),
		"tunnel_monitoring_state":      numberOf(monitoring, monitoringNumbers),
		"tunnel_monitoring_state_name": string(monitoring),
		"tunnel_disconnection":         f.losses, "tunnel_connection_duration": f.lostTime.Milliseconds(),
		"avg_throughput": rounded(f.out), "peak_throughput": rounded(f.peak),
	} {
		r[name] = v
	}
	seen := freshEvent(now, s.index)
	if state == Down {
		seen = earlier(seen, since)
	}
	r["event_time"] = seen.UnixMilli()
	if !s.bare {
		r["source_ip"] = address(s.world.seed, s.index, t.index)
		r["destination_ip"] = address(s.world.seed, s.index, publicAddress)
	}
	if s.sparse {
		delete(r, "instance_name")
		delete(r, "okyo_tunnel_type")
		r["tunnel_connection_duration"] = nil
	}
	return r
}

// monitoringIn is what the monitoring of a tunnel in a state says.
func (t *tunnel) monitoringIn(state State) State {
	switch {
	case t.unwatched:
		return NotConfigured
	case state != Up || t.blind:
		return Down
	}
	return Up
}

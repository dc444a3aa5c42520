package simulator

import (
	"iter"
	"math"
	"strings"
	"time"
)

// A Service is a kind of service that a location can offer.
type Service string

// The services, as the columns of edge_location_current_status begin.
const (
	MobileUsers        Service = "mu"
	RemoteNetworks     Service = "rn"
	ServiceConnections Service = "sc"
	ExplicitProxy      Service = "ep"
)

var services = []Service{MobileUsers, RemoteNetworks, ServiceConnections, ExplicitProxy}

// noData is the placeholder that the API has in place of a location.
const noData = "no_data"

// A location is where Prisma Access runs.
type location struct {
	place
	world   uint64
	index   uint64
	still   bool
	rhythm  rhythm
	offered map[Service]bool
	pinAt   func(t target, at time.Time) (pin, bool)
}

// A spell is a stretch of a cycle in which a service of a location is in a state.
type spell struct {
	gap
	service Service
	state   State
}

// weathers are drawn from by chance, once a cycle for each location. Only what has no sites of its own goes down here:
// sites have their own story.
var weathers = [][]spell{
	nil, nil, nil,
	{{gap{0.30, 0.50}, MobileUsers, Warning}},
	{{gap{0.20, 0.30}, MobileUsers, Warning}, {gap{0.30, 0.42}, MobileUsers, Down}, {gap{0.42, 0.50}, MobileUsers, Warning}},
	{{gap{0.25, 0.60}, RemoteNetworks, Warning}},
	{{gap{0.40, 0.55}, ExplicitProxy, Warning}, {gap{0.55, 0.62}, ExplicitProxy, Down}},
	{{gap{0.10, 0.25}, ServiceConnections, Warning}},
}

func newLocations(w *World, n int) []*location {
	out := make([]*location, n)
	for i := range out {
		l := &location{place: placeOf(i), world: w.seed, index: uint64(i), still: w.clock.still, offered: make(map[Service]bool), pinAt: w.pinAt}
		l.rhythm = newRhythm(w.clock, max(shortestPlaceCycle, time.Duration(n)*betweenPlaceEvents), forLocation, w.seed, l.index)
		l.offered[MobileUsers] = i == 0 || chance(forService, w.seed, l.index, 1) < 0.85
		l.offered[ExplicitProxy] = chance(forService, w.seed, l.index, 2) < 0.4
		out[i] = l
	}
	return out
}

// offer notes that a location has sites of a kind.
func (l *location) offer(node nodeType) {
	if node.number == serviceConnection.number {
		l.offered[ServiceConnections] = true
	} else {
		l.offered[RemoteNetworks] = true
	}
}

func (l *location) weatherOf(cycle int64) []spell {
	if l.still {
		return nil
	}
	return weathers[pick(len(weathers), forMood, l.world, l.index, uint64(cycle))]
}

// stateAt is a service's state, or empty where the location does not offer it.
func (l *location) stateAt(service Service, at time.Time) State {
	if p, pinned := l.pinAt(locationPin(l.name, service), at); pinned {
		return p.state
	}
	if !l.offered[service] {
		return ""
	}
	cycle, progress := l.rhythm.at(at)
	for _, s := range l.weatherOf(cycle) {
		if s.service == service && progress >= s.from && progress < s.to {
			return s.state
		}
	}
	return Up
}

func locationPin(name string, service Service) target {
	kind := locationTarget
	for i, s := range services {
		if s == service {
			kind += targetKind(i)
		}
	}
	return target{kind, name}
}

// nodeRecord starts the row of something that runs on a node of the location.
func (l *location) nodeRecord(now time.Time) record {
	state := Up
	if l.stateAt(RemoteNetworks, now) == Down {
		state = Down
	}
	return record{
		"edge_location_display_name": l.name, "cloud_region_name": l.region, "cloud_provider": l.provider,
		"instance_state": numberOf(state, instanceNumbers), "instance_state_name": string(state),
		"instance_public_ip": address(l.world, l.index, forLocation),
	}
}

// locationStateRecords are null where a location does not offer a service.
func locationStateRecords(w *World, _ window) iter.Seq[record] {
	return func(yield func(record) bool) {
		now := w.clock.now()
		for _, l := range w.locations {
			r := record{"edge_location_display_name": l.name}
			for _, s := range services {
				r[string(s)+"_state_instance"] = nil
				if state := l.stateAt(s, now); state != "" {
					r[string(s)+"_state_instance"] = numberOf(state, locationNumbers)
				}
			}
			if !yield(r) {
				return
			}
		}
		if len(w.locations) == 0 {
			return
		}
		r := record{"edge_location_display_name": noData}
		for _, s := range services {
			r[string(s)+"_state_instance"] = nil
		}
		yield(r)
	}
}

// consumptionRecords are the bandwidth that the sites of a kind used, by location.
func consumptionRecords(node nodeType) func(w *World, span window) iter.Seq[record] {
	return func(w *World, span window) iter.Seq[record] {
		return func(yield func(record) bool) {
			used, peak, up := make(map[*location]float64), make(map[*location]float64), make(map[*location]int64)
			for _, s := range w.sites {
				if s.node.number == node.number {
					f := s.figuresOf(span)
					used[s.location] += f.in + f.out
					peak[s.location] += f.peak
					if s.statusAt(w.clock.now()).state != Down {
						up[s.location]++
					}
				}
			}
			for _, l := range w.locations {
				sum, there := used[l]
				r := record{
					"edge_location_display_name": l.name, "total_consumption": decimal(math.Round(sum*100) / 100),
					"peak_consumption": decimal(math.Round(max(peak[l], sum)*100) / 100), strings.ToLower(node.code) + "_sites_up": up[l],
				}
				if there && !yield(r) {
					return
				}
			}
			if len(used) > 0 {
				yield(record{"edge_location_display_name": noData, "total_consumption": decimal(0)})
			}
		}
	}
}

package simulator

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// An Incident bundles alerts, as the Unified Incident Framework has it.
type Incident struct {
	ID       string
	Code     string
	Title    string
	Severity string
	Category string
	// Status is Raised, RaisedChild, ClearPending or Cleared.
	Status       string
	RaisedTime   time.Time
	UpdatedTime  time.Time
	Acknowledged bool
	Site         string
	Tunnel       string
	Location     string
	BGPPeer      string
}

// ClearPending is a status that incidents have beside those of alerts.
const ClearPending = "ClearPending"

// incidentDelay is how long after an outage its incident is raised, unless the outage is over before.
const incidentDelay = 10 * time.Minute

// incidentsNow are all incidents that the API would tell of.
func (w *World) incidentsNow() []Incident {
	now := w.clock.now()
	all := make(map[string]Incident)
	if !w.clock.still {
		span := window{from: now.Add(-max(w.clock.faster(clearedAlertsStay), clearedAlertsAtBest)), to: now}
		for _, s := range w.sites {
			for _, i := range append(s.incidentsIn(span), s.bgpIncidentsIn(span)...) {
				all[i.ID] = i
			}
		}
	}
	w.mu.Lock()
	maps.Copy(all, w.incidents)
	w.mu.Unlock()
	return slices.SortedFunc(maps.Values(all), func(a, b Incident) int {
		return cmp.Or(b.UpdatedTime.Compare(a.UpdatedTime), cmp.Compare(a.ID, b.ID))
	})
}

// incidentsIn are the incidents of what a site lost.
func (s *site) incidentsIn(span window) []Incident {
	var all []Incident
	first, last := s.rhythm.cycles(span)
	for cycle := first; cycle <= last; cycle++ {
		for i, loss := range s.lossesOf(cycle) {
			incident := Incident{
				Code: fmt.Sprintf("INC_%s_SITE_DOWN", s.node.code), Title: fmt.Sprintf("%s site %s is down", s.node.name, s.name),
				Severity: "Critical", Category: "Network and Traffic",
			}
			all = s.appendIncident(all, incident, s.afterDelay(loss), uint64(cycle), uint64(i))
		}
	}
	return all
}

// afterDelay is when the incident of a loss is open.
func (s *site) afterDelay(loss stretch) stretch {
	delay := min(s.world.clock.faster(incidentDelay), loss.to.Sub(loss.from)/4)
	return stretch{loss.from.Add(delay).Truncate(time.Second), loss.to}
}

// appendIncident adds an incident as it is now, unless it has not been raised yet.
func (s *site) appendIncident(all []Incident, i Incident, open stretch, parts ...uint64) []Incident {
	now := s.world.clock.now()
	if now.Before(open.from) {
		return all
	}
	id := append([]uint64{forIncident, s.world.seed, s.index, textSeed(i.Code)}, parts...)
	i.ID, i.Site, i.Location = uuidOf(mix(id...), mix(append(id, 1)...)), s.name, s.location.name
	i.Status, i.RaisedTime, i.UpdatedTime = Raised, open.from, open.from
	if !now.Before(open.to) {
		i.Status, i.UpdatedTime = Cleared, open.to
	}
	return append(all, i)
}

// RaiseIncident raises an incident now and tells its ID. Empty fields get believable values; the times of the argument do
// not count.
func (w *World) RaiseIncident(i Incident) string {
	now := w.clock.now().Truncate(time.Second)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.raised++
	id := []uint64{forIncident, w.seed, w.raised, uint64(now.UnixNano())}
	i.ID = cmp.Or(i.ID, uuidOf(mix(id...), mix(append(id, 1)...)))
	i.Severity = cmp.Or(i.Severity, "Critical")
	i.Category = cmp.Or(i.Category, "Network and Traffic")
	i.Code = cmp.Or(i.Code, "INC_RN_SITE_DOWN")
	i.Title = cmp.Or(i.Title, "Raised by hand")
	i.Status = cmp.Or(i.Status, Raised)
	i.RaisedTime, i.UpdatedTime = now, now
	w.incidents[i.ID] = i
	return i.ID
}

// ClearIncident clears an open incident now.
func (w *World) ClearIncident(id string) error {
	open := w.OpenIncidents()
	n := slices.IndexFunc(open, func(i Incident) bool { return i.ID == id })
	if n < 0 {
		return fmt.Errorf("no open incident %q", id)
	}
	i := open[n]
	i.Status, i.UpdatedTime = Cleared, w.clock.now().Truncate(time.Second)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.incidents[id] = i
	return nil
}

// OpenIncidents are the incidents that are open now, those that changed last first.
func (w *World) OpenIncidents() []Incident {
	return slices.DeleteFunc(w.incidentsNow(), func(i Incident) bool { return i.Status == Cleared })
}

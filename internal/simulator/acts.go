package simulator

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// RaiseAlert raises an alert now and tells its ID. Empty fields get believable values; the times of the argument do not
// count. An ID that is already there is raised again.
func (w *World) RaiseAlert(a Alert) string {
	now := w.clock.now().Truncate(time.Second)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.raised++
	id := []uint64{forEvent, w.seed, w.raised, uint64(now.UnixNano())}
	a.ID = cmp.Or(a.ID, uuidOf(mix(id...), mix(append(id, 1)...)))
	a.Severity = cmp.Or(a.Severity, "High")
	a.Category = cmp.Or(a.Category, "RN")
	a.Code = cmp.Or(a.Code, "AL_"+a.Category+"_RAISED_BY_HAND")
	a.Message = cmp.Or(a.Message, "Raised by hand")
	if a.State != RaisedChild {
		a.State = Raised
	}
	a.RaisedTime, a.UpdatedTime = now, now
	a.ClearedTime, a.ClearReason = time.Time{}, ""
	w.alerts[a.ID] = a
	return a.ID
}

// ClearAlert clears an open alert now, be it raised by hand or by the scenario. An empty reason means "Auto".
func (w *World) ClearAlert(id, reason string) error {
	open := w.OpenAlerts()
	i := slices.IndexFunc(open, func(a Alert) bool { return a.ID == id })
	if i < 0 {
		return fmt.Errorf("no open alert %q", id)
	}
	a := open[i]
	now := w.clock.now().Truncate(time.Second)
	a.State, a.UpdatedTime, a.ClearedTime = Cleared, now, now
	a.ClearReason = cmp.Or(reason, clearedAuto)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.alerts[id] = a
	return nil
}

// OpenAlerts are the alerts that are open now, the oldest first.
func (w *World) OpenAlerts() []Alert {
	return slices.DeleteFunc(w.alertsNow(), func(a Alert) bool { return !a.open() })
}

// SetSiteState pins a site's state from now on, and its tunnels' with it: all down for Down, the first one for Warning,
// none otherwise. It raises no alert. An empty state gives the site back to the scenario.
func (w *World) SetSiteState(name string, state State) error {
	if !slices.Contains(w.Sites(), name) {
		return fmt.Errorf("no site %q", name)
	}
	w.setPin(target{siteTarget, name}, state)
	return nil
}

// SetTunnelState pins a tunnel's state from now on; the state of its site follows. An empty state gives it back.
func (w *World) SetTunnelState(name string, state State) error {
	if !slices.Contains(w.Tunnels(), name) {
		return fmt.Errorf("no tunnel %q", name)
	}
	w.setPin(target{tunnelTarget, name}, state)
	return nil
}

// SetLocationState pins the state of a location's service from now on. An empty state gives it back.
func (w *World) SetLocationState(name string, service Service, state State) error {
	if !slices.Contains(w.Locations(), name) {
		return fmt.Errorf("no location %q", name)
	}
	if !slices.Contains(services, service) {
		return fmt.Errorf("no service %q", service)
	}
	w.setPin(locationPin(name, service), state)
	return nil
}

// Sites are the names of the remote networks and, after them, the service connections.
func (w *World) Sites() []string {
	names := make([]string, len(w.sites))
	for i, s := range w.sites {
		names[i] = s.name
	}
	return names
}

// Tunnels are the names of all tunnels.
func (w *World) Tunnels() []string {
	var names []string
	for _, s := range w.sites {
		for _, t := range s.tunnels {
			names = append(names, t.name)
		}
	}
	return names
}

// Locations are the names of the Prisma Access locations.
func (w *World) Locations() []string {
	names := make([]string, len(w.locations))
	for i, l := range w.locations {
		names[i] = l.name
	}
	return names
}

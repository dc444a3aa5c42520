package simulator

import (
	"fmt"
	"iter"
	"slices"
)

// sitePlans are the alerts that follow from what sites and tunnels lose.
func (w *World) sitePlans(span window) iter.Seq[plan] {
	return func(yield func(plan) bool) {
		for _, s := range w.sites {
			first, last := s.rhythm.cycles(span)
			for cycle := first; cycle <= last; cycle++ {
				for _, p := range s.plansOf(cycle) {
					if !yield(p) {
						return
					}
				}
			}
		}
	}
}

func (s *site) plansOf(cycle int64) []plan {
	c := s.chapterOf(cycle)
	losses := s.lossesOf(cycle)
	var plans []plan
	for i, loss := range losses {
		a := s.alert(cycle, 0, i, c.sameAlert)
		a.Severity, a.Code = "High", fmt.Sprintf("AL_%s_SITE_DOWN", s.node.code)
		if s.node.number == serviceConnection.number {
			a.Severity = "Critical"
		}
		a.Message = fmt.Sprintf("All tunnels for the %s site %s are down", s.node.name, s.name)
		plans = append(plans, plan{Alert: a, stretch: loss, reason: c.reason})
	}
	for _, t := range s.tunnels {
		if t.never {
			continue
		}
		rank := "PRIMARY"
		if t.index > 0 {
			rank = "SECONDARY"
		}
		for i, loss := range t.lossesOf(cycle) {
			a := s.alert(cycle, 1+t.index, i, c.sameAlert)
			a.Severity, a.Code = "Medium", fmt.Sprintf("AL_%s_%s_TUNNEL_DOWN", s.node.code, rank)
			a.Tunnel = t.name
			a.Message = fmt.Sprintf("%s tunnel %s for the %s is down", rank, t.name, s.node.name)
			// A tunnel that goes with its whole site is told of under the site's alert.
			child := slices.ContainsFunc(losses, func(l stretch) bool { return l.holds(loss.from) })
			plans = append(plans, plan{Alert: a, stretch: loss, reason: c.reason, child: child})
		}
	}
	return plans
}

// alert starts an alert of the site. The same one comes back within a cycle if the chapter says so.
func (s *site) alert(cycle int64, about uint64, repeat int, same bool) Alert {
	if same {
		repeat = 0
	}
	id := []uint64{forAlert, s.world.seed, forSite, s.index, uint64(cycle), about, uint64(repeat)}
	return Alert{
		ID: uuidOf(mix(id...), mix(append(id, 1)...)), Category: s.node.code,
		Site: s.name, Location: s.location.name,
	}
}

// locationPlans are the alerts of locations that are not well.
func (w *World) locationPlans(span window) iter.Seq[plan] {
	return func(yield func(plan) bool) {
		for _, l := range w.locations {
			first, last := l.rhythm.cycles(span)
			for cycle := first; cycle <= last; cycle++ {
				for i, s := range l.weatherOf(cycle) {
					if l.offered[s.service] && !yield(l.plan(cycle, i, s)) {
						return
					}
				}
			}
		}
	}
}

func (l *location) plan(cycle int64, i int, s spell) plan {
	category := map[Service]string{MobileUsers: "MU", RemoteNetworks: "RN", ServiceConnections: "SC", ExplicitProxy: "EP"}[s.service]
	id := []uint64{forAlert, l.world, forLocation, l.index, uint64(cycle), uint64(i)}
	a := Alert{
		ID: uuidOf(mix(id...), mix(append(id, 1)...)), Category: category, Location: l.name,
		Severity: "Medium", Code: fmt.Sprintf("AL_%s_LOCATION_DEGRADED", category),
		Message: fmt.Sprintf("%s service in %s is degraded", category, l.name),
	}
	if s.state == Down {
		a.Severity, a.Code = "Critical", fmt.Sprintf("AL_%s_LOCATION_DOWN", category)
		a.Message = fmt.Sprintf("%s service in %s is down", category, l.name)
	}
	return plan{Alert: a, stretch: l.rhythm.stretchesOf(cycle, []gap{s.gap})[0], reason: clearedAuto}
}

package simulator

import (
	"fmt"
	"slices"
	"time"
)

// blackholes is how often a site loses its BGP while its tunnels stay up, as a part of its cycle.
var blackholes = []gap{{0.3, 0.5}}

// betweenBlackholes is how long such a cycle is.
const betweenBlackholes = 40 * time.Minute

// hasBGP tells whether the site's tunnels have BGP; the others have static routes.
func (s *site) hasBGP() bool { return s.index%2 == 0 }

// bgpLostAt tells whether the site has no BGP although its tunnels may be up.
func (s *site) bgpLostAt(at time.Time) bool {
	if p, pinned := s.world.pinAt(target{bgpTarget, s.name}, at); pinned {
		return p.state == Down
	}
	cycle, _ := s.bgpRhythm().at(at)
	return slices.ContainsFunc(s.bgpLossesOf(cycle), func(l stretch) bool { return l.holds(at) })
}

func (s *site) bgpRhythm() rhythm {
	return newRhythm(s.world.clock, betweenBlackholes, forBGP, s.world.seed, s.index)
}

// bgpLossesOf are the stretches of one cycle without BGP. Few sites have any.
func (s *site) bgpLossesOf(cycle int64) []stretch {
	if s.world.clock.still || s.index%8 != 4 {
		return nil
	}
	return s.bgpRhythm().stretchesOf(cycle, blackholes)
}

// bgpInto adds the columns about BGP to a site's row. The word and the number of a site without BGP are those of the
// vendor's example of 2025, where they stand beside no tunnel.
func (s *site) bgpInto(r record, status siteStatus, now time.Time) {
	all, up, word := int64(len(s.tunnels)), status.up, Up
	switch {
	case !s.hasBGP():
		r["bgp_site_state_name"], r["bgp_site_state"], r["bgp_up_tunnels"], r["bgp_all_tunnels"] = "Unknown", int64(2), int64(0), int64(0)
		return
	case s.bgpLostAt(now), up == 0:
		up, word = 0, Down
	case up < all:
		word = Warning
	}
	r["bgp_site_state_name"], r["bgp_site_state"] = string(word), map[State]int64{Up: 1, Warning: 3, Down: 4}[word]
	r["bgp_up_tunnels"], r["bgp_all_tunnels"] = up, all
}

// bgpIncidentsIn are the incidents of BGP that was lost alone.
func (s *site) bgpIncidentsIn(span window) []Incident {
	if !s.hasBGP() {
		return nil
	}
	var all []Incident
	first, last := s.bgpRhythm().cycles(span)
	for cycle := first; cycle <= last; cycle++ {
		for i, loss := range s.bgpLossesOf(cycle) {
			incident := Incident{
				Code: fmt.Sprintf("INC_%s_PRIMARY_WAN_BGP_DOWN", s.node.code), Title: fmt.Sprintf("BGP of %s site %s is down", s.node.name, s.name),
				Severity: "High", Category: "Network and Traffic", BGPPeer: "peer-" + s.name,
			}
			all = s.appendIncident(all, incident, s.afterDelay(loss), uint64(cycle), uint64(i))
		}
	}
	return all
}

// SetSiteBGP pins whether a site has BGP from now on: Down is none while its tunnels stay as they are, Up is as they are.
// An empty state gives it back to the scenario.
func (w *World) SetSiteBGP(name string, state State) error {
	if !slices.Contains(w.Sites(), name) {
		return fmt.Errorf("no site %q", name)
	}
	w.setPin(target{bgpTarget, name}, state)
	return nil
}

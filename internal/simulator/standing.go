package simulator

import (
	"iter"
	"strings"
	"time"
)

// A standing is an alert that is open for most of its cycle, with no site or location behind it that changes.
type standing struct {
	seed     uint64
	index    uint64
	rhythm   rhythm
	location *location
	theme    theme
	user     string
	// until is how far into the cycle the alert is open.
	until float64
	// same keeps the alert's ID from cycle to cycle.
	same bool
}

// A theme is what a standing alert is about; its message names the location.
type theme struct {
	category string
	code     string
	severity string
	message  string
	bgpPeer  string
	ofUser   bool
}

var themes = []theme{
	{category: "MU", code: "AL_MU_AUTH_FAILURES", severity: "High", message: "Authentication failures of mobile users in {location} above baseline", ofUser: true},
	{category: "GP", code: "AL_GP_IP_POOL_USAGE", severity: "Critical", message: "GlobalProtect IP pool of {location} is 95% used"},
	{category: "Prisma Access Infrastructure", code: "AL_PLANNED_UPGRADE", severity: "Notification", message: "Dataplane upgrade planned for {location}"},
	{category: "DNS", code: "AL_DNS_LATENCY", severity: "Low", message: "DNS proxy in {location} answers slowly"},
	{category: "Certificates", code: "AL_CERTIFICATE_EXPIRING", severity: "Medium", message: `Certificate "portal.example.com" used in {location} expires in 14 days`},
	{category: "SC", code: "AL_SC_BGP_PEER_DOWN", severity: "High", message: "BGP session of the service connection in {location} is down", bgpPeer: "dc-core-1"},
	{category: "EP", code: "AL_EP_PAC_FETCH", severity: "Informational", message: "PAC file in {location} fetched from C:\\pac\\old.pac"},
	{category: "RN", code: "AL_RN_BANDWIDTH_HIGH", severity: "Medium", message: "Remote networks in {location} use more than 80% of their bandwidth"},
	{category: "ZTNA", code: "AL_ZTNA_CONNECTOR_DOWN", severity: "High", message: "ZTNA connector für {location} ist nicht erreichbar"},
}

func newStanding(w *World, n int) []standing {
	out := make([]standing, n)
	for i := range out {
		s := standing{
			seed: w.seed, index: uint64(i), theme: themes[i%len(themes)],
			location: w.locations[pick(len(w.locations), forStand, w.seed, uint64(i))],
			until:    0.8 + 0.15*chance(forStand, w.seed, uint64(i), 1),
			same:     i%3 == 2,
		}
		length := shortestAlertCycle + time.Duration(chance(forStand, w.seed, uint64(i), 2)*float64(longestAlertCycle-shortestAlertCycle))
		s.rhythm = newRhythm(w.clock, length, forStand, w.seed, s.index)
		if s.theme.ofUser {
			s.user = userName(w.seed, i)
		}
		out[i] = s
	}
	return out
}

// standingPlans are the alerts of the cycles in a window.
func (w *World) standingPlans(span window) iter.Seq[plan] {
	return func(yield func(plan) bool) {
		for _, s := range w.standing {
			first, last := s.rhythm.cycles(span)
			for cycle := first; cycle <= last; cycle++ {
				if !yield(s.plan(cycle)) {
					return
				}
			}
		}
	}
}

func (s standing) plan(cycle int64) plan {
	instance := uint64(cycle)
	if s.same {
		instance = 0
	}
	id := []uint64{forAlert, s.seed, forStand, s.index, instance}
	reason := clearedAuto
	if chance(append(id, 2)...) < 0.25 {
		reason = clearedNoData
	}
	return plan{
		Alert: Alert{
			ID: uuidOf(mix(id...), mix(append(id, 1)...)), Severity: s.theme.severity, Category: s.theme.category,
			Code: s.theme.code, Message: strings.ReplaceAll(s.theme.message, "{location}", s.location.name), Location: s.location.name,
			BGPPeer: s.theme.bgpPeer, User: s.user,
		},
		stretch: s.rhythm.stretchesOf(cycle, []gap{{0, s.until}})[0],
		reason:  reason,
	}
}

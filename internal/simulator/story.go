package simulator

import "time"

// A gap is a stretch of a cycle in which something does not work, as fractions of the cycle.
type gap struct{ from, to float64 }

// A chapter is what happens to a site in one cycle.
type chapter struct {
	// primary are the gaps of the first tunnel, backups those of all others.
	primary []gap
	backups []gap
	// reason is why its alerts are cleared.
	reason string
	// sameAlert raises one alert again and again, in place of a new one each time.
	sameAlert bool
}

// The reasons for which the API clears alerts.
const (
	clearedAuto   = "Auto"
	clearedNoData = "No Data Timeout"
)

// chapters are drawn from by chance, once a cycle for each site; in some nothing happens. In the first of the others a
// site loses one tunnel and then all, and recovers step by step.
var chapters = []chapter{
	{},
	{},
	{},
	{},
	{primary: []gap{{0.20, 0.36}}, backups: []gap{{0.24, 0.32}}, reason: clearedAuto},
	{primary: []gap{{0.30, 0.38}}, reason: clearedAuto},
	{primary: []gap{{0.20, 0.23}, {0.26, 0.28}, {0.32, 0.35}}, reason: clearedAuto, sameAlert: true},
	{primary: []gap{{0.55, 0.58}, {0.62, 0.65}}, reason: clearedAuto},
	{backups: []gap{{0.60, 0.68}}, reason: clearedAuto},
	{primary: []gap{{0.25, 0.38}}, backups: []gap{{0.25, 0.38}}, reason: clearedNoData},
}

// lost is the one chapter of a site that stays away for days, and so has no recent event.
var lost = []chapter{{primary: []gap{{0.05, 0.95}}, backups: []gap{{0.05, 0.95}}, reason: clearedNoData}}

// The pace of the scenario: how often something happens to some site, and no site more often than that.
const (
	betweenSiteEvents   = 3 * time.Minute
	shortestSiteCycle   = 20 * time.Minute
	lostSiteCycle       = 20 * 24 * time.Hour
	betweenPlaceEvents  = 15 * time.Minute
	shortestPlaceCycle  = 30 * time.Minute
	shortestAlertCycle  = 40 * time.Minute
	longestAlertCycle   = 4 * time.Hour
	clearedAlertsStay   = 12 * time.Hour
	clearedAlertsAtBest = 2 * time.Hour
)

// newRhythm spreads cycles around a length, so that things do not happen in step.
func newRhythm(c clock, length time.Duration, parts ...uint64) rhythm {
	period := c.faster(time.Duration(float64(length) * (0.8 + 0.4*chance(append([]uint64{forPeriod}, parts...)...))))
	phase := time.Duration(chance(append([]uint64{forPhase}, parts...)...) * float64(period))
	return rhythm{period, phase}
}

// A stretch is a gap as it happened.
type stretch struct{ from, to time.Time }

func (s stretch) holds(t time.Time) bool { return !t.Before(s.from) && t.Before(s.to) }

// stretchesOf puts a cycle's gaps on the clock.
func (r rhythm) stretchesOf(cycle int64, gaps []gap) []stretch {
	out := make([]stretch, len(gaps))
	for i, g := range gaps {
		out[i] = stretch{r.time(cycle, g.from), r.time(cycle, g.to)}
	}
	return out
}

// overlap is where both are.
func overlap(a, b []stretch) []stretch {
	var out []stretch
	for _, x := range a {
		for _, y := range b {
			from, to := later(x.from, y.from), earlier(x.to, y.to)
			if from.Before(to) {
				out = append(out, stretch{from, to})
			}
		}
	}
	return out
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// maxCycles bounds the look back over a long window at high speed; the figures of older cycles are left out.
const maxCycles = 5000

// cycles is the range of cycles that a window touches.
func (r rhythm) cycles(span window) (first, last int64) {
	first, _ = r.at(span.from)
	last, _ = r.at(span.to)
	return max(first, last-maxCycles), last
}

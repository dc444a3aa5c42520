package simulator

import "time"

// maxSpeed keeps the shortest stretch of the scenario longer than the whole seconds that the API's times have.
const maxSpeed = 100

// epoch is where all cycles of the scenario are counted from. It is fixed, so that a restart goes on with the same story.
var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// clock is the time that everything depends on.
type clock struct {
	now   func() time.Time
	speed float64
	still bool
}

// faster shortens a stretch of the scenario by the speed.
func (c clock) faster(d time.Duration) time.Duration { return time.Duration(float64(d) / c.speed) }

// A rhythm is a cycle that comes back for ever.
type rhythm struct {
	period time.Duration
	phase  time.Duration
}

// at is the cycle that a time falls into, and how far it has gone.
func (r rhythm) at(t time.Time) (cycle int64, progress float64) {
	d := t.Sub(epoch) + r.phase
	cycle = int64(d / r.period)
	rest := d % r.period
	if rest < 0 {
		cycle, rest = cycle-1, rest+r.period
	}
	return cycle, float64(rest) / float64(r.period)
}

// time is the instant at which a cycle has gone so far, in whole seconds, as the API's times are.
func (r rhythm) time(cycle int64, progress float64) time.Time {
	start := epoch.Add(time.Duration(cycle)*r.period - r.phase)
	return start.Add(time.Duration(progress * float64(r.period))).Truncate(time.Second)
}

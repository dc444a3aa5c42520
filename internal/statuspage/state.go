package statuspage

import (
	"fmt"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
)

// state is how the polls of a part of what is watched stand.
type state struct {
	polls, broken, held int
	// waiting says that none has ended, and idle that nobody asks any more, since
	// when is asked.
	waiting, idle bool
	asked         time.Time
}

// stateOf sums up polls: what nobody asks for is neither good nor bad.
func stateOf(s fleet.Status) state {
	st := state{waiting: true, idle: true, held: len(s.Holds)}
	for _, p := range s.Polls {
		if !p.Polled() || p.Pending {
			continue
		}
		st.waiting = false
		if p.Asked.After(st.asked) {
			st.asked = p.Asked
		}
		if p.Idle {
			continue
		}
		st.idle = false
		st.polls++
		if !p.Success {
			st.broken++
		}
	}
	return st
}

// rank orders states, the worst first.
func (s state) rank() int {
	switch {
	case s.failing():
		return 0
	case s.broken > 0:
		return 1
	case !s.waiting && s.idle:
		return 2
	case s.waiting:
		return 3
	case s.held > 0:
		return 4
	}
	return 5
}

func (s state) failing() bool { return s.polls > 0 && s.broken == s.polls }

var (
	good    = fleet.Verdict{Tone: fleet.Good, Word: "ok"}
	pollsOK = fleet.Verdict{Tone: fleet.Good, Word: "polls ok"}
	failing = fleet.Verdict{Tone: fleet.Bad, Word: "failing"}
	waiting = fleet.Verdict{Tone: fleet.Idle, Word: "not polled yet"}
)

// verdict says how polls stand, in words that nobody takes for how many alerts
// there are.
func (s state) verdict(now time.Time) fleet.Verdict {
	switch {
	case s.waiting:
		return waiting
	case s.idle:
		return fleet.Verdict{Tone: fleet.Idle, Word: "not polled for " + briefly(now.Sub(s.asked))}
	case s.failing():
		return fleet.Verdict{Tone: fleet.Bad, Word: "polls failing"}
	case s.broken > 0:
		return fleet.Verdict{Tone: fleet.Poor, Word: fmt.Sprintf("%d of %d polls failing", s.broken, s.polls)}
	}
	return pollsOK
}

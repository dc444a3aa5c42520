// Package poll decides when a vendor's API is asked and what a scrape is
// shown. A poll and a scrape are two things with two clocks: Prometheus comes
// when it likes, and what it gets is what the polls have found so far.
//
// It knows neither what is asked nor how. What is polled together, such as the
// collectors of a tenant, is a Group.
package poll

import (
	"context"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// Reading is what one good poll found.
type Reading struct {
	Parts []exposition.Part
	// Rows is how many rows or records the answers had, and Truncated says
	// that there may be more.
	Rows      int
	Truncated bool
	// Answered is how many queries had an answer, which is none where all
	// that was asked for is not to be had.
	Answered int

	taken time.Time
}

// Func asks an API once. Its error says why there is no reading.
type Func func(context.Context) (*Reading, error)

// Freshness says how old the readings of scrapes may be.
type Freshness struct {
	// MaxStaleness is how long the last reading is served while polls give
	// no other.
	MaxStaleness time.Duration
	// PollTimeout bounds one poll, which may go on after the scrape that
	// started it.
	PollTimeout time.Duration
}

// Pace is how often something is polled while it has a pace of its own, which
// another source may quicken.
type Pace struct {
	// Every is how long a reading is fresh now, and Longest how long it is at the
	// slowest: no reading is too old before it was due twice at that.
	Every, Longest time.Duration
	// Moved is when another source last told that something has changed: a reading
	// from before is not fresh, and late. It is the zero time where none did.
	Moved time.Time
}

// View is what a scrape is shown of one thing that is polled.
type View struct {
	// Name is what is polled.
	Name string
	// Reading is nil where there is none that may be served.
	Reading *Reading
	// Success says that the last poll that ended was good, that what it found
	// is served, and that none is overdue.
	Success bool
	// Late says that a poll is due and under way: the reading is that of an
	// earlier one, or from before something changed. Overdue says that one has been due for so long that the
	// reading does not count as a success any more.
	Late, Overdue bool
	// Pending says that no poll was good yet, that the slow pace or the budget is
	// why, and that none is overdue: whether it will succeed is not known.
	Pending bool
	// Planned is how long at most, by plan, lies between two polls, where that is
	// longer than the interval; 0 where it is not.
	Planned time.Duration
	// LastSuccess is when the last good poll began, the zero time before it.
	LastSuccess time.Time
	// Ended is when the last poll ended and Took how long it took, zero
	// before it.
	Ended time.Time
	Took  time.Duration
	// Asked is when a scrape asked last, the zero time before it, and Idle
	// says that this is long ago: nothing is polled that nobody asks for.
	Asked time.Time
	Idle  bool
	// Err is how the last poll ended.
	Err error
}

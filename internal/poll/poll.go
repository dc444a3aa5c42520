// Package poll decides when a vendor's API is asked and what a scrape is
// shown. A poll and a scrape are two things with two clocks: Prometheus comes
// when it likes, and what it gets is what the polls have found so far.
//
// It knows neither what is asked nor how. The collectors of a tenant and the
// resources of a company are each polled by a Poller of their own.
package poll

import (
	"context"
	"sync"
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

// View is what a scrape is shown of a Poller.
type View struct {
	// Reading is nil where there is none that may be served.
	Reading *Reading
	// Success says that the API answers: the last poll was good, and none is
	// overdue.
	Success bool
	// LastSuccess is when the last good poll began, the zero time before it.
	LastSuccess time.Time
	// Took is how long the last poll took, or the one under way so far.
	Took time.Duration
	// Ended is when the last poll ended, the zero time before it.
	Ended time.Time
	Err   error
}

// GetAll gets what there is to serve of each poller, side by side.
func GetAll(ctx context.Context, pollers []*Poller) []View {
	views := make([]View, len(pollers))
	var wg sync.WaitGroup
	for i, p := range pollers {
		wg.Go(func() { views[i] = p.Get(ctx) })
	}
	wg.Wait()
	return views
}

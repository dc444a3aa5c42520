package collector

import (
	"context"
	"sync"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// firstRowWait is how long an empty list of alerts waits for a row of any other
// resource, which is asked for at the same time.
const firstRowWait = 5 * time.Second

// firstRow tells whether any answer to a scope had a row.
type firstRow struct {
	once sync.Once
	seen chan struct{} // closed at the first row
}

func newFirstRow() *firstRow { return &firstRow{seen: make(chan struct{})} }

// note takes in how many rows an answer had.
func (f *firstRow) note(rows int) {
	if rows > 0 {
		f.once.Do(func() { close(f.seen) })
	}
}

// Seen reports whether there was one.
func (f *firstRow) Seen() bool {
	select {
	case <-f.seen:
		return true
	default:
		return false
	}
}

// wait waits a moment for the first row. Its error says that an empty answer
// means nothing without one.
func (f *firstRow) wait(ctx context.Context) error {
	timer := time.NewTimer(firstRowWait)
	defer timer.Stop()
	select {
	case <-f.seen:
		return nil
	case <-timer.C:
	case <-ctx.Done():
	}
	return &insights.Error{Kind: insights.ErrNothing, Resource: insights.AlertsCurrent.Name}
}

package collector

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// firstRow tells whether any answer to a scope had a row about something in the
// region.
type firstRow struct {
	api  insights.API
	seen atomic.Bool
}

// note takes in how many rows an answer had.
func (f *firstRow) note(rows int) {
	if rows > 0 {
		f.seen.Store(true)
	}
}

// look fails where no answer has had such a row yet, and neither the list of the
// tenant's locations nor that of its alerts has one at any time: then an empty
// list means nothing. Where the budget has no call left to find out, it fails with
// insights.ErrBudget: the region is not known to be wrong.
func (f *firstRow) look(ctx context.Context, of insights.Resource) error {
	for _, q := range []insights.Query{
		{Resource: insights.EdgeLocationStatus, Properties: []insights.Property{{Name: "edge_location_display_name"}}},
		{Resource: insights.AlertsCurrent, Properties: []insights.Property{{Name: "alert_id"}}, Count: 1},
	} {
		if f.seen.Load() {
			return nil
		}
		q.Variant, q.Urgency = "any", insights.Alerts
		answer, err := guardedQuery(ctx, f.api, q, func() insights.Row { return nobody{} })
		if errors.Is(err, insights.ErrBudget) {
			return err
		}
		// What else cannot be asked for proves nothing.
		f.note(answer.Rows)
	}
	if f.seen.Load() {
		return nil
	}
	return &insights.Error{Kind: insights.ErrNothing, Resource: of.Name}
}

// nobody is a row that wants nothing.
type nobody struct{}

// Column implements insights.Row.
func (nobody) Column(string) any { return nil }

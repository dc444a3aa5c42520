package collector

import (
	"context"
	"sync/atomic"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// firstRow tells whether any answer to a scope had a row.
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

// look fails where no answer has had a row yet, not even one that lists the
// locations of Prisma Access: then an empty list means nothing. What
// cannot be asked for proves nothing either way.
func (f *firstRow) look(ctx context.Context, of insights.Resource) error {
	if f.seen.Load() {
		return nil
	}
	if known := f.locations(ctx); !known || f.seen.Load() {
		return nil
	}
	return &insights.Error{Kind: insights.ErrNothing, Resource: of.Name}
}

// locations asks for the locations of Prisma Access. Known is false where that
// gets no answer.
func (f *firstRow) locations(ctx context.Context) (known bool) {
	answer, err := guardedQuery(ctx, f.api, insights.Query{
		Resource: insights.EdgeLocationStatus, Variant: "any",
		Urgency: insights.Alerts, Properties: []insights.Property{{Name: "edge_location_display_name"}},
	}, func() insights.Row { return &locationRow{} })
	f.note(answer.Rows)
	return err == nil
}

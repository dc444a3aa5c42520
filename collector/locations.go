package collector

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var locationsDefinition = Definition{
	Name: "locations", Help: "State of the Prisma Access locations.", Default: true, MinInterval: time.Minute,
	Urgency: insights.Health, Queries: 4,
	Resources: []insights.Resource{insights.EdgeLocationStatus},
	Metrics:   locationMetrics, New: newLocations,
}

var locationLabels = []string{"location", "node_type"}

var locationState = &exposition.Metric{
	Name: "prisma_access_location_state", Type: exposition.Gauge, Labels: locationLabels, States: siteStateNames,
	Help: "State of a service at the Prisma Access location: 1 for the current state, 0 for the others (edge_location_current_status: mu_, rn_, sc_ and ep_state_instance). A location without the service has no series." + noLongerDocumented,
}

var locationMetrics = []*exposition.Metric{locationState}

// locationServices are the services that a location can have, by the column
// that holds their state. The API documents one query for each.
var locationServices = []struct{ column, nodeType string }{
	{"mu_state_instance", mobileUsers},
	{"rn_state_instance", remoteNetwork},
	{"sc_state_instance", serviceConnection},
	{"ep_state_instance", explicitProxy},
}

// locationRow is a row of edge_location_current_status.
type locationRow struct {
	location string
	column   string
	word     insights.Scalar // a number but in 3.0

	state state
}

// Column implements insights.Row.
func (r *locationRow) Column(name string) any {
	switch name {
	case "edge_location_display_name":
		return &r.location
	case r.column:
		return &r.word
	}
	return nil
}

func (r *locationRow) identified() bool { return r.location != "" }

func compareLocations(a, b *locationRow) int { return cmp.Compare(a.location, b.location) }

func (r *locationRow) merge(other *locationRow) { r.state = max(r.state, other.state) }

// locationsCollector reads the state of the Prisma Access locations.
type locationsCollector struct{}

func newLocations(Options) Collector { return locationsCollector{} }

// Update implements Collector.
func (locationsCollector) Update(ctx context.Context, api insights.API, emit *Emitter) error {
	answers := make([][]*locationRow, len(locationServices))
	g, ctx := errgroup.WithContext(ctx)
	for i, service := range locationServices {
		g.Go(func() error {
			_, err := api.Query(ctx, locationQuery(service.column), func() insights.Row {
				row := &locationRow{column: service.column}
				answers[i] = append(answers[i], row)
				return row
			})
			return optionalColumn(err)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, service := range locationServices {
		if err := emitLocations(answers[i], emit, service.column, service.nodeType); err != nil {
			return err
		}
	}
	return nil
}

func locationQuery(column string) insights.Query {
	return insights.Query{
		Resource:   insights.EdgeLocationStatus,
		Variant:    column,
		Urgency:    insights.Health,
		Properties: []insights.Property{{Name: column}, {Name: "edge_location_display_name"}},
		// The filter leaves out locations without the service. All three
		// states are named: one example of the API forgets the warnings.
		Filter: insights.All(insights.In(column, 0, 1, 2)),
	}
}

func emitLocations(rows []*locationRow, emit *Emitter, column, kind string) error {
	rows = slices.DeleteFunc(rows, func(r *locationRow) bool { return r.location == noData })
	for _, r := range rows {
		r.state = emit.state(locationStates, column, r.word.Text, r.word.Number)
	}
	locations, err := unique(rows, emit, "edge_location_display_name", (*locationRow).identified, compareLocations, (*locationRow).merge)
	if err != nil {
		return err
	}
	if err := emit.Count(column, len(locations)); err != nil {
		return err
	}
	for _, r := range locations {
		emit.State(locationState, emit.Labels(locationLabels, r.location, kind), r.state)
	}
	return nil
}

package collector

import (
	"context"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

var serviceConnectionsDefinition = Definition{
	Name: "service_connections", Help: "State of the service connections.", Default: true, MinInterval: time.Minute,
	Urgency: insights.Health, Queries: 1,
	Resources: []insights.Resource{insights.SCList},
	Metrics:   siteMetrics, New: newServiceConnections,
}

// serviceConnectionSites asks for one row a service connection.
func serviceConnectionSites(window insights.Window) insights.Query {
	return insights.Query{
		Resource: insights.SCList,
		Urgency:  insights.Health,
		Filter:   insights.All(insights.In("node_type", 51), window.Of("event_time")),
	}
}

// serviceConnectionsCollector reads the state of the service connections.
type serviceConnectionsCollector struct{ window insights.Window }

func newServiceConnections(o Options) Collector { return serviceConnectionsCollector{o.StateWindow} }

// Update implements Collector.
func (c serviceConnectionsCollector) Update(ctx context.Context, api insights.API, emit *Emitter) error {
	rows, _, err := query[siteRow](ctx, api, serviceConnectionSites(c.window))
	if err != nil {
		return optional(err)
	}
	return emitSites(rows, emit, serviceConnection, serviceConnectionStates)
}

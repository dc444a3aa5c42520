package collector

import (
	"context"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// serviceConnectionSites asks for one row a service connection.
func serviceConnectionSites(window insights.Window) insights.Query {
	return insights.Query{
		Resource: insights.Resource{Feature: "serviceconnections", Name: "sc_list"},
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

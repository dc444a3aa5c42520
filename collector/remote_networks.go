package collector

import (
	"context"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// remoteNetworkSites asks for one row a remote network.
func remoteNetworkSites(window insights.Window) insights.Query {
	return insights.Query{
		Resource: insights.Resource{Feature: "remotenetworks", Name: "rn_list"},
		Urgency:  insights.Health,
		Filter:   insights.All(window.Of("event_time")),
	}
}

// remoteNetworksCollector reads the state of the remote networks.
type remoteNetworksCollector struct{ window insights.Window }

func newRemoteNetworks(o Options) Collector { return remoteNetworksCollector{o.StateWindow} }

// Update implements Collector.
func (c remoteNetworksCollector) Update(ctx context.Context, api insights.API, emit *Emitter) error {
	rows, _, err := query[siteRow](ctx, api, remoteNetworkSites(c.window))
	if err != nil {
		return optional(err)
	}
	return emitSites(rows, emit, remoteNetwork, remoteNetworkStates)
}

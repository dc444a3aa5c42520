package collector

import (
	"context"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

var remoteNetworksDefinition = Definition{
	Name: "remote_networks", Help: "State of the remote networks.", Default: true, MinInterval: time.Minute,
	Urgency: insights.Health, Queries: 1,
	Resources: []insights.Resource{insights.RNList},
	Metrics:   siteMetrics, New: newRemoteNetworks,
}

// remoteNetworkSites asks for one row a remote network.
func remoteNetworkSites(window insights.Window) insights.Query {
	return insights.Query{
		Resource: insights.RNList,
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

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

var bandwidthDefinition = Definition{
	Name: "bandwidth", Help: "Traffic of sites, tunnels and locations.", Default: true, MinInterval: 5 * time.Minute,
	Urgency: insights.Traffic, Queries: 8,
	Resources: []insights.Resource{insights.RNList, insights.SCList, insights.TunnelList, insights.TunnelStatus, insights.RNBandwidthAllocated, insights.LocationRNBandwidth, insights.LocationSCBandwidth},
	Metrics:   bandwidthMetrics, New: newBandwidth,
}

var (
	siteTrafficLabels = []string{"site", "node_type", "location", "direction"}
	trafficLabels     = []string{"node_type", "direction"}
)

// The metrics of traffic.
var (
	siteThroughput = &exposition.Metric{
		Name: "prisma_access_site_throughput_bytes_per_second", Type: exposition.Gauge, Labels: siteTrafficLabels,
		Help: "Average throughput of the site over --collector.traffic-window (rn_list and sc_list: avg_throughput with an empty direction, avg_ingress, avg_egress). The series with an empty direction is not the sum of the others." + noLongerDocumented,
	}
	sitePeakThroughput = &exposition.Metric{
		Name: "prisma_access_site_peak_throughput_bytes_per_second", Type: exposition.Gauge, Labels: siteTrafficLabels,
		Help: "Peak throughput of the site over --collector.traffic-window (rn_list and sc_list: peak_throughput)." + noLongerDocumented,
	}
	tunnelThroughput = &exposition.Metric{
		Name: "prisma_access_tunnel_throughput_bytes_per_second", Type: exposition.Gauge, Labels: tunnelLabels,
		Help: "Average throughput of the tunnel over --collector.traffic-window (tunnel_list: avg_throughput).",
	}
	tunnelPeakThroughput = &exposition.Metric{
		Name: "prisma_access_tunnel_peak_throughput_bytes_per_second", Type: exposition.Gauge, Labels: tunnelLabels,
		Help: "Peak throughput of the tunnel over --collector.traffic-window (tunnel_list: peak_throughput).",
	}
	bandwidthAllocated = &exposition.Metric{
		Name: "prisma_access_bandwidth_allocated_bytes_per_second", Type: exposition.Gauge,
		Help: "Total bandwidth allocated to remote networks (rn_bandwidth_allocated: allocated_bw).",
	}
	bandwidthAllocatedAggregate = &exposition.Metric{
		Name: "prisma_access_bandwidth_allocated_aggregate_bytes_per_second", Type: exposition.Gauge,
		Help: "Total aggregate bandwidth allocated to remote networks (rn_bandwidth_allocated: allocated_aggregated_bw).",
	}
	bandwidthAverage = &exposition.Metric{
		Name: "prisma_access_bandwidth_bytes_per_second", Type: exposition.Gauge, Labels: trafficLabels,
		Help: "Average tunnel throughput in the newest bucket of --collector.traffic-window (tunnel_status: average of tunnel_throughput_ingress and _egress). The vendor does not document how the API averages over tunnels. It is not their total.",
	}
	bandwidthPeak = &exposition.Metric{
		Name: "prisma_access_bandwidth_peak_bytes_per_second", Type: exposition.Gauge, Labels: trafficLabels,
		Help: "Throughput of the busiest tunnel sample in the newest bucket of --collector.traffic-window (tunnel_status: maximum of tunnel_throughput_ingress and _egress).",
	}
	locationPeakConsumption = &exposition.Metric{
		Name: "prisma_access_location_bandwidth_peak_consumption", Type: exposition.Gauge, Labels: locationLabels,
		Help: "peak_consumption of the location over --collector.traffic-window, unchanged from the API (Insights 3.0, location_rn_bandwidth and location_sc_bandwidth, seen on tenants and not documented). Its unit is not documented.",
	}
	locationSitesUp = &exposition.Metric{
		Name: "prisma_access_location_sites_up", Type: exposition.Gauge, Labels: locationLabels,
		Help: "Sites of the location that are up (Insights 3.0, location_rn_bandwidth: rn_sites_up, and location_sc_bandwidth: sc_sites_up, seen on tenants and not documented).",
	}
	locationConsumption = &exposition.Metric{
		Name: "prisma_access_location_bandwidth_consumption", Type: exposition.Gauge, Labels: locationLabels,
		Help: "total_consumption of the location over --collector.traffic-window, unchanged from the API (location_rn_bandwidth and location_sc_bandwidth). The vendor does not document its unit; it seems to be kbit/s.",
	}
)

var bandwidthMetrics = []*exposition.Metric{
	siteThroughput, sitePeakThroughput, tunnelThroughput, tunnelPeakThroughput,
	bandwidthAllocated, bandwidthAllocatedAggregate, bandwidthAverage, bandwidthPeak, locationConsumption,
	locationPeakConsumption, locationSitesUp,
}

// bandwidthCollector reads the traffic figures. They come from the same lists
// as the states, over a window of their own: an average over the long window
// of the states would tell nothing of now.
type bandwidthCollector struct{ window, states insights.Window }

func newBandwidth(o Options) Collector { return bandwidthCollector{o.TrafficWindow, o.StateWindow} }

// traffic is the answers of one poll.
type traffic struct {
	remoteNetworks, serviceConnections []*siteRow
	tunnels                            []*tunnelRow
	allocated                          []*allocatedRow
	totals                             [2][]*totalRow       // as trafficKinds
	consumption                        [2][]*consumptionRow // as trafficKinds
}

// trafficKinds are the kinds of nodes whose tunnels carry traffic.
var trafficKinds = [2]struct {
	nodeType    string
	number      int
	consumption insights.Resource
}{
	{remoteNetwork, 48, insights.LocationRNBandwidth},
	{serviceConnection, 51, insights.LocationSCBandwidth},
}

// Update implements Collector.
func (c bandwidthCollector) Update(ctx context.Context, api insights.API, emit *Emitter) error {
	t, err := c.ask(ctx, api)
	if err != nil {
		return err
	}
	if err := emitSiteTraffic(t.remoteNetworks, emit, remoteNetwork); err != nil {
		return err
	}
	if err := emitSiteTraffic(t.serviceConnections, emit, serviceConnection); err != nil {
		return err
	}
	if err := emitTunnelTraffic(t.tunnels, emit); err != nil {
		return err
	}
	for _, r := range t.allocated[:min(len(t.allocated), 1)] {
		emit.Number(bandwidthAllocated, emit.Labels(nil), r.allocated, bytesPerKbit)
		emit.Number(bandwidthAllocatedAggregate, emit.Labels(nil), r.aggregate, bytesPerKbit)
	}
	for i, kind := range trafficKinds {
		emitTotals(t.totals[i], emit, kind.nodeType)
		if err := emitConsumption(t.consumption[i], emit, kind.nodeType); err != nil {
			return err
		}
	}
	return nil
}

// ask sends all queries side by side.
func (c bandwidthCollector) ask(ctx context.Context, api insights.API) (*traffic, error) {
	t := &traffic{}
	g, ctx := errgroup.WithContext(ctx)
	into(ctx, g, api, &t.remoteNetworks, asTraffic(remoteNetworkSites(c.window)))
	into(ctx, g, api, &t.serviceConnections, asTraffic(serviceConnectionSites(c.window)))
	into(ctx, g, api, &t.tunnels, asTraffic(tunnelList(c.window)))
	into(ctx, g, api, &t.allocated, insights.Query{
		Resource: insights.RNBandwidthAllocated,
		Urgency:  insights.Traffic,
		Filter:   insights.All(c.states.Of("event_time"), insights.NotIn("edge_location_display_name", noData)),
	})
	for i, kind := range trafficKinds {
		into(ctx, g, api, &t.totals[i], totalsQuery(c.window, kind.nodeType, kind.number))
		into(ctx, g, api, &t.consumption[i], insights.Query{
			Resource:   kind.consumption,
			Urgency:    insights.Traffic,
			Properties: []insights.Property{{Name: "edge_location_display_name", Alias: "location_name"}, {Name: "total_consumption"}},
			Filter:     insights.All(c.window.Of("event_time")),
		})
	}
	return t, g.Wait()
}

// asTraffic is the query of a state collector, for its figures.
func asTraffic(q insights.Query) insights.Query {
	q.Variant, q.Urgency = "traffic", insights.Traffic
	return q
}

// into asks for all rows of a resource that the tenant may lack.
func into[T any, P interface {
	*T
	insights.Row
}](ctx context.Context, g *errgroup.Group, api insights.API, rows *[]P, q insights.Query) {
	g.Go(func() (err error) {
		*rows, _, err = query[T, P](ctx, api, q)
		return part(err)
	})
}

func emitSiteTraffic(rows []*siteRow, emit *Emitter, kind string) error {
	sites, err := uniqueSites(rows, emit)
	if err != nil {
		return err
	}
	for _, r := range sites {
		l := emit.Labels(siteTrafficLabels, r.site, kind, r.location, "")
		emit.Number(siteThroughput, l, r.throughput, bytesPerKbit)
		emit.Number(sitePeakThroughput, l, r.peakThroughput, bytesPerKbit)
		emit.Number(siteThroughput, emit.Labels(siteTrafficLabels, r.site, kind, r.location, "ingress"), r.ingress, bytesPerKbit)
		emit.Number(siteThroughput, emit.Labels(siteTrafficLabels, r.site, kind, r.location, "egress"), r.egress, bytesPerKbit)
	}
	return nil
}

func emitTunnelTraffic(rows []*tunnelRow, emit *Emitter) error {
	tunnels, err := uniqueTunnels(rows, emit)
	if err != nil {
		return err
	}
	for _, r := range tunnels {
		l := r.labels(emit)
		emit.Number(tunnelThroughput, l, r.throughput, bytesPerKbit)
		emit.Number(tunnelPeakThroughput, l, r.peakThroughput, bytesPerKbit)
	}
	return nil
}

// allocatedRow is the row of rn_bandwidth_allocated.
type allocatedRow struct{ allocated, aggregate insights.Number }

// Column implements insights.Row.
func (r *allocatedRow) Column(name string) any {
	switch name {
	case "allocated_bw":
		return &r.allocated
	case "allocated_aggregated_bw":
		return &r.aggregate
	}
	return nil
}

// consumptionRow is a row of location_rn_bandwidth or location_sc_bandwidth.
// What it calls the location on 3.0 is not known: each name that others of its
// resources have will do.
type consumptionRow struct {
	location                   string
	consumption, peak, sitesUp insights.Number
}

// Column implements insights.Row.
func (r *consumptionRow) Column(name string) any {
	switch name {
	case "location_name", "edge_location_display_name", "location":
		return &r.location
	case "total_consumption":
		return &r.consumption
	case "peak_consumption":
		return &r.peak
	case "rn_sites_up", "sc_sites_up":
		return &r.sitesUp
	}
	return nil
}

func (r *consumptionRow) identified() bool { return r.location != "" }

func (r *consumptionRow) merge(other *consumptionRow) {
	r.consumption, r.peak, r.sitesUp = newer(r.consumption, other.consumption), newer(r.peak, other.peak), newer(r.sitesUp, other.sitesUp)
}

func compareConsumption(a, b *consumptionRow) int { return cmp.Compare(a.location, b.location) }

func emitConsumption(rows []*consumptionRow, emit *Emitter, kind string) error {
	rows = slices.DeleteFunc(rows, func(r *consumptionRow) bool { return r.location == noData })
	if !slices.ContainsFunc(rows, (*consumptionRow).identified) {
		for range rows { // whose location has yet another name
			emit.Unknown("location_name")
		}
		return nil
	}
	locations, err := unique(rows, emit, "location_name", (*consumptionRow).identified, compareConsumption, (*consumptionRow).merge)
	for _, r := range locations {
		l := emit.Labels(locationLabels, r.location, kind)
		emit.Number(locationConsumption, l, r.consumption, 1)
		emit.Number(locationPeakConsumption, l, r.peak, 1)
		emit.Number(locationSitesUp, l, r.sitesUp, 1)
	}
	return err
}

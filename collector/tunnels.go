package collector

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var tunnelsDefinition = Definition{
	Name: "tunnels", Help: "State of the IPSec tunnels.", Default: true, MinInterval: time.Minute,
	Urgency: insights.Health, Queries: 1,
	Resources: []insights.Resource{insights.TunnelList},
	Metrics:   tunnelMetrics, New: newTunnels,
}

var tunnelLabels = []string{"tunnel", "site", "node_type", "location", "instance_name"}

// The metrics of IPSec tunnels.
var (
	tunnelState = &exposition.Metric{
		Name: "prisma_access_tunnel_state", Type: exposition.Gauge, Labels: tunnelLabels, States: tunnelStateNames,
		Help: "State of the tunnel: 1 for the current state, 0 for the others (tunnel_list: tunnel_state_name). A tunnel in state init has never been up.",
	}
	tunnelMonitorState = &exposition.Metric{
		Name: "prisma_access_tunnel_monitor_state", Type: exposition.Gauge, Labels: tunnelLabels, States: monitorStateNames,
		Help: "State of the tunnel's monitoring: 1 for the current state, 0 for the others (tunnel_list: tunnel_monitoring_state_name).",
	}
	tunnelDisconnections = &exposition.Metric{
		Name: "prisma_access_tunnel_disconnections", Type: exposition.Gauge, Labels: tunnelLabels,
		Help: "Disconnections of the tunnel within --collector.state-window (tunnel_list: tunnel_disconnection).",
	}
	tunnelConnectionDuration = &exposition.Metric{
		Name: "prisma_access_tunnel_connection_duration_seconds", Type: exposition.Gauge, Labels: tunnelLabels,
		Help: "tunnel_connection_duration of the tunnel within --collector.state-window, read as milliseconds (tunnel_list). The vendor does not document whether it is the connected or the disconnected time.",
	}
)

var tunnelMetrics = []*exposition.Metric{tunnelState, tunnelMonitorState, tunnelDisconnections, tunnelConnectionDuration}

// tunnelRow is a row of tunnel_list.
type tunnelRow struct {
	tunnel, site, location, instance string
	nodeTypeName                     string
	stateName, monitorStateName      string
	nodeTypeNumber                   insights.Number
	stateNumber, monitorStateNumber  insights.Number
	disconnections, duration         insights.Number
	throughput, peakThroughput       insights.Number

	nodeType            string
	state, monitorState state
}

// Column implements insights.Row.
func (r *tunnelRow) Column(name string) any {
	switch name {
	case "tunnel_name":
		return &r.tunnel
	case "site_name":
		return (*insights.Word)(&r.site)
	case "edge_location_display_name":
		return (*insights.Word)(&r.location)
	case "instance_name":
		return (*insights.Word)(&r.instance)
	case "node_type":
		return &r.nodeTypeNumber
	case "node_type_name":
		return (*insights.Word)(&r.nodeTypeName)
	case "tunnel_state":
		return &r.stateNumber
	case "tunnel_state_name":
		return (*insights.Word)(&r.stateName)
	case "tunnel_monitoring_state":
		return &r.monitorStateNumber
	case "tunnel_monitoring_state_name":
		return (*insights.Word)(&r.monitorStateName)
	case "tunnel_disconnection":
		return &r.disconnections
	case "tunnel_connection_duration":
		return &r.duration
	case "avg_throughput":
		return &r.throughput
	case "peak_throughput":
		return &r.peakThroughput
	}
	return nil
}

func (r *tunnelRow) identified() bool { return r.tunnel != "" }

func compareTunnels(a, b *tunnelRow) int {
	if c := strings.Compare(a.tunnel, b.tunnel); c != 0 { // nearly always
		return c
	}
	return cmp.Or(
		cmp.Compare(a.site, b.site), cmp.Compare(a.nodeType, b.nodeType),
		cmp.Compare(a.location, b.location), cmp.Compare(a.instance, b.instance))
}

// merge takes another row of the same tunnel. The rows carry no time, so the
// later row's figures are the newer ones.
func (r *tunnelRow) merge(other *tunnelRow) {
	r.state, r.monitorState = max(r.state, other.state), max(r.monitorState, other.monitorState)
	r.disconnections, r.duration = newer(r.disconnections, other.disconnections), newer(r.duration, other.duration)
	r.throughput, r.peakThroughput = newer(r.throughput, other.throughput), newer(r.peakThroughput, other.peakThroughput)
}

// uniqueTunnels makes the rows one a tunnel.
func uniqueTunnels(rows []*tunnelRow, emit *Emitter) ([]*tunnelRow, error) {
	for _, r := range rows {
		r.location = place(r.location)
		r.nodeType = nodeType(r.nodeTypeNumber, r.nodeTypeName)
	}
	return unique(rows, emit, "tunnel_name", (*tunnelRow).identified, compareTunnels, (*tunnelRow).merge)
}

func (r *tunnelRow) labels(emit *Emitter) exposition.Labels {
	return emit.Labels(tunnelLabels, r.tunnel, r.site, r.nodeType, r.location, r.instance)
}

// tunnelList asks for one row a tunnel, of remote networks and of service
// connections.
func tunnelList(window insights.Window) insights.Query {
	return insights.Query{
		Resource: insights.TunnelList,
		Urgency:  insights.Health,
		Filter:   insights.All(window.Of("event_time")),
	}
}

// tunnelsCollector reads the state of the tunnels.
type tunnelsCollector struct{ window insights.Window }

func newTunnels(o Options) Collector { return tunnelsCollector{o.StateWindow} }

// Update implements Collector.
func (c tunnelsCollector) Update(ctx context.Context, api insights.API, emit *Emitter) error {
	rows, _, err := query[tunnelRow](ctx, api, tunnelList(c.window))
	if err != nil {
		return optional(err)
	}
	for _, r := range rows {
		r.state = emit.state(tunnelStates, "tunnel_state", r.stateName, r.stateNumber)
		r.monitorState = emit.state(monitorStates, "tunnel_monitoring_state", r.monitorStateName, r.monitorStateNumber)
	}
	tunnels, err := uniqueTunnels(rows, emit)
	if err != nil {
		return err
	}
	if err := emit.Count("tunnel", len(tunnels)); err != nil {
		return err
	}
	for _, r := range tunnels {
		l := r.labels(emit)
		emit.State(tunnelState, l, r.state)
		emit.State(tunnelMonitorState, l, r.monitorState)
		emit.Number(tunnelDisconnections, l, r.disconnections, 1)
		emit.Number(tunnelConnectionDuration, l, r.duration, secondsPerMillisecond)
	}
	return nil
}

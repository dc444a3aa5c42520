package collector

import (
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// bucketTime is the column for when a bucket begins.
const bucketTime = "histogram_time"

// totalRow is a bucket of tunnel_status.
type totalRow struct {
	bucket, event           insights.Time
	ingress, egress         insights.Number
	peakIngress, peakEgress insights.Number
}

// Column implements insights.Row.
func (r *totalRow) Column(name string) any {
	switch name {
	case bucketTime:
		return &r.bucket
	case "event_time":
		return &r.event
	case "avg_ingress":
		return &r.ingress
	case "avg_egress":
		return &r.egress
	case "peak_ingress":
		return &r.peakIngress
	case "peak_egress":
		return &r.peakEgress
	}
	return nil
}

// start is when the bucket begins. A histogram without its empty buckets may
// have that in the column that it is made of.
func (r *totalRow) start() time.Time {
	if r.bucket.IsZero() {
		return r.event.Time
	}
	return r.bucket.Time
}

// empty buckets have a time and nothing else.
func (r *totalRow) empty() bool {
	return !r.ingress.Valid && !r.egress.Valid && !r.peakIngress.Valid && !r.peakEgress.Valid
}

// totalsQuery asks for averages and peaks over the tunnels of a kind of node.
func totalsQuery(window insights.Window, kind string, nodeType int) insights.Query {
	figure := func(property string, f insights.Function, alias string) insights.Property {
		return insights.Property{Name: property, Function: f, Alias: alias, Format: &insights.Format{Function: "round", Decimals: 2}}
	}
	return insights.Query{
		Resource: insights.TunnelStatus,
		Variant:  kind,
		Urgency:  insights.Traffic,
		Properties: []insights.Property{
			figure("tunnel_throughput_ingress", insights.Avg, "avg_ingress"),
			figure("tunnel_throughput_egress", insights.Avg, "avg_egress"),
			figure("tunnel_throughput_ingress", insights.Max, "peak_ingress"),
			figure("tunnel_throughput_egress", insights.Max, "peak_egress"),
		},
		Filter:    insights.All(insights.In("node_type", nodeType), window.Of("event_time")),
		Histogram: window.Bucket("event_time"),
	}
}

// emitTotals writes the newest bucket that has figures.
func emitTotals(rows []*totalRow, emit *Emitter, kind string) {
	var newest *totalRow
	for _, r := range rows {
		if !r.empty() && (newest == nil || r.start().After(newest.start())) {
			newest = r
		}
	}
	if newest == nil {
		return
	}
	l := emit.Labels(trafficLabels, kind, "ingress")
	emit.Number(bandwidthAverage, l, newest.ingress, bytesPerKbit)
	emit.Number(bandwidthPeak, l, newest.peakIngress, bytesPerKbit)
	l = emit.Labels(trafficLabels, kind, "egress")
	emit.Number(bandwidthAverage, l, newest.egress, bytesPerKbit)
	emit.Number(bandwidthPeak, l, newest.peakEgress, bytesPerKbit)
}

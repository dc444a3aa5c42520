package poll

import "github.com/prisma-exporter/prisma_exporter/internal/exposition"

// Metrics are the metrics that tell how polls end. Each kind of thing that is
// polled has its own.
type Metrics struct{ Success, Duration, LastSuccess *exposition.Metric }

// Emit writes the series of one poller.
func (m Metrics) Emit(b *exposition.Builder, l exposition.Labels, v View) {
	b.AddBool(m.Success, l, v.Success)
	b.Add(m.Duration, l, v.Took.Seconds())
	b.AddTime(m.LastSuccess, l, v.LastSuccess)
}

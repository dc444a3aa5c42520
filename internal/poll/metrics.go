package poll

import "github.com/prisma-exporter/prisma_exporter/internal/exposition"

// Metrics are the metrics that tell how polls end. Each kind of thing that is
// polled has its own.
type Metrics struct{ Success, Late, Overdue, Duration, LastSuccess *exposition.Metric }

// NewMetrics declares the metrics of a kind of thing, whose names begin with
// prefix and which has a label of its own.
func NewMetrics(prefix, kind string, labels []string) Metrics {
	gauge := func(name, help string) *exposition.Metric {
		return &exposition.Metric{Name: prefix + name, Type: exposition.Gauge, Labels: labels, Help: help}
	}
	return Metrics{
		Success:     gauge("success", "Whether the last finished poll of the "+kind+" succeeded, its data is exported and no poll is overdue: 1 yes, 0 no. A running poll does not change this, however long it takes. While this is 0, a missing series does not mean that its object is gone."),
		Late:        gauge("late", "Whether a poll of the "+kind+" was due but not finished at the time of the scrape, so that the data is from an earlier poll: 1 yes, 0 no. This is not a failure."),
		Overdue:     gauge("overdue", "Whether the "+kind+" has had no good poll for too long: 1 yes, 0 no. Too long is the longest of twice the polling interval, twice the longest of the last three good polls, and 30 seconds."),
		Duration:    gauge("duration_seconds", "Duration of the last finished poll of the "+kind+"."),
		LastSuccess: gauge("last_success_timestamp_seconds", "Time when the last good poll of the "+kind+" started. It shows how old the data is."),
	}
}

// All lists them.
func (m Metrics) All() []*exposition.Metric {
	return []*exposition.Metric{m.Success, m.Late, m.Overdue, m.Duration, m.LastSuccess}
}

// Emit writes the series of one thing that is polled.
func (m Metrics) Emit(b *exposition.Builder, l exposition.Labels, v View) {
	if !v.Pending {
		b.AddBool(m.Success, l, v.Success)
	}
	b.AddBool(m.Late, l, v.Late)
	b.AddBool(m.Overdue, l, v.Overdue)
	if !v.Ended.IsZero() {
		b.Add(m.Duration, l, v.Took.Seconds())
	}
	b.AddTime(m.LastSuccess, l, v.LastSuccess)
}

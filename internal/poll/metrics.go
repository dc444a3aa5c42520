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
		Success:     gauge("success", "Whether the last poll of the "+kind+" that ended was good, what it found is shown, and none is overdue: 1 yes, 0 no. A poll that is under way changes nothing, however long it takes. Without a good poll that is not overdue, what is not shown need not be gone."),
		Late:        gauge("late", "Whether a poll of the "+kind+" was due and under way when the page was made, so that what is shown is from an earlier one: 1 yes, 0 no. That is no failure."),
		Overdue:     gauge("overdue", "Whether a poll of the "+kind+" has been due, without a good one, for more than the longest of twice the minimum interval, twice the longest of the last three good polls, and 30 seconds: 1 yes, 0 no."),
		Duration:    gauge("duration_seconds", "How long the last poll of the "+kind+" that ended took."),
		LastSuccess: gauge("last_success_timestamp_seconds", "When the last good poll of the "+kind+" began, which is how old what is shown of it is."),
	}
}

// All lists them.
func (m Metrics) All() []*exposition.Metric {
	return []*exposition.Metric{m.Success, m.Late, m.Overdue, m.Duration, m.LastSuccess}
}

// Emit writes the series of one thing that is polled.
func (m Metrics) Emit(b *exposition.Builder, l exposition.Labels, v View) {
	b.AddBool(m.Success, l, v.Success)
	b.AddBool(m.Late, l, v.Late)
	b.AddBool(m.Overdue, l, v.Overdue)
	if !v.Ended.IsZero() {
		b.Add(m.Duration, l, v.Took.Seconds())
	}
	b.AddTime(m.LastSuccess, l, v.LastSuccess)
}

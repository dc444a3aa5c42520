package collector

import "github.com/prometheus/client_golang/prometheus"

// Metrics are what the collectors tell of themselves, for all scopes of a
// process.
type Metrics struct {
	unknown    *prometheus.CounterVec
	duplicates *prometheus.CounterVec
}

// fieldRow is the field under which elements that are no rows are counted.
const fieldRow = "row"

// NewMetrics returns the metrics and registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		unknown: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "prisma_exporter_unknown_values_total",
			Help: "Values in answers of the Insights API that the exporter does not know, or that were missing where a row cannot do without, by field; field row counts elements that were no rows.",
		}, []string{"tenant", "collector", "field"}),
		duplicates: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "prisma_exporter_duplicate_rows_total",
			Help: "Rows in answers of the Insights API that were about the same thing as another.",
		}, []string{"tenant", "collector"}),
	}
	r.MustRegister(m.unknown, m.duplicates)
	return m
}

// start makes the counters of a collector visible before there is anything to
// count.
func (m *Metrics) start(tenant, collector string) {
	m.unknown.WithLabelValues(tenant, collector, fieldRow)
	m.duplicates.WithLabelValues(tenant, collector)
}

// Forget removes all series of a tenant.
func (m *Metrics) Forget(tenant string) {
	m.unknown.DeletePartialMatch(prometheus.Labels{"tenant": tenant})
	m.duplicates.DeletePartialMatch(prometheus.Labels{"tenant": tenant})
}

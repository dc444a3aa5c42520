package collector

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var (
	unknownValues = &exposition.Metric{
		Name: "prisma_exporter_unknown_values_total", Type: exposition.Counter, Labels: []string{"tenant", "collector", "field"},
		Help: "Values in answers of the Insights API that the exporter does not know, that are of another type than the column has, or that were missing where a row cannot do without, by field; field row counts elements that were no rows.",
	}
	duplicateRows = &exposition.Metric{
		Name: "prisma_exporter_duplicate_rows_total", Type: exposition.Counter, Labels: []string{"tenant", "collector"},
		Help: "Rows in answers of the Insights API that were about the same thing as another.",
	}
)

// OwnMetrics are what the collectors tell of themselves.
func OwnMetrics() []*exposition.Metric { return []*exposition.Metric{unknownValues, duplicateRows} }

// Metrics are what the collectors tell of themselves, for all scopes of a
// process.
type Metrics struct {
	unknown    *prometheus.CounterVec
	duplicates *prometheus.CounterVec

	mu   sync.Mutex
	gone map[string]struct{} // tenants that were forgotten
}

// fieldRow is the field under which elements that are no rows are counted.
const fieldRow = "row"

// NewMetrics returns the metrics and registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	return &Metrics{
		unknown:    exposition.NewCounter(r, unknownValues),
		duplicates: exposition.NewCounter(r, duplicateRows),
		gone:       map[string]struct{}{},
	}
}

// start makes the counters of a collector visible before there is anything to
// count.
func (m *Metrics) start(tenant, collector string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.gone, tenant)
	m.unknown.WithLabelValues(tenant, collector, fieldRow)
	m.duplicates.WithLabelValues(tenant, collector)
}

// add counts, unless the tenant has been forgotten: the end of a poll that was
// under way then must not bring its series back.
func (m *Metrics) add(v *prometheus.CounterVec, n float64, tenant string, labels ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, gone := m.gone[tenant]; !gone {
		v.WithLabelValues(append([]string{tenant}, labels...)...).Add(n)
	}
}

// Forget removes all series of a tenant.
func (m *Metrics) Forget(tenant string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gone[tenant] = struct{}{}
	m.unknown.DeletePartialMatch(prometheus.Labels{"tenant": tenant})
	m.duplicates.DeletePartialMatch(prometheus.Labels{"tenant": tenant})
}

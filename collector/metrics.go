package collector

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var (
	unknownValues = &exposition.Metric{
		Name: "prisma_exporter_unknown_values_total", Type: exposition.Counter, Labels: []string{"tenant", "collector", "field"},
		Help: "Values in the Insights API's answers that the exporter does not know, that have the wrong type, or that are missing although a row needs them. field is the API's field. It is row for elements that are not rows, and the name of a metric for negative values, which that metric does not export.",
	}
	duplicateRows = &exposition.Metric{
		Name: "prisma_exporter_duplicate_rows_total", Type: exposition.Counter, Labels: []string{"tenant", "collector"},
		Help: "Rows in the Insights API's answers that describe the same object as another row.",
	}
)

// OwnMetrics are what the collectors tell of themselves.
func OwnMetrics() []*exposition.Metric { return []*exposition.Metric{unknownValues, duplicateRows} }

// Metrics are what the collectors tell of themselves, for all scopes of a
// process.
type Metrics struct {
	unknown    *prometheus.CounterVec
	duplicates *prometheus.CounterVec

	mu sync.Mutex
	// series are those of each tenant that has not been forgotten: to look for
	// them among those of all tenants takes long when many go at once.
	series map[string]map[series]struct{}
}

// series is one of unknown or, with no more labels than the collector, of
// duplicates.
type series struct {
	of     *prometheus.CounterVec
	labels [2]string // beside the tenant
}

// fieldRow is the field under which elements that are no rows are counted.
const fieldRow = "row"

// NewMetrics returns the metrics and registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	return &Metrics{
		unknown:    exposition.NewCounter(r, unknownValues),
		duplicates: exposition.NewCounter(r, duplicateRows),
		series:     map[string]map[series]struct{}{},
	}
}

// start makes the counter of a collector's unknown values visible before there
// is one, for the rule that watches it.
func (m *Metrics) start(tenant, collector string) {
	m.mu.Lock()
	if m.series[tenant] == nil {
		m.series[tenant] = map[series]struct{}{}
	}
	m.mu.Unlock()
	m.add(m.unknown, 0, tenant, collector, fieldRow)
}

// add counts, unless the tenant has been forgotten: the end of a poll that was
// under way then must not bring its series back.
func (m *Metrics) add(v *prometheus.CounterVec, n float64, tenant string, labels ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.series[tenant]
	if all == nil {
		return
	}
	one := series{of: v}
	copy(one.labels[:], labels)
	all[one] = struct{}{}
	v.WithLabelValues(append([]string{tenant}, labels...)...).Add(n)
}

// Forget removes all series of a tenant.
func (m *Metrics) Forget(tenant string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for one := range m.series[tenant] {
		if one.of == m.unknown {
			one.of.DeleteLabelValues(tenant, one.labels[0], one.labels[1])
		} else {
			one.of.DeleteLabelValues(tenant, one.labels[0])
		}
	}
	delete(m.series, tenant)
}

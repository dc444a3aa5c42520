package exposition

import "github.com/prometheus/client_golang/prometheus"

// The metrics that the exporter keeps about itself are ordinary ones of
// client_golang, declared in the same tables.

// NewCounter returns the counters of a metric, registered.
func NewCounter(r prometheus.Registerer, m *Metric) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.Name, Help: m.Help}, m.Labels)
	r.MustRegister(v)
	return v
}

// NewGauge returns the gauges of a metric, registered.
func NewGauge(r prometheus.Registerer, m *Metric) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: m.Name, Help: m.Help}, m.Labels)
	r.MustRegister(v)
	return v
}

// NewDesc returns the description of a metric that a collector emits itself.
func NewDesc(m *Metric) *prometheus.Desc {
	return prometheus.NewDesc(m.Name, m.Help, m.Labels, nil)
}

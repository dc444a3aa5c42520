package client

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/transport"
)

var (
	budgetLimit = &exposition.Metric{
		Name: "prisma_exporter_api_budget_requests_per_minute", Type: exposition.Gauge,
		Help: "Maximum number of API requests that this process sends per minute.",
	}
	budgetUsed = &exposition.Metric{
		Name: "prisma_exporter_api_budget_used_requests", Type: exposition.Gauge,
		Help: "API requests that this process sent in the last minute.",
	}
	budgetPlanned = &exposition.Metric{
		Name: "prisma_exporter_api_budget_planned_requests_per_minute", Type: exposition.Gauge,
		Help: "Requests per minute that the configured polling intervals need in the long run, if every tenant has all resources.",
	}
	intervalStretch = &exposition.Metric{
		Name: "prisma_exporter_poll_interval_stretch_ratio", Type: exposition.Gauge, Labels: []string{"collectors"},
		Help: "Factor by which polling intervals are longer than configured, so that the planned requests fit into nine tenths of the budget: 1 if they fit without a change. collectors is alerts, which are slowed down last, or others.",
	}
)

// OwnMetrics are what the client tells of itself.
func OwnMetrics() []*exposition.Metric {
	return slices.Concat(transport.OwnMetrics(), []*exposition.Metric{budgetLimit, budgetUsed, budgetPlanned, intervalStretch}, auth.OwnMetrics())
}

// RegisterBudget makes the use of a budget metrics.
func RegisterBudget(r prometheus.Registerer, b *budget.Budget) {
	gauge := func(m *exposition.Metric, value func() float64, labels ...string) {
		o := prometheus.GaugeOpts{Name: m.Name, Help: m.Help}
		if len(labels) > 0 {
			o.ConstLabels = prometheus.Labels{m.Labels[0]: labels[0]}
		}
		r.MustRegister(prometheus.NewGaugeFunc(o, value))
	}
	gauge(budgetLimit, func() float64 { return float64(b.Limit()) })
	gauge(budgetUsed, func() float64 { return float64(b.Used()) })
	gauge(budgetPlanned, func() float64 { return b.Plan().Needed })
	gauge(intervalStretch, func() float64 { return b.Plan().Stretch(budget.First) }, "alerts")
	gauge(intervalStretch, func() float64 { return b.Plan().Stretch(budget.First + 1) }, "others")
}

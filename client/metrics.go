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
		Help: "The most requests that this process sends in a minute.",
	}
	budgetUsed = &exposition.Metric{
		Name: "prisma_exporter_api_budget_used_requests", Type: exposition.Gauge,
		Help: "Requests that this process sent in the last minute.",
	}
)

// OwnMetrics are what the client tells of itself.
func OwnMetrics() []*exposition.Metric {
	return slices.Concat(transport.OwnMetrics(), []*exposition.Metric{budgetLimit, budgetUsed}, auth.OwnMetrics())
}

// RegisterBudget makes the use of a budget metrics.
func RegisterBudget(r prometheus.Registerer, b *budget.Budget) {
	gauge := func(m *exposition.Metric, value func() int) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: m.Name, Help: m.Help}, func() float64 { return float64(value()) }))
	}
	gauge(budgetLimit, b.Limit)
	gauge(budgetUsed, b.Used)
}

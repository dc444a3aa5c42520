package exporter

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"

	"github.com/prisma-exporter/prisma_exporter/internal/logging"
	"github.com/prisma-exporter/prisma_exporter/internal/web"
)

// newRegistry returns the registry of the exporter's own metrics.
func newRegistry(o Options) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(versioncollector.NewCollector("prisma_exporter"))
	if !o.CLI.DisableExporterMetrics {
		registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	logging.Register(registry, o.LogLinesDropped)
	return registry
}

// guardedRegisterer registers collectors whose panics cost their series. The
// registry collects in goroutines of its own, where a panic would end the
// process.
type guardedRegisterer struct {
	*prometheus.Registry
	panics *web.Panics
}

// Register implements prometheus.Registerer.
func (g guardedRegisterer) Register(c prometheus.Collector) error {
	return g.Registry.Register(guardedCollector{c, g.panics})
}

// MustRegister implements prometheus.Registerer.
func (g guardedRegisterer) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		g.Registry.MustRegister(guardedCollector{c, g.panics})
	}
}

type guardedCollector struct {
	prometheus.Collector
	panics *web.Panics
}

// Collect implements prometheus.Collector.
func (g guardedCollector) Collect(ch chan<- prometheus.Metric) {
	defer g.panics.Recover("collecting the exporter's own metrics")
	g.Collector.Collect(ch)
}

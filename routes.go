package main

import (
	"net/http"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/prisma-exporter/prisma_exporter/collector"
)

// newMux returns all that the exporter serves.
func newMux(f *flags, scopes []*collector.Scope, own prometheus.Gatherer, logger log.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+f.telemetryPath, &metricsHandler{
		scopes: scopes, collectors: f.names(), own: own,
		timeout: f.scrapeTimeout, offset: f.timeoutOffset,
		slots: make(chan struct{}, f.maxRequests), logger: logger,
	})
	mux.HandleFunc("GET /-/healthy", say("prisma_exporter is healthy.\n"))
	mux.HandleFunc("GET /-/ready", say("prisma_exporter is ready.\n"))
	landing, err := web.NewLandingPage(web.LandingConfig{
		Name:        "prisma_exporter",
		Description: "Prometheus exporter for Palo Alto Networks Prisma Access",
		Version:     version.Info(),
		Profiling:   "false",
		Links: []web.LandingLinks{
			{Address: f.telemetryPath, Text: "Metrics", Description: "what Prometheus scrapes"},
			{Address: "/-/healthy", Text: "Health", Description: "whether the exporter runs"},
		},
	})
	if err == nil { // its template is a constant
		mux.Handle("GET /{$}", landing)
	}
	return mux
}

// say answers with a line of text.
func say(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(text)) // whoever asked may be gone
	}
}

// names are those of the collectors that run.
func (f *flags) names() []string {
	var names []string
	for _, e := range f.enabled() {
		names = append(names, e.Name)
	}
	return names
}

package main

import (
	"cmp"
	"net/http"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/version"

	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/internal/statuspage"
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
	mux.Handle("GET /{$}", &statuspage.Handler{
		Scopes:  func() []collector.Status { return statuses(scopes) },
		Own:     own,
		Version: "version " + cmp.Or(version.Version, "unknown"),
		Links: []statuspage.Link{
			{Path: f.telemetryPath, Text: "Metrics"},
			{Path: "/-/healthy", Text: "Health"},
		},
	})
	return mux
}

func statuses(scopes []*collector.Scope) []collector.Status {
	all := make([]collector.Status, len(scopes))
	for i, s := range scopes {
		all[i] = s.Status()
	}
	return all
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

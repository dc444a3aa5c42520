package main

import (
	"net/http"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/version"

	"github.com/prisma-exporter/prisma_exporter/alerts"
	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/dashboards"
	"github.com/prisma-exporter/prisma_exporter/internal/statuspage"
)

// newMux returns all that the exporter serves.
func newMux(f *flags, fl *fleet, settled func() bool, store *config.Store, own prometheus.Gatherer, logger log.Logger) http.Handler {
	mux := http.NewServeMux()
	metrics := &metricsHandler{
		targets: fl.Targets, probeOnly: f.probeOnly, collectors: f.names(), own: own,
		timeout: f.scrapeTimeout, offset: f.timeoutOffset,
		slots: make(chan struct{}, f.maxRequests), logger: logger,
	}
	mux.Handle("GET "+f.telemetryPath, metrics)
	mux.HandleFunc("GET /probe", metrics.probe)
	mux.HandleFunc("GET /targets", serveTargets(fl, settled))
	mux.Handle("GET /alerts/", http.StripPrefix("/alerts/", http.FileServerFS(alerts.Files())))
	mux.Handle("GET /dashboards/", http.StripPrefix("/dashboards/", http.FileServerFS(dashboards.Files)))
	mux.HandleFunc("POST /-/reload", serveReload(store, logger))
	mux.HandleFunc("GET /-/healthy", say("prisma_exporter is healthy.\n"))
	mux.HandleFunc("GET /-/ready", say("prisma_exporter is ready.\n"))
	mux.Handle("GET /{$}", &statuspage.Handler{
		Scopes:  func() []collector.Status { return statuses(fl) },
		Own:     own,
		Version: "version " + version.Version,
		Links: []statuspage.Link{
			{Path: f.telemetryPath, Text: "Metrics"},
			{Path: "/targets", Text: "Targets"},
			{Path: "/alerts/", Text: "Rules"},
			{Path: "/dashboards/", Text: "Dashboards"},
			{Path: "/-/healthy", Text: "Health"},
		},
	})
	return mux
}

func statuses(fl *fleet) []collector.Status {
	targets, _ := fl.Targets("")
	all := make([]collector.Status, len(targets))
	for i, t := range targets {
		all[i] = t.Status()
	}
	return all
}

// serveReload reads the configuration again.
func serveReload(store *config.Store, logger log.Logger) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := store.Reload(); err != nil {
			level.Error(logger).Log("msg", "Configuration is not usable, so what was configured before stays in force", "err", err)
			http.Error(w, "the configuration is not usable, so what was configured before stays in force:\n"+err.Error(), http.StatusInternalServerError)
			return
		}
		say("The configuration is in force.\n")(w, r)
	}
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

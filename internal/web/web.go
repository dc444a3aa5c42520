// Package web is what the exporter serves over HTTP.
package web

import (
	"io/fs"
	"net/http"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
)

// Options are what is served and how.
type Options struct {
	Fleet *fleet.Fleet
	// Settled reports whether the fleet has all that the configuration names,
	// as far as is known.
	Settled func() bool
	// Reload puts the configuration into force anew, or logs why it does not.
	Reload func() error
	// Own are the exporter's own metrics.
	Own prometheus.Gatherer
	// Status is the page at /.
	Status http.Handler
	// Files are served as they are, each below the path that is its key, such
	// as /alerts/.
	Files map[string]fs.FS

	TelemetryPath string
	// ProbeOnly leaves what is watched to /probe.
	ProbeOnly bool
	// Collectors are the names of those that run.
	Collectors []string
	// Timeout is the most time for one scrape, and Offset what is kept of the
	// scraper's own timeout for the way back.
	Timeout, Offset time.Duration
	// MaxRequests is the most pages that are put together at a time.
	MaxRequests int
	Panics      *Panics
	Logger      log.Logger
}

// New returns all that the exporter serves.
func New(o Options) http.Handler {
	mux := http.NewServeMux()
	scrapes := newScrapes(o)
	mux.HandleFunc("GET "+o.TelemetryPath, scrapes.metrics)
	mux.HandleFunc("GET /probe", scrapes.probe)
	mux.HandleFunc("GET /targets", serveTargets(o.Fleet, o.Settled))
	for path, files := range o.Files {
		mux.Handle("GET "+path, http.StripPrefix(path, http.FileServerFS(files)))
	}
	mux.Handle("POST /-/reload", http.NewCrossOriginProtection().Handler(serveReload(o.Reload)))
	mux.HandleFunc("GET /-/healthy", say("prisma_exporter is healthy.\n"))
	mux.Handle("GET /-/ready", &readiness{Options: o})
	mux.Handle("GET /{$}", o.Status)
	return limit(o.Timeout, o.Panics.guard(harmless(mux)))
}

// serveReload reads the configuration again. What is wrong with it is for the
// log alone: whoever may ask for a reload need not know what is configured.
func serveReload(reload func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if reload() != nil {
			http.Error(w, "The configuration is not usable, so what was configured before stays in force. The log says why.", http.StatusInternalServerError)
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

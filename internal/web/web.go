// Package web is what the exporter serves over HTTP.
package web

import (
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
	// Lists are served below the path that is their key, such as /alerts/, and
	// get requests without it.
	Lists map[string]http.Handler

	// RoutePrefix is before all routes: "" or one without a slash at its end.
	RoutePrefix   string
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
	handle := func(method, path string, h http.Handler) { mux.Handle(method+" "+o.RoutePrefix+path, h) }
	scrapes := newScrapes(o)
	handle(http.MethodGet, o.TelemetryPath, http.HandlerFunc(scrapes.metrics))
	handle(http.MethodGet, "/probe", http.HandlerFunc(scrapes.probe))
	handle(http.MethodGet, "/targets", serveTargets(o.Fleet, o.Settled))
	for path, list := range o.Lists {
		handle(http.MethodGet, path, http.StripPrefix(o.RoutePrefix+path, list))
	}
	handle(http.MethodPost, "/-/reload", http.NewCrossOriginProtection().Handler(serveReload(o.Reload)))
	handle(http.MethodGet, "/-/healthy", say("prisma_exporter is healthy.\n"))
	handle(http.MethodGet, "/-/ready", &readiness{Options: o})
	handle(http.MethodGet, "/{$}", o.Status)
	if o.RoutePrefix != "" {
		mux.Handle("GET /{$}", http.RedirectHandler(o.RoutePrefix+"/", http.StatusFound))
		handle(http.MethodGet, "/", http.NotFoundHandler()) // so that the prefix alone leads to the page, too
	}
	return limit(o.Timeout, o.Panics.guard(harmless(mux)))
}

// serveReload reads the configuration again. What is wrong with it is for the
// log alone: whoever may ask for a reload need not know what is configured.
func serveReload(reload func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if reload() != nil {
			http.Error(w, "The configuration is invalid, so the exporter keeps the current one. The log shows the reason.", http.StatusInternalServerError)
			return
		}
		say("The configuration is active.\n")(w, r)
	}
}

// say answers with a line of text.
func say(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(text)) // whoever asked may be gone
	}
}

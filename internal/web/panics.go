package web

import (
	"net/http"
	"runtime/debug"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var panics = &exposition.Metric{
	Name: "prisma_exporter_panics_total", Type: exposition.Counter,
	Help: "Panics of the exporter while it served a request. Each is a bug and left a part out of the response. The log has the details.",
}

// OwnMetrics are what is told of serving.
func OwnMetrics() []*exposition.Metric { return []*exposition.Metric{panics} }

// Panics ends panics that must cost a part of a page and nothing more: it
// counts and logs them.
type Panics struct {
	total  prometheus.Counter
	logger log.Logger
}

// NewPanics returns Panics and registers what it counts.
func NewPanics(r prometheus.Registerer, logger log.Logger) *Panics {
	return &Panics{total: exposition.NewCounter(r, panics).WithLabelValues(), logger: logger}
}

// Recover ends a panic, if there is one. It is to be deferred by what was to
// be done.
func (p *Panics) Recover(doing string) {
	if v := recover(); v != nil {
		p.note(doing, v)
	}
}

func (p *Panics) note(doing string, v any) {
	p.total.Inc()
	level.Error(p.logger).Log("msg", "A bug in the exporter left a part out of a response. Please open an issue with this line", "doing", doing, "panic", v, "stack", string(debug.Stack()))
}

// guard answers 500 for a handler that panics or, where the answer has begun,
// breaks it off: whoever asked must not take a part for the whole.
func (p *Panics) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := &begun{ResponseWriter: w}
		defer func() {
			v := recover()
			switch {
			case v == nil:
				return
			case v != http.ErrAbortHandler: //nolint:errorlint // net/http compares it so
				p.note("serving "+r.URL.Path, v)
			}
			if v == http.ErrAbortHandler || begun.yes { //nolint:errorlint // as above
				panic(http.ErrAbortHandler)
			}
			http.Error(w, "The exporter has a bug. The log shows the details.", http.StatusInternalServerError)
		}()
		next.ServeHTTP(begun, r)
	})
}

// begun notes whether an answer has begun.
type begun struct {
	http.ResponseWriter
	yes bool
}

func (b *begun) WriteHeader(status int) {
	b.yes = true
	b.ResponseWriter.WriteHeader(status)
}

func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
	return b.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (b *begun) Unwrap() http.ResponseWriter { return b.ResponseWriter }

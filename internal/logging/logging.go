// Package logging is how the exporter logs: one kind of line, whoever says it,
// and never at the cost of what the process is for.
package logging

import (
	"io"
	stdlog "log"
	"log/slog"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	sloggokit "github.com/tjhop/slog-gokit"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var linesDropped = &exposition.Metric{
	Name: "prisma_exporter_log_lines_dropped_total", Type: exposition.Counter,
	Help: "Log lines dropped because the reader of the exporter's log was gone or too slow.",
}

// OwnMetrics are what is told of the log.
func OwnMetrics() []*exposition.Metric { return []*exposition.Metric{linesDropped} }

// Register registers what is told of the log. A log of which nothing is known
// has dropped nothing.
func Register(r prometheus.Registerer, dropped func() uint64) {
	r.MustRegister(prometheus.NewCounterFunc(
		prometheus.CounterOpts{Name: linesDropped.Name, Help: linesDropped.Help},
		func() float64 {
			if dropped == nil {
				return 0
			}
			return float64(dropped())
		},
	))
}

// Options are what is logged and how.
type Options struct {
	// Level is the least that is logged: debug, info, warn or error.
	Level string
	// Format is logfmt or json.
	Format string
}

// Loggers are one logger in the three kinds that there are.
type Loggers struct {
	log.Logger
	// Slog is for those libraries that want one.
	Slog *slog.Logger
	// Std is for the standard library. What it says is cut where it would
	// quote what somebody sent.
	Std *stdlog.Logger
}

// New returns loggers that write to w. This is the only place that knows all
// of them.
func New(w io.Writer, o Options) Loggers {
	w = log.NewSyncWriter(w)
	base := log.NewLogfmtLogger(w)
	if o.Format == "json" {
		base = log.NewJSONLogger(w)
	}
	base = level.NewFilter(layout{base}, level.Allow(level.ParseDefault(o.Level, level.InfoValue())))
	logger := log.With(base, "time", log.Valuer(func() any { return time.Now() }))
	return Loggers{
		Logger: logger,
		// The bridge adds time and level by itself and filters by its own
		// leveler, so it gets the logger without these and lets all through.
		Slog: slog.New(sloggokit.NewGoKitHandler(base, slog.LevelDebug)),
		Std:  stdlog.New(standard{logger}, "", 0),
	}
}

// TakeStandard has the standard library's own logger write to ours until
// restore is called. net/http says things there that nobody hands it a logger
// for, such as the bytes of an answer that nobody waited for.
func (l Loggers) TakeStandard() (restore func()) {
	flags, w := stdlog.Flags(), stdlog.Writer()
	stdlog.SetFlags(0)
	stdlog.SetOutput(l.Std.Writer())
	return func() {
		stdlog.SetFlags(flags)
		stdlog.SetOutput(w)
	}
}

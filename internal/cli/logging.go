package cli

import (
	"io"
	"log/slog"

	"github.com/alecthomas/kingpin/v2"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	sloggokit "github.com/tjhop/slog-gokit"
)

// Log is what is logged and how.
type Log struct{ level, format string }

func (l *Log) add(app *kingpin.Application) {
	app.Flag("log.level", "Only log messages with the given severity or above. One of: [debug, info, warn, error]").
		Default("info").EnumVar(&l.level, "debug", "info", "warn", "error")
	app.Flag("log.format", "Output format of log messages. One of: [logfmt, json]").
		Default("logfmt").EnumVar(&l.format, "logfmt", "json")
}

// Loggers returns the logger of the exporter and the same for those of its
// libraries that want another kind. This is the only place that knows both.
func (l Log) Loggers(w io.Writer) (log.Logger, *slog.Logger) {
	w = log.NewSyncWriter(w)
	var base log.Logger = log.NewLogfmtLogger(w)
	if l.format == "json" {
		base = log.NewJSONLogger(w)
	}
	base = level.NewFilter(base, level.Allow(level.ParseDefault(l.level, level.InfoValue())))
	// The bridge adds time, level and caller by itself and filters by its
	// own leveler, so it gets the logger without these and lets all through.
	bridge := slog.New(sloggokit.NewGoKitHandler(base, slog.LevelDebug))
	return log.With(base, "time", log.DefaultTimestampUTC, "caller", log.DefaultCaller), bridge
}

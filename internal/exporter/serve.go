package exporter

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/oklog/run"
)

// stopTimeout bounds the wait for scrapes under way when the exporter stops.
const stopTimeout = 10 * time.Second

// serveUntil serves until ctx ends or serving fails.
func serveUntil(ctx context.Context, server *http.Server, serve func() error, logger log.Logger) error {
	ctx, stop := context.WithCancel(ctx)
	var g run.Group
	g.Add(serve, func(error) {
		level.Info(logger).Log("msg", "Stopping after the running scrapes")
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			level.Warn(logger).Log("msg", "Some scrapes did not get a response", "err", err)
		}
	})
	g.Add(func() error { <-ctx.Done(); return ctx.Err() }, func(error) { stop() })
	err := g.Run()
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

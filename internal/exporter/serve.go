package exporter

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/oklog/run"
)

// stopTimeout bounds the wait for scrapes under way when the exporter stops.
const stopTimeout = 10 * time.Second

// reloadOnSignal reads the configuration again on each SIGHUP.
func reloadOnSignal(ctx context.Context, reload func() error, logger log.Logger) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			if err := reload(); err != nil {
				level.Error(logger).Log("msg", "Configuration is not usable, so what was configured before stays in force", "err", err)
			}
		}
	}
}

// serveUntil serves until ctx ends or serving fails.
func serveUntil(ctx context.Context, server *http.Server, serve func() error, logger log.Logger) error {
	ctx, stop := context.WithCancel(ctx)
	var g run.Group
	g.Add(serve, func(error) {
		level.Info(logger).Log("msg", "Stopping, once the scrapes under way have their answers")
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			level.Warn(logger).Log("msg", "Some scrapes did not get their answers", "err", err)
		}
	})
	g.Add(func() error { <-ctx.Done(); return ctx.Err() }, func(error) { stop() })
	err := g.Run()
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

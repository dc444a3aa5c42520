// Command prisma_exporter serves the alerts and the health of Palo Alto
// Networks Prisma Access tenants as Prometheus metrics.
package main

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/oklog/run"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"
	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
)

// stopTimeout bounds the wait for scrapes under way when the exporter stops.
const stopTimeout = 10 * time.Second

// release is the version of a binary that was not built by make.
//
//go:embed VERSION
var release string

func main() {
	version.Version = cmp.Or(version.Version, strings.TrimSpace(release))
	os.Exit(start(os.Args[1:], os.Stdout, os.Stderr))
}

// start runs the exporter until it is told to stop and returns its exit code.
func start(args []string, stdout, stderr io.Writer) int {
	f, err := parseFlags(args)
	if err != nil {
		fmt.Fprintf(stderr, "prisma_exporter: %s\n", err)
		return 2
	}
	logger, slogger := f.log.loggers(stderr)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	read := f.read
	if f.demo {
		demo, err := startDemo(f, stdout)
		if err != nil {
			level.Error(logger).Log("msg", "The demo does not start", "err", err)
			return 1
		}
		defer demo.stop()
		read = demo.read
	}
	if f.check {
		return checkConfig(ctx, f, read, stdout)
	}
	e, err := newService(f, read, logger)
	if err != nil {
		fmt.Fprintf(stderr, "prisma_exporter: %s\n", err)
		return 2
	}
	defer e.Close()
	level.Info(logger).Log("msg", "Starting prisma_exporter", "version", version.Info(), "build_context", version.BuildContext())
	go reloadOnSignal(ctx, e.store, logger)
	server := &http.Server{Handler: e.handler, ReadHeaderTimeout: 10 * time.Second}
	serve := func() error { return web.ListenAndServe(server, f.web, slogger) }
	if err := serveUntil(ctx, server, serve, logger); err != nil {
		level.Error(logger).Log("msg", "The exporter cannot serve", "err", err)
		return 1
	}
	level.Info(logger).Log("msg", "Stopped")
	return 0
}

// service is the whole exporter, but for its listener.
type service struct {
	handler http.Handler
	store   *config.Store
	fleet   *fleet
	finder  *discovery.Discoverer
}

// newService returns the exporter with the configuration that read returns.
func newService(f *flags, read func() (*config.Config, error), logger log.Logger) (*service, error) {
	registry := newRegistry(f.disableExporter)
	e := &service{fleet: newFleet(f, registry, logger)}
	e.finder = discovery.New(discovery.Options{List: e.fleet.lister, Apply: e.fleet.Apply, Registry: registry, Logger: logger})
	e.store = config.NewStore(registry, read, e.finder.Configure)
	if err := e.store.Reload(); err != nil {
		e.Close()
		return nil, err
	}
	e.handler = newMux(f, e.fleet, e.finder.Settled, e.store, registry, logger)
	return e, nil
}

// Close ends what the exporter does in the background.
func (e *service) Close() {
	e.finder.Close()
	e.fleet.Close()
}

// newRegistry returns the registry of the exporter's own metrics.
func newRegistry(withoutProcess bool) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(versioncollector.NewCollector("prisma_exporter"))
	if !withoutProcess {
		registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	return registry
}

// reloadOnSignal reads the configuration again on each SIGHUP.
func reloadOnSignal(ctx context.Context, store *config.Store, logger log.Logger) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			if err := store.Reload(); err != nil {
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

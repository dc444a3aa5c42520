// Command prisma_exporter serves the alerts and the health of Palo Alto
// Networks Prisma Access tenants as Prometheus metrics.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
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

	"github.com/prisma-exporter/prisma_exporter/client"
	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/config"
)

// stopTimeout bounds the wait for scrapes under way when the exporter stops.
const stopTimeout = 10 * time.Second

func main() {
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

	var tenants []config.Tenant
	if f.demo {
		demo, err := startDemo(f, stdout)
		if err != nil {
			level.Error(logger).Log("msg", "The demo does not start", "err", err)
			return 1
		}
		defer demo.stop()
		tenants = demo.tenants
	} else if tenants, err = f.tenants(); err != nil {
		fmt.Fprintf(stderr, "prisma_exporter: %s\n", err)
		return 2
	}
	if f.check {
		return checkTenants(ctx, f, tenants, stdout)
	}
	level.Info(logger).Log("msg", "Starting prisma_exporter", "version", version.Info(), "build_context", version.BuildContext(), "tenants", len(tenants))

	registry := newRegistry(f.disableExporter)
	options, closeAll, err := newScopes(f, tenants, registry, logger)
	if err != nil {
		level.Error(logger).Log("msg", "A tenant cannot be set up", "err", err)
		return 1
	}
	defer closeAll()
	scopes := make([]*collector.Scope, len(options))
	for i, o := range options {
		scopes[i] = collector.NewScope(o)
	}
	server := &http.Server{Handler: newMux(f, scopes, registry, logger), ReadHeaderTimeout: 10 * time.Second}
	serve := func() error { return web.ListenAndServe(server, f.web, slogger) }
	if err := serveUntil(ctx, server, serve, logger); err != nil {
		level.Error(logger).Log("msg", "The exporter cannot serve", "err", err)
		return 1
	}
	level.Info(logger).Log("msg", "Stopped")
	return 0
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

// newScopes makes what asks for each tenant and sub-tenant, and what ends it.
func newScopes(f *flags, tenants []config.Tenant, registry *prometheus.Registry, logger log.Logger) (scopes []collector.ScopeOptions, closeAll func(), err error) {
	shared := client.NewShared(f.budget, registry)
	metrics := collector.NewMetrics(registry)
	options := f.options
	options.Started = time.Now()
	var clients []*client.Client
	for _, t := range tenants {
		c, err := client.New(client.Options{Tenant: t, Shared: shared, Logger: logger, Timeout: f.apiTimeout})
		if err != nil {
			return nil, nil, err
		}
		clients = append(clients, c)
		subTenants := t.SubTenants
		if len(subTenants) == 0 {
			subTenants = []string{""}
		}
		for _, sub := range subTenants {
			scopes = append(scopes, collector.ScopeOptions{
				Tenant: t.Name, SubTenant: sub, API: c.Scope(sub), Collectors: f.enabled(),
				Options: options, Freshness: f.freshness, Metrics: metrics, Logger: logger,
			})
		}
	}
	return scopes, func() {
		for _, c := range clients {
			c.Close()
		}
	}, nil
}

// serveUntil serves until ctx ends or serving fails.
func serveUntil(ctx context.Context, server *http.Server, serve func() error, logger log.Logger) error {
	var g run.Group
	g.Add(serve, func(error) {
		level.Info(logger).Log("msg", "Stopping, once the scrapes under way have their answers")
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			level.Warn(logger).Log("msg", "Some scrapes did not get their answers", "err", err)
		}
	})
	g.Add(func() error { <-ctx.Done(); return ctx.Err() }, func(error) {})
	err := g.Run()
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

package test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/client"
	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// minutes is for how long calls are counted, some times as long as any answer
// is fresh.
const minutes = 15

// callsByMinute are the calls of each minute in which Prometheus servers scrape
// every 15 seconds, each at its own phase.
func callsByMinute(t *testing.T, phases ...time.Duration) (calls []int) {
	synctest.Test(t, func(t *testing.T) {
		keyFile := filepath.Join(t.TempDir(), "key")
		sim, err := simulator.New(simulator.Options{CallsPerMinute: 1000, Tenants: []simulator.Tenant{{ID: "t", KeyFile: keyFile, Size: benchSize}}})
		if err != nil {
			t.Fatal(err)
		}
		o := parseFlags(t)
		registry := prometheus.NewRegistry()
		api := newInProcess(sim, 50*time.Millisecond)
		c, err := client.New(client.Options{
			Tenant:  config.Tenant{Name: "t", ID: "t", BaseURL: "http://127.0.0.1", APIKeyFile: keyFile, HTTP: config.HTTPDefaults()},
			Process: auth.NewProcess(registry, log.NewNopLogger()), Budget: budget.New(o.Budget), Logger: log.NewNopLogger(), Timeout: o.APITimeout, Transport: api,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		scope := collector.NewScope(collector.ScopeOptions{
			Tenant: "t", API: c.Scope(""), Collectors: o.Collectors, Options: o.CollectorOptions, Freshness: o.Freshness,
			Metrics: collector.NewMetrics(registry), Logger: log.NewNopLogger(),
		})
		var wg sync.WaitGroup
		for _, phase := range phases {
			wg.Go(func() {
				time.Sleep(phase)
				for range minutes * 4 {
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
					if parts := scope.Scrape(ctx, nil, poll.NewPage(true)); len(parts) < 20 {
						t.Errorf("%d parts", len(parts))
					}
					cancel()
					time.Sleep(15 * time.Second)
				}
			})
		}
		wg.Wait()
		for call, n := range sim.Calls() {
			if call.Status != http.StatusOK {
				t.Errorf("%d × %v", n, call)
			}
		}
		for minute := range minutes {
			calls = append(calls, api.perMinute[minute])
		}
	})
	return calls
}

// TestTwoPrometheusCostWhatOneCosts: the API cannot tell an HA pair, whatever
// their phases, from one server.
func TestTwoPrometheusCostWhatOneCosts(t *testing.T) {
	if testing.Short() {
		t.Skip("costs much, and others poll as often")
	}
	total := func(calls []int) (n int) {
		for _, c := range calls {
			n += c
		}
		return n
	}
	show := func(calls []int) string {
		return fmt.Sprintf("%d calls in %d minutes, %.1f a minute, at most %d, of a budget of 600", total(calls), minutes, float64(total(calls))/minutes, slices.Max(calls))
	}
	alone := callsByMinute(t, 0)
	t.Log("one Prometheus:           ", show(alone))
	phases := []time.Duration{14 * time.Second}
	if isDrill() {
		phases = append(phases, 7500*time.Millisecond)
	}
	for _, second := range phases {
		pair := callsByMinute(t, 0, second)
		t.Logf("two, %4.1f seconds apart:  %s", second.Seconds(), show(pair))
		if d := total(pair) - total(alone); d < -len(alone)/2 || d > len(alone)/2 || slices.Max(pair) > 60 {
			t.Errorf("two cost %d calls, one %d", total(pair), total(alone))
		}
	}
}

package test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// broken are the tenants that are not well, and what their API does.
var broken = map[string]func(sim *simulator.Simulator, tenant string){
	"dead":     nil, // nobody listens
	"rejected": nil, // another key
	"silent": func(sim *simulator.Simulator, tenant string) {
		sim.SetFault(simulator.AllQueries, simulator.Fault{Kind: simulator.Hang, Tenant: tenant})
	},
	"tokenless": func(sim *simulator.Simulator, tenant string) {
		sim.SetFault("jwt", simulator.Fault{Kind: simulator.Hang, Tenant: tenant})
	},
	"slow": func(sim *simulator.Simulator, tenant string) {
		sim.SetFault(simulator.AllQueries, simulator.Fault{Kind: simulator.SlowBody, Tenant: tenant})
	},
	"endless": func(sim *simulator.Simulator, tenant string) {
		// Once: up to where the exporter gives up, it is some work for both.
		sim.SetFault("tunnel_list", simulator.Fault{Kind: simulator.EndlessBody, Tenant: tenant, Hits: 1})
	},
	"malformed": func(sim *simulator.Simulator, tenant string) {
		sim.SetFault(simulator.AllQueries, simulator.Fault{Kind: simulator.TruncatedJSON, Tenant: tenant})
	},
	"failing": func(sim *simulator.Simulator, tenant string) {
		f := simulator.BadGateway()
		f.Tenant = tenant
		sim.SetFault(simulator.AllQueries, f)
	},
}

var fiveCollectors = []string{"alerts", "locations", "remote_networks", "service_connections", "tunnels"}

// newBrokenFleet is some healthy tenants and one of each kind of broken ones
// in one process, whose collectors ask the API once a second.
func newBrokenFleet(t *testing.T, healthy int, args ...string) (e *exporter, well, ill []string) {
	t.Helper()
	for i := range healthy {
		well = append(well, fmt.Sprintf("healthy-%02d", i))
	}
	for name := range broken {
		ill = append(ill, name)
	}
	slices.Sort(ill)
	sim, file, _ := newFleetFile(t, append(slices.Concat(ill, well), "last")...)
	t.Cleanup(sim.ClearFaults)
	for name, breaks := range broken {
		if breaks != nil {
			breaks(sim, name)
		}
	}
	edit(t, file, "{name: dead,", "{name: dead, base_url: "+deadURL(t)+",")
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "rejected.key"), []byte("not-the-key"), 0o600); err != nil {
		t.Fatal(err)
	}
	args = append(args, "--config.file="+file, "--api.requests-per-minute=100000",
		"--no-collector.mobile_users", "--no-collector.bandwidth") // which are most of the calls
	for _, name := range fiveCollectors {
		args = append(args, "--collector."+name+".min-interval=1s")
	}
	return newExporter(t, args...), well, ill
}

// complete reports what a page lacks of a healthy tenant, which began to be
// scraped at start.
func complete(t *testing.T, page []byte, tenant string, start time.Time) (lacks string) {
	t.Helper()
	families := parse(t, page)
	fresh := 0
	for _, m := range families["prisma_access_scrape_collector_success"].GetMetric() {
		if m.Label[0].GetValue() == tenant && m.GetGauge().GetValue() != 1 {
			lacks += " success of " + m.Label[2].GetValue()
		}
	}
	for _, m := range families["prisma_access_scrape_collector_last_success_timestamp_seconds"].GetMetric() {
		// A poll may have begun as long ago as an answer is fresh.
		if m.Label[0].GetValue() == tenant && m.GetGauge().GetValue() >= float64(start.Add(-time.Second).UnixMilli())/1000 {
			fresh++
		}
	}
	if want := len(fiveCollectors); fresh != want {
		lacks += fmt.Sprintf(" %d of %d collectors", want-fresh, want)
	}
	for _, name := range []string{"prisma_access_alerts", "prisma_access_site_state", "prisma_access_tunnel_state", "prisma_access_location_state"} {
		if !slices.ContainsFunc(strings.Split(seriesOf(page, tenant), "\n"), func(l string) bool { return strings.HasPrefix(l, name+"{") }) {
			lacks += " " + name
		}
	}
	return lacks
}

// healthyTenants is how many there are beside those that are broken: fewer of them
// in the short form, and fewest under the race detector.
func healthyTenants(all int) int {
	switch {
	case isDrill():
		return all
	case testing.Short():
		return all / 5
	}
	return all * 2 / 5
}

// TestIsolation scrapes all tenants every two seconds, with one of each kind
// of broken beside some that are well: those have all of their series, fresh
// and within the time for a scrape, which is less than that for a request.
func TestIsolation(t *testing.T) { simulate(t, isolation) }

func isolation(t *testing.T) {
	const rounds, interval, timeout = 3, 2 * time.Second, "25"
	e, well, ill := newBrokenFleet(t, healthyTenants(20), "--web.probe-only", "--api.timeout=40s", "--scrape.timeout=30s")
	var mu sync.Mutex
	var took []time.Duration
	over := make(chan struct{})
	var others, healthy sync.WaitGroup
	for _, tenant := range ill {
		others.Go(func() {
			for tick := time.NewTicker(interval); ; {
				_, page := e.get("/probe?target="+tenant, timeoutHeader, "2")
				if tenantsOn(parse(t, page))[tenant+"/"] == 1 && tenant != "endless" {
					t.Errorf("%s is up, so that it shows nothing", tenant)
				}
				select {
				case <-tick.C:
				case <-over:
					return
				}
			}
		})
	}
	for _, tenant := range well {
		healthy.Go(func() {
			tick := time.NewTicker(interval)
			defer tick.Stop()
			for round := range rounds {
				start := time.Now()
				resp, page := e.get("/probe?target="+tenant, timeoutHeader, timeout)
				lacks := complete(t, page, tenant, start)
				mu.Lock()
				took = append(took, time.Since(start))
				mu.Unlock()
				if resp.StatusCode != http.StatusOK || lacks != "" {
					t.Errorf("round %d: %s: %s after %v, lacks%s", round, tenant, resp.Status, time.Since(start), lacks)
				}
				<-tick.C
			}
		})
	}
	healthy.Wait()
	close(over)
	others.Wait()
	slices.Sort(took)
	t.Logf("%d scrapes of healthy tenants: median %v, longest %v", len(took), took[len(took)/2], took[len(took)-1])
}

// TestIsolationOnOnePage: with all tenants on /metrics, the page is there in
// time, and those that are well are complete.
func TestIsolationOnOnePage(t *testing.T) { simulate(t, isolationOnOnePage) }

func isolationOnOnePage(t *testing.T) {
	e, well, _ := newBrokenFleet(t, healthyTenants(10), "--api.timeout=40s", "--scrape.timeout=30s")
	start := time.Now()
	_, page := e.get("/metrics", timeoutHeader, "15")
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("the page took %v", took)
	}
	for _, tenant := range well {
		if lacks := complete(t, page, tenant, start); lacks != "" {
			t.Errorf("%s lacks%s", tenant, lacks)
		}
	}
}

// TestTooManyCallsOfOneSlowAllDown: the API counts by address, so one tenant's
// 429 is everybody's. The others keep what is known of them, and have it fresh
// as soon as that is over.
func TestTooManyCallsOfOneSlowAllDown(t *testing.T) { simulate(t, tooManyCallsOfOneSlowAllDown) }

func tooManyCallsOfOneSlowAllDown(t *testing.T) {
	sim, file, _ := newFleetFile(t, "a", "b", "c")
	e := newExporter(t, "--config.file="+file, "--collector.tunnels.min-interval=0s")
	e.get("/metrics")
	storm := simulator.TooManyCalls("2")
	storm.Tenant = "a"
	sim.SetFault(simulator.AllQueries, storm)
	e.get("/probe?target=a", timeoutHeader, "1")
	asked := calls(sim, "b")["tunnel_list"]
	_, page := e.get("/probe?target=b", timeoutHeader, "1")
	if now := calls(sim, "b")["tunnel_list"]; now != asked {
		t.Errorf("b was asked for %d times right after a 429", now-asked)
	}
	if !strings.Contains(seriesOf(page, "b"), "prisma_access_tunnel_state{") || !strings.Contains(seriesOf(page, "b"), `late{tenant="b",sub_tenant="",collector="tunnels"} 1`) {
		t.Errorf("b has not its last good series, or says that they are fresh:%s", seriesOf(page, "b"))
	}
	sim.ClearFaults()
	start := time.Now()
	ended(t, func() map[string]*dto.MetricFamily {
		_, page = e.get("/probe?target=b", timeoutHeader, "20")
		return parse(t, page)
	})
	if !strings.Contains(seriesOf(page, "b"), `success{tenant="b",sub_tenant="",collector="tunnels"} 1`) {
		t.Errorf("after the storm, b has%s", seriesOf(page, "b"))
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("b waited for %v after the storm", took)
	}
}

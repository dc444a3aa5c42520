package test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/internal/catalog"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator/servicestatus"
)

// newStatusPage serves a simulated service status page, and returns the flags for it.
func newStatusPage(t *testing.T) (page *servicestatus.Simulator, args []string) {
	t.Helper()
	page = servicestatus.New(servicestatus.Options{Still: true})
	server := unstarted(t, page)
	server.Start()
	return page, []string{"--collector.service_status", "--collector.service_status.url=" + server.URL + "/api/v2"}
}

// TestServiceStatusBesideTenants: every family of the page is there, and whether it
// answers touches nothing of a tenant.
func TestServiceStatusBesideTenants(t *testing.T) { simulate(t, serviceStatusBesideTenants) }

func serviceStatusBesideTenants(t *testing.T) {
	page, flags := newStatusPage(t)
	page.PostIncident(servicestatus.Incident{ID: "i", Name: "Outage", Impact: "major", Status: "investigating", Updated: time.Now(), Components: []string{"UK - Prisma Access"}})
	page.PostMaintenance(servicestatus.Maintenance{ID: "m", Name: "Upgrade", Status: "scheduled", Start: time.Now(), End: time.Now()})
	_, args := newSimulator(t)
	args = append(args, append(flags, "--collector.service_status.min-interval=0s")...)
	e := newExporter(t, args...)
	shown := e.families("/metrics")
	for _, m := range catalog.Metrics() {
		if strings.HasPrefix(m.Name, "prisma_sase_") {
			wantFamily(t, shown, m)
		}
	}
	page.Fail(http.StatusNotFound)
	for {
		shown = ended(t, func() map[string]*dto.MetricFamily { return e.families("/metrics") })
		if v := shown["prisma_sase_scrape_success"].GetMetric()[0].GetGauge().GetValue(); v == 0 {
			break
		}
	}
	if v := shown["prisma_access_up"].GetMetric()[0].GetGauge().GetValue(); v != 1 {
		t.Errorf("prisma_access_up is %g while the status page fails", v)
	}
	if shown = e.families("/probe?target=demo"); shown["prisma_sase_scrape_success"] != nil {
		t.Error("the page of a tenant has the service status")
	}
	if shown = e.families("/probe?target=service_status"); shown["prisma_sase_scrape_success"] == nil || shown["prisma_access_up"] != nil {
		t.Error("/probe?target=service_status has something else")
	}
}

// families are those of a page.
func (e *exporter) families(path string) map[string]*dto.MetricFamily {
	e.t.Helper()
	resp, page := e.get(path, timeoutHeader, "8")
	if resp.StatusCode != http.StatusOK {
		e.t.Fatalf("%s: %s: %s", path, resp.Status, page)
	}
	return parse(e.t, page)
}

// TestServiceStatusIsOffByDefault, and so asks nobody.
func TestServiceStatusIsOffByDefault(t *testing.T) {
	page, flags := newStatusPage(t)
	_, args := newSimulator(t)
	shown := newExporter(t, append(args, flags[1:]...)...).families("/metrics")
	if shown["prisma_sase_scrape_success"] != nil || page.Calls() > 0 {
		t.Errorf("asked %d times", page.Calls())
	}
}

// TestCheckOfTheServiceStatus: a row of its own, and a failure that is told as what
// it is. With --config.check.tenant it is not asked.
func TestCheckOfTheServiceStatus(t *testing.T) {
	onlyReads(t)
	page, flags := newStatusPage(t)
	_, args := newSimulator(t)
	code, out := runCheck(t, append(args, flags...)...)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	wantLines(t, out, "Service status", "summary ok 7", "All is well: 2 of 2.")
	page.Fail(http.StatusNotFound)
	code, out = runCheck(t, append(args, flags...)...)
	if code == 0 {
		t.Error("exit code 0 although the page is not there")
	}
	wantLines(t, out, "summary failed 0", "Check --collector.service_status.url", "1 of 2 are OK; failing: service_status")
	calls := page.Calls()
	if code, out = runCheck(t, append(append(args, flags...), "--config.check.tenant=demo")...); code != 0 || page.Calls() != calls {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

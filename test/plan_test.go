package test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestABudgetThatIsTooSmall: the exporter says so at its start, on the page and
// on the status page, asks less often, and fails in nothing.
func TestABudgetThatIsTooSmall(t *testing.T) { simulate(t, budgetThatIsTooSmall) }

func budgetThatIsTooSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("costs much, and others poll as often")
	}
	var names []string
	for i := range 4 {
		names = append(names, fmt.Sprintf("t%d", i))
	}
	sim, file, _ := newFleetFile(t, names...)
	e := newExporter(t, "--config.file="+file, "--api.requests-per-minute=30")
	wantLines(t, e.logs.String(), "the tenants need 40 of 27 calls a minute: data will be up to")
	if _, page := e.get("/"); !strings.Contains(string(page), "40 of 27 calls a minute") {
		t.Error("the status page does not say that the budget is too small")
	}
	scrape := func(d time.Duration) (page string) {
		for range int(d / (30 * time.Second)) {
			_, b := e.get("/metrics")
			page = string(b)
			time.Sleep(30 * time.Second)
		}
		return page
	}
	scrape(5 * time.Minute) // until all have had their first turn
	before, begun := calls(sim, "t0"), time.Now()
	families := parse(t, []byte(scrape(20*time.Minute)))
	for _, m := range families["prisma_exporter_poll_interval_stretch_ratio"].Metric {
		of, ratio := m.Label[0].GetValue(), m.GetGauge().GetValue()
		if (of == "alerts") != (ratio == 1) {
			t.Errorf("intervals of %s are stretched by %v", of, ratio)
		}
	}
	for _, m := range families["prisma_access_scrape_collector_success"].Metric {
		if m.GetGauge().GetValue() != 1 {
			t.Errorf("a collector fails: %v", m)
		}
	}
	after := calls(sim, "t0")
	perHour := func(resource string) float64 {
		return float64(after[resource]-before[resource]) / time.Since(begun).Hours()
	}
	if n := perHour("prisma_sase_external_alerts_current"); n < 60 {
		t.Errorf("alerts were asked for %.0f times an hour", n)
	}
	if n := perHour("tunnel_list"); n < 25 || n > 45 { // 60 for their states and 12 for their traffic, if there were room
		t.Errorf("tunnels were asked for %.0f times an hour, for which there is no room", n)
	}
}

package test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// TestWrongRegion: Insights 3.0 answers a wrong region with no rows, which is no
// all-clear, whether it is wrong from the start or since a reload.
func TestWrongRegion(t *testing.T) {
	simulate(t, func(t *testing.T) {
		file, sim := tenantOf3(t)
		e := newExporter(t, "--config.file="+file, "--collector.alerts.min-interval=0s")
		page := func() map[string]*dto.MetricFamily {
			return ended(t, func() map[string]*dto.MetricFamily {
				_, text := e.get("/probe?target=acme", timeoutHeader, "60")
				return parse(t, text)
			})
		}
		known := func(name string, region string, alerts int) {
			t.Helper()
			families := page()
			success := values(families, "prisma_access_scrape_collector_success", "collector")
			open := len(families["prisma_access_alert_raised_timestamp_seconds"].GetMetric())
			counted := families["prisma_access_alerts"] != nil
			seen := values(families, "prisma_access_rows_seen")[""]
			if good := alerts > 0; good != (success["alerts"] == 1) || good != (success["incidents"] == 1) || good != counted || good != (seen == 1) || open != alerts {
				t.Errorf("%s: success %v, %d open alerts of %d, counted %t, rows seen %v", name, success, open, alerts, counted, seen)
			}
		}
		known("wrong from the start", "europe", 0)
		if !strings.Contains(e.logs.String(), "as it does for a wrong region: check the region and the tenant ID") {
			t.Errorf("the log does not say so:\n%s", e.logs)
		}
		edit(t, file, "region: europe", "region: us")
		e.mustReload()
		known("right since a reload", "us", 3)
		if world, err := sim.World("old", ""); err != nil || world.ClearAlert("alert-0", "Auto") != nil {
			t.Error(err)
		}
		known("one alert is cleared", "us", 2)
		edit(t, file, "region: us", "region: ch")
		e.mustReload()
		known("another one since a reload", "ch", 0)
	})
}

// TestCheckOfAWrongRegion: --config.check says so, and that a region is not known.
func TestCheckOfAWrongRegion(t *testing.T) { simulate(t, checkOfAWrongRegion) }

func checkOfAWrongRegion(t *testing.T) {
	file, _ := tenantOf3(t)
	code, out := runCheck(t, "--config.file="+file)
	if code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	wantLines(t, out, "No answer lists anything of the tenant.", "This API version returns empty answers for a wrong region: check the region and the tenant ID", "0 of 1 are OK")
	edit(t, file, "region: europe", "region: ch")
	_, out = runCheck(t, "--config.file="+file)
	wantLines(t, out, "No answer lists anything of the tenant.", `"ch" is not a known region`)
	edit(t, file, "region: ch", "region: us")
	if code, out = runCheck(t, "--config.file="+file); code != 0 {
		t.Errorf("the right region: exit code %d\n%s", code, out)
	}
}

// tenantOf3 is a tenant of 3.0 with three alerts, in region us, configured for
// another one.
func tenantOf3(t *testing.T) (file string, sim *simulator.Simulator) {
	t.Helper()
	dir := t.TempDir()
	sim, err := simulator.New(simulator.Options{Still: true, Tenants: []simulator.Tenant{{
		ID: "old", TSG: "1000000001", SecretFile: filepath.Join(dir, "secret"), Size: benchSize,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	world, err := sim.World("old", "")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		world.RaiseAlert(simulator.Alert{ID: fmt.Sprint("alert-", i), Severity: "High", Category: "RN"})
	}
	url := serve(t, sim).URL
	file = filepath.Join(dir, "prisma.yml")
	text := "tenants:\n- {name: acme, api: v3, region: europe, tenant_id: '1000000001', client_id: exporter@1000000001.example.com, client_secret_file: secret, base_url: '" + url + "', token_url: '" + url + "/oauth2/access_token'}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, sim
}

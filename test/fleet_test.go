package test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

func TestOtherRoutes(t *testing.T) {
	_, args := newSimulator(t)
	e := newExporter(t, append(args, "--web.telemetry-path=/prisma")...)
	if resp, _ := e.get("/-/ready"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("ready before anything has been polled: %s", resp.Status)
	}
	e.get("/prisma")
	for path, want := range map[string]int{"/": 200, "/prisma": 200, "/-/healthy": 200, "/alerts/": 200, "/alerts/prisma-alerts.rules.yml": 200, "/dashboards/": 200, "/dashboards/overview.json": 200, "/alerts/alerts.go": 404, "/-/ready": 200, "/metrics": 404, "/debug/pprof/": 404, "/favicon.ico": 404} {
		if resp, _ := e.get(path); resp.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, resp.Status, want)
		}
	}
	if _, body := e.get("/"); !strings.Contains(string(body), `href="prisma"`) && !strings.Contains(string(body), `href="/prisma"`) {
		t.Errorf("the first page has no link to the metrics:\n%s", body)
	}
}

// newFleetFile starts a simulated API with some tenants, of which the last has
// two sub-tenants, and writes a configuration file for them.
func newFleetFile(t *testing.T, names ...string) (sim *simulator.Simulator, file string, write func(names ...string)) {
	t.Helper()
	dir := t.TempDir()
	size := simulator.Size{Locations: 2, RemoteNetworks: 2, ServiceConnections: 1, Tunnels: 4, Users: 3, Alerts: 1}
	var tenants []simulator.Tenant
	for _, name := range names {
		tenants = append(tenants, simulator.Tenant{ID: name, Size: size, KeyFile: filepath.Join(dir, name+".key")})
	}
	tenants[len(tenants)-1].SubTenants = map[string]simulator.Size{"north": size, "south": size}
	sim, err := simulator.New(simulator.Options{Tenants: tenants})
	if err != nil {
		t.Fatal(err)
	}
	server := serve(t, sim)
	file = filepath.Join(dir, "tenants.yml")
	write = func(chosen ...string) {
		var b strings.Builder
		fmt.Fprintf(&b, "defaults:\n  base_url: %s\ntenants:\n", server.URL)
		for _, name := range chosen {
			fmt.Fprintf(&b, "  - {name: %[1]s, tenant_id: %[1]s, api_key_file: %[1]s.key, labels: {customer: c-%[1]s}", name)
			if name == names[len(names)-1] { // with the other of the two headers
				b.WriteString(", sub_tenants: [north, south], sub_tenant_header: Prisma-SubTenant, collectors: [alerts, tunnels]")
			}
			b.WriteString("}\n")
		}
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(names...)
	return sim, file, write
}

// tenantsOn are the tenants and sub-tenants that a page has, with their up.
func tenantsOn(families map[string]*dto.MetricFamily) map[string]float64 {
	up := map[string]float64{}
	for _, m := range families["prisma_access_up"].GetMetric() {
		up[m.Label[0].GetValue()+"/"+m.Label[1].GetValue()] = m.GetGauge().GetValue()
	}
	return up
}

// targetGroup is an entry of Prometheus's HTTP service discovery.
type targetGroup struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

func TestManyTenants(t *testing.T) { simulate(t, manyTenants) }

func manyTenants(t *testing.T) {
	_, file, _ := newFleetFile(t, "a", "b", "c")
	e := newExporter(t, "--config.file="+file)
	_, page := e.get("/metrics")
	families := parse(t, page)
	if got, want := fmt.Sprint(tenantsOn(families)), "map[a/:1 b/:1 c/north:1 c/south:1]"; got != want {
		t.Errorf("up is %s, want %s\n%s", got, want, e.logs)
	}
	for _, m := range families["prisma_access_site_state"].Metric {
		if m.Label[0].GetValue() == "c" {
			t.Fatal("tenant c has series of a collector that it leaves out")
		}
	}
	_, body := e.get("/targets")
	var groups []targetGroup
	if err := json.Unmarshal(body, &groups); err != nil || len(groups) != 3 || groups[1].Targets[0] != "b" || groups[1].Labels["customer"] != "c-b" {
		t.Errorf("targets are %s (%v)", body, err)
	}
}

func TestProbe(t *testing.T) { simulate(t, probes) }

func probes(t *testing.T) {
	sim, file, _ := newFleetFile(t, "a", "b", "c")
	e := newExporter(t, "--config.file="+file, "--web.probe-only")
	_, page := e.get("/metrics")
	if families := parse(t, page); families["prisma_access_up"] != nil || families["prisma_exporter_build_info"] == nil {
		t.Error("/metrics has tenants, or is without the exporter")
	}
	resp, page := e.get("/probe?target=c&collect[]=alerts")
	families := parse(t, page)
	if got := fmt.Sprint(tenantsOn(families)); resp.StatusCode != http.StatusOK || got != "map[c/north:1 c/south:1]" || families["prisma_exporter_build_info"] != nil {
		t.Errorf("%s, up is %s", resp.Status, got)
	}
	for call := range sim.Calls() {
		if call.Tenant != "c" {
			t.Errorf("a probe of c asked for %+v", call)
		}
	}
	for query, want := range map[string]string{
		"": "give exactly one target", "?target=": "give exactly one target", "?target=a&target=b": "give exactly one target",
		"?target=nobody": "there is no tenant or company \"nobody\"", "?target=http://127.0.0.1/": "there is no tenant or company",
		"?target=a&collect[]=nonsense": "is not a running collector",
	} {
		if resp, body := e.get("/probe" + query); resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), want) {
			t.Errorf("/probe%s: %s: %s", query, resp.Status, body)
		}
	}
}

// reload posts to the reload route.
func (e *exporter) reload() (int, string) {
	e.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, e.url+"/-/reload", http.NoBody)
	if err != nil {
		e.t.Fatal(err)
	}
	resp, err := e.client.Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	var b strings.Builder
	if err := resp.Write(&b); err != nil {
		e.t.Fatal(err)
	}
	return resp.StatusCode, b.String()
}

// refuses wants a reload to fail for a reason that the log tells and the
// answer does not.
func (e *exporter) refuses(reason string) {
	e.t.Helper()
	code, body := e.reload()
	if code != http.StatusInternalServerError || !strings.Contains(body, "The log shows the reason") || strings.Contains(body, reason) {
		e.t.Errorf("%d: %s", code, body)
	}
	if !strings.Contains(strings.ReplaceAll(e.logs.String(), `\"`, `"`), reason) {
		e.t.Errorf("the log is without %q:\n%s", reason, e.logs)
	}
}

func TestReload(t *testing.T) { simulate(t, reloads) }

func reloads(t *testing.T) {
	sim, file, write := newFleetFile(t, "a", "b", "c")
	write("a", "b")
	e := newExporter(t, "--config.file="+file)
	e.get("/metrics")
	tokens := sim.CallCount("jwt")

	write("a", "c")
	if code, body := e.reload(); code != http.StatusOK {
		t.Fatalf("%d: %s", code, body)
	}
	_, page := e.get("/metrics")
	families := parse(t, page)
	if got, want := fmt.Sprint(tenantsOn(families)), "map[a/:1 c/north:1 c/south:1]"; got != want {
		t.Errorf("up is %s, want %s", got, want)
	}
	if got := sim.CallCount("jwt") - tokens; got != 1 {
		t.Errorf("%d tokens were asked for, want one for c: a keeps its own", got)
	}
	if strings.Contains(string(page), `tenant="b"`) {
		t.Error("b is gone and has series")
	}
	if v := families["prisma_exporter_config_last_reload_successful"].Metric[0].GetGauge().GetValue(); v != 1 {
		t.Errorf("last_reload_successful is %g", v)
	}

	if err := os.WriteFile(file, []byte("tenants:\n  - {name: a, tenant: 1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e.refuses(`tenants.yml:2: tenant a: there is no field "tenant": did you mean tenant_id?`)
	_, page = e.get("/metrics")
	families = parse(t, page)
	if got := len(tenantsOn(families)); got != 3 {
		t.Errorf("a bad file left %d scopes in force, want 3", got)
	}
	if v := families["prisma_exporter_config_last_reload_successful"].Metric[0].GetGauge().GetValue(); v != 0 {
		t.Errorf("last_reload_successful is %g after a bad file", v)
	}
	if resp, _ := e.get("/-/reload"); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET /-/reload: %s", resp.Status)
	}
}

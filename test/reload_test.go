package test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// calls are those that the API had for a tenant, by endpoint.
func calls(sim *simulator.Simulator, tenant string) map[string]int {
	n := map[string]int{}
	for call, count := range sim.Calls() {
		if call.Tenant == tenant {
			n[call.Endpoint] += count
		}
	}
	return n
}

// raised is how many alerts of a tenant a page has counted.
func raised(families map[string]*dto.MetricFamily, tenant string) (sum float64) {
	for _, m := range families["prisma_access_alerts_raised_total"].GetMetric() {
		if m.Label[0].GetValue() == tenant {
			sum += m.GetCounter().GetValue()
		}
	}
	return sum
}

// raise raises an alert of a tenant.
func raise(t *testing.T, sim *simulator.Simulator, tenant string) {
	t.Helper()
	world, err := sim.World(tenant, "")
	if err != nil {
		t.Fatal(err)
	}
	world.RaiseAlert(simulator.Alert{Severity: "High", Category: "RN"})
}

// edit replaces a text of the configuration file.
func edit(t *testing.T, file, from, to string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), from) {
		t.Fatalf("no %q in\n%s", from, b)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(b), from, to)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (e *exporter) mustReload() {
	e.t.Helper()
	if code, body := e.reload(); code != http.StatusOK {
		e.t.Fatalf("%d: %s", code, body)
	}
}

// TestReloadKeepsAnUnchangedTenant: its token, answers and counters, whatever
// happens to others and to its labels.
func TestReloadKeepsAnUnchangedTenant(t *testing.T) { simulate(t, reloadKeepsAnUnchangedTenant) }

func reloadKeepsAnUnchangedTenant(t *testing.T) {
	sim, file, _ := newFleetFile(t, "a", "b", "c")
	edit(t, file, "\ntenants:", "\n  http: {proxy_from_environment: true, tls_config: {server_name: x}}\ntenants:") // compared, too
	e := newExporter(t, "--config.file="+file)
	e.get("/metrics")
	time.Sleep(time.Minute) // what is raised after the start counts
	raise(t, sim, "a")
	e.get("/metrics") // a count is on show as zero first
	time.Sleep(time.Minute)
	_, page := e.get("/metrics")
	before, asked := parse(t, page), calls(sim, "a")
	if raised(before, "a") < 1 || asked["jwt"] != 1 {
		t.Fatalf("%g alerts raised, calls %v", raised(before, "a"), asked)
	}

	edit(t, file, "customer: c-a", "customer: other")
	edit(t, file, "name: b", "name: b2")
	e.mustReload()
	_, page = e.get("/metrics")
	after := parse(t, page)
	if got := raised(after, "a"); got != raised(before, "a") {
		t.Errorf("%g alerts raised after the reload, %g before", got, raised(before, "a"))
	}
	if now := calls(sim, "a"); !maps.Equal(now, asked) {
		t.Errorf("the reload cost calls: %v, before %v", now, asked)
	}
	if strings.Contains(string(page), `tenant="b"`) || !strings.Contains(string(page), `tenant="b2"`) {
		t.Error("b has not become b2")
	}
	if _, body := e.get("/targets"); !strings.Contains(string(body), `"customer":"other"`) {
		t.Errorf("the targets have the old label: %s", body)
	}
	if got := fmt.Sprint(tenantsOn(after)); got != "map[a/:1 b2/:1 c/north:1 c/south:1]" {
		t.Errorf("up is %s", got)
	}
}

// TestReloadReplacesAChangedTenant: with a key file that holds no key of its
// own it has no success, and with the right one again it has.
func TestReloadReplacesAChangedTenant(t *testing.T) { simulate(t, reloadReplacesAChangedTenant) }

func reloadReplacesAChangedTenant(t *testing.T) {
	sim, file, _ := newFleetFile(t, "a", "b", "c")
	e := newExporter(t, "--config.file="+file)
	e.get("/metrics")
	before := calls(sim, "b")
	for i, step := range []struct{ from, to, want string }{
		{"api_key_file: b.key", "api_key_file: a.key", "map[a/:1 b/:0 c/north:1 c/south:1]"},
		{"name: b, tenant_id: b, api_key_file: a.key", "name: b, tenant_id: b, api_key_file: b.key", "map[a/:1 b/:1 c/north:1 c/south:1]"},
	} {
		edit(t, file, step.from, step.to)
		e.mustReload()
		_, page := e.get("/metrics")
		if got := fmt.Sprint(tenantsOn(parse(t, page))); got != step.want {
			t.Errorf("step %d: up is %s, want %s", i, got, step.want)
		}
	}
	if got := calls(sim, "b"); got["jwt"] != before["jwt"]+2 || got["tunnel_list"] <= before["tunnel_list"] {
		t.Errorf("calls are %v, before %v: the changed tenant has to start anew", got, before)
	}
	if got := calls(sim, "a")["jwt"]; got != 1 {
		t.Errorf("%d tokens for a, which is the same all the time", got)
	}
}

// seriesOf are the series of a tenant, each on a line of its own.
func seriesOf(page []byte, tenant string) string {
	var b strings.Builder
	for line := range strings.Lines(string(page)) {
		if strings.Contains(line, fmt.Sprintf("tenant=%q", tenant)) {
			b.WriteString("\n" + strings.TrimSuffix(line, "\n"))
		}
	}
	return b.String()
}

// TestReloadForgetsATenantThatIsGone, also when an answer for it comes later
// that has something to count.
func TestReloadForgetsATenantThatIsGone(t *testing.T) { simulate(t, reloadForgetsATenantThatIsGone) }

func reloadForgetsATenantThatIsGone(t *testing.T) {
	sim, file, write := newFleetFile(t, "a", "b", "c")
	t.Cleanup(sim.ClearFaults)
	e := newExporter(t, "--config.file="+file)
	sim.SetFault("rn_list", simulator.Fault{Kind: simulator.DuplicateRows, Tenant: "b"})
	sim.SetFault("tunnel_list", simulator.Fault{Kind: simulator.Hang, Tenant: "b"})
	_, page := e.get("/metrics", timeoutHeader, "1.5")
	if before := seriesOf(page, "b"); !strings.Contains(before, "\nprisma_exporter_duplicate_rows_total{") || !strings.Contains(before, "\nprisma_access_site_state{") {
		t.Errorf("before the reload, b has\n%s", before)
	}
	write("a", "c")
	e.mustReload()
	sim.SetFault("tunnel_list", simulator.Fault{Kind: simulator.DuplicateRows, Tenant: "b"}) // for whoever asks now
	sim.ClearFaults()
	for range 2 {
		if _, page := e.get("/metrics"); seriesOf(page, "b") != "" {
			t.Errorf("b is gone and has series:%s", seriesOf(page, "b"))
		}
	}
	if resp, _ := e.get("/probe?target=b"); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("/probe?target=b: %s", resp.Status)
	}
}

// TestBadFileSaysWhy in the log, and changes nothing.
func TestBadFileSaysWhy(t *testing.T) {
	_, file, _ := newFleetFile(t, "a", "b", "c")
	e := newExporter(t, "--config.file="+file)
	edit(t, file, "tenant_id: a,", "tenant_id: a/a, colour: red,")
	for _, want := range []string{"tenants.yml:4: tenant a: there is no field", `tenants.yml:4: tenant a: tenant_id: "a/a"`} {
		e.refuses(want)
	}
	if _, body := e.get("/targets"); !strings.Contains(string(body), `["a"]`) {
		t.Errorf("the targets are %s", body)
	}
}

// TestMoveToAServiceAccount: a tenant that moves keeps nothing of its key.
func TestMoveToAServiceAccount(t *testing.T) { simulate(t, moveToAServiceAccount) }

func moveToAServiceAccount(t *testing.T) {
	file := newVersionsFile(t, simulator.Tenant{})
	edit(t, file, "name: v1", "name: acme")
	e := newExporter(t, "--config.file="+file)
	expiry := func() bool {
		_, page := e.get("/metrics")
		return strings.Contains(string(page), `prisma_exporter_credential_expiry_timestamp_seconds{tenant="acme"}`)
	}
	if !expiry() {
		t.Fatal("the key of 1.0 has no end")
	}
	edit(t, file, "name: acme", "name: gone")
	edit(t, file, "name: v3", "name: acme")
	e.mustReload()
	if expiry() {
		t.Error("a service account has the end of the key that was there before")
	}
	if _, page := e.get("/probe?target=acme"); !strings.Contains(string(page), `prisma_access_up{tenant="acme",sub_tenant=""} 1`) {
		t.Errorf("the tenant has moved and is not up\n%s", e.logs)
	}
}

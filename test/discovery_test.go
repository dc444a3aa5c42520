package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// newProvider starts a simulated API with a provider that has tenants below
// it, and returns a configuration file that finds them.
func newProvider(t *testing.T, template string) (sim *simulator.Simulator, file string) {
	t.Helper()
	dir := t.TempDir()
	options := simulator.Options{
		Still: true,
		Providers: []simulator.Provider{
			{TSG: "1000000000", ClientID: "root@1000000000.example", SecretFile: filepath.Join(dir, "root.secret")},
			{TSG: "1000000009", DisplayName: "South", Parent: "1000000000"},
		},
	}
	size := simulator.Size{Locations: 1, RemoteNetworks: 1, Tunnels: 1, Alerts: 1}
	for i, parent := range []string{"1000000000", "1000000000", "1000000009"} {
		options.Tenants = append(options.Tenants, simulator.Tenant{
			ID: fmt.Sprintf("old-%d", i), TSG: fmt.Sprintf("100000000%d", i+1), Parent: parent, DisplayName: fmt.Sprintf("Customer %d & Co", i+1), Size: size,
		})
	}
	sim, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := serve(t, sim)
	t.Cleanup(sim.ClearFaults)
	file = filepath.Join(dir, "tenants.yml")
	text := fmt.Sprintf(`
discovery:
- name: msp
  tsg_id: 1000000000
  client_id: root@1000000000.example
  client_secret_file: root.secret
  base_url: %[1]s
  token_url: %[1]s/oauth2/access_token
  hierarchy: false
  exclude: [1000000009]
  template: {name: "%[2]s", region: us, collectors: [alerts, tunnels], labels: {customer: "{{.DisplayName}}"}}
`, server.URL, template)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return sim, file
}

// awaitTargets waits for /targets to list these tenants and no others.
func (e *exporter) awaitTargets(want ...string) map[string]string {
	e.t.Helper()
	var got []string
	customers := map[string]string{}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		resp, body := e.get("/targets")
		if resp.StatusCode == http.StatusServiceUnavailable {
			continue
		}
		var groups []targetGroup
		if err := json.Unmarshal(body, &groups); err != nil {
			e.t.Fatal(err)
		}
		got = nil
		for _, g := range groups {
			got = append(got, g.Targets[0])
			customers[g.Targets[0]] = g.Labels["customer"]
		}
		if slices.Equal(got, want) {
			return customers
		}
	}
	e.t.Fatalf("the targets are %q, want %q\n%s", got, want, e.logs)
	return nil
}

// TestDiscoveredTenantsAreTenants: their alerts and tunnels come with the
// credential of the provider, and they go when a reload does not find them.
func TestDiscoveredTenantsAreTenants(t *testing.T) { simulate(t, discoveredTenantsAreTenants) }

func discoveredTenantsAreTenants(t *testing.T) {
	sim, file := newProvider(t, "{{.DisplayName}}")
	e := newExporter(t, "--config.file="+file)
	customers := e.awaitTargets("Customer-1---Co", "Customer-2---Co")
	if customers["Customer-1---Co"] != "Customer 1 & Co" {
		t.Errorf("labels are %v", customers)
	}
	_, page := e.get("/metrics")
	text := string(page)
	for _, want := range []string{
		`prisma_access_up{tenant="Customer-1---Co",sub_tenant=""} 1`,
		`prisma_access_tunnel_state{tenant="Customer-2---Co",sub_tenant="",`,
		`prisma_exporter_discovery_success{tenant="msp"} 1`,
		`prisma_exporter_discovery_tenants{tenant="msp"} 2`,
		`prisma_exporter_credential_valid{tenant="msp"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page has no %s\n%s", want, e.logs)
		}
	}

	// Below the child, one is added and one taken away.
	if err := sim.RemoveTenant("old-1"); err != nil {
		t.Fatal(err)
	}
	if err := sim.AddTenant(simulator.Tenant{ID: "old-9", TSG: "1000000004", Parent: "1000000009", DisplayName: "New"}); err != nil {
		t.Fatal(err)
	}
	edit(t, file, "hierarchy: false", "hierarchy: true")
	e.mustReload()
	e.awaitTargets("Customer-1---Co", "Customer-3---Co", "New")
	_, page = e.get("/metrics")
	if seriesOf(page, "Customer-2---Co") != "" || !strings.Contains(string(page), `prisma_access_up{tenant="Customer-3---Co",sub_tenant=""} 1`) {
		t.Errorf("after a tenant went, the page is\n%s", page)
	}
	if strings.Contains(e.logs.String(), sim.Secret("1000000000")) || strings.Contains(string(page), sim.Secret("1000000000")) {
		t.Error("the secret is in the log or on the page")
	}
}

// TestDiscoveryThatFails: the exporter is there all the same, says so, and
// finds the tenants once the provider answers.
func TestDiscoveryThatFails(t *testing.T) { simulate(t, discoveryThatFails) }

func discoveryThatFails(t *testing.T) {
	sim, file := newProvider(t, "{{.ID}}")
	sim.SetFault("list_children", simulator.Status(403))
	e := newExporter(t, "--config.file="+file)
	if resp, body := e.get("/targets"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("before anything is listed, the targets are %s %s", resp.Status, body)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		resp, page := e.get("/metrics")
		if resp.StatusCode != 200 {
			t.Fatalf("the page is %s", resp.Status)
		}
		if strings.Contains(string(page), `prisma_exporter_discovery_success{tenant="msp"} 0`) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("a discovery that fails is not on the page\n%s", page)
		}
	}
	sim.ClearFaults()
	edit(t, file, "hierarchy: false", "hierarchy: true")
	e.mustReload()
	e.awaitTargets("1000000001", "1000000002", "1000000003")
}

// TestCheckPreviewsADiscovery: what would become tenants, and what not and why.
func TestCheckPreviewsADiscovery(t *testing.T) {
	sim, file := newProvider(t, "customer")
	code, out := runCheck(t, "--config.file="+file)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	wantLines(t, out, "Discovery msp below TSG 1000000000", "TENANT TSG API REGION", "customer 1000000001 v3 us",
		"Left out: TSG 1000000002: the name customer is already in use; add {{.ID}} to the template's name",
		"1 tenants. The first one is checked below", "Tenant customer", "tunnels tunnel_list ok 1", "All is well")

	edit(t, file, "exclude: [1000000009]", "exclude: [1000000009, 1000000001, 1000000002]")
	if code, out = runCheck(t, "--config.file="+file); code != 1 {
		t.Errorf("exit code %d for a discovery that finds nothing", code)
	}
	wantLines(t, out, "It found no tenants.")
	sim.SetFault("list_children", simulator.Status(403))
	code, out = runCheck(t, "--config.file="+file)
	if code != 1 {
		t.Errorf("exit code %d for a discovery that fails", code)
	}
	wantLines(t, out, "Discovery msp below TSG 1000000000", "HTTP 403", "Check the TSG ID, the client ID, the client secret and the role")
	if strings.Contains(out, "All is well") || strings.Contains(out, sim.Secret("1000000000")) {
		t.Errorf("the screen says\n%s", out)
	}
}

package test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

const parentTSG = "1000000000"

// childrenIn are a provider of n tenants, every other of which is in Europe, with
// the provider's secret in a folder.
func childrenIn(dir string, n int) simulator.Options {
	options := simulator.Options{
		Still:     true,
		Providers: []simulator.Provider{{TSG: parentTSG, ClientID: "root@example", SecretFile: filepath.Join(dir, "root.secret")}},
	}
	for i := range n {
		one := simulator.Tenant{ID: childName(i), TSG: childTSG(i), Parent: parentTSG, DisplayName: childName(i), Size: simulator.Size{Locations: 1, RemoteNetworks: 2, Tunnels: 2}}
		if i%2 == 1 {
			one.Region = "europe"
		}
		options.Tenants = append(options.Tenants, one)
	}
	return options
}

// newChildren starts a simulated API with a provider of n tenants, every other
// of which is in Europe, and returns a file with that provider.
func newChildren(t *testing.T, n int, block string) (sim *simulator.Simulator, file string) {
	t.Helper()
	dir := t.TempDir()
	sim, err := simulator.New(childrenIn(dir, n))
	if err != nil {
		t.Fatal(err)
	}
	server := serve(t, sim)
	t.Cleanup(sim.ClearFaults)
	file = filepath.Join(dir, "provider.yml")
	text := fmt.Sprintf(`
discovery:
- name: msp
  tsg_id: %[1]s
  client_id: root@example
  client_secret_file: root.secret
  base_url: %[2]s
  token_url: %[2]s/oauth2/access_token
  template: {name: "{{.DisplayName}}", region: us, collectors: [alerts, remote_networks]}
  provider: %[3]s
`, parentTSG, server.URL, block)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return sim, file
}

func childName(i int) string { return fmt.Sprintf("child-%d", i) }
func childTSG(i int) string  { return fmt.Sprintf("10000%05d", i+1) }

func world(t *testing.T, sim *simulator.Simulator, i int) *simulator.World {
	t.Helper()
	w, err := sim.World(childTSG(i), "")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// lacks and has are what a page must and must not have.
func wantPage(t *testing.T, what, page string, has, lacks []string) {
	t.Helper()
	parse(t, []byte(page))
	for _, want := range has {
		if !strings.Contains(page, want) {
			t.Errorf("%s: no %s", what, want)
		}
	}
	for _, no := range lacks {
		if strings.Contains(page, no) {
			t.Errorf("%s: there is %s", what, no)
		}
	}
}

// TestAProviderWatchesItsChildren: what one call tells of all has series of its
// own, a child that stands still is asked for once an hour, and one whose counts
// move at the next scrape.
func TestAProviderWatchesItsChildren(t *testing.T) { simulate(t, providerWatchesItsChildren) }

func providerWatchesItsChildren(t *testing.T) {
	sim, file := newChildren(t, 4, "{}")
	world(t, sim, 1).RaiseAlert(simulator.Alert{ID: "old", Category: "SC"})
	e := newExporter(t, "--config.file="+file)
	e.awaitTargets("child-0", "child-1", "child-2", "child-3", "msp")
	scrapeAfter := func(d time.Duration) string {
		time.Sleep(d)
		_, page := e.get("/metrics", timeoutHeader, "10")
		return string(page)
	}
	scrape := func() string { return scrapeAfter(30 * time.Second) }
	scrape()
	page := scrape()
	wantPage(t, "at the start", page, []string{
		`prisma_access_provider_up{provider="msp"} 1`,
		`prisma_access_provider_children{provider="msp"} 4`,
		`prisma_access_provider_child_info{provider="msp",child="child-1",tsg_id="1000000002",cdl_tenant_id="9000000002",panw_region="eu"} 1`,
		`prisma_access_provider_rows_seen{provider="msp",data_region="europe"} 1`,
		`prisma_access_provider_alerts{provider="msp",child="child-1",data_region="europe"} 1`,
		`prisma_access_provider_alerts_by_node_type{provider="msp",child="child-1",data_region="europe",node_type="service_connection"} 1`,
		`prisma_access_provider_sites{provider="msp",child="child-0",data_region="americas",node_type="remote_network",state="up"} 2`,
		`prisma_access_provider_sites{provider="msp",child="child-0",data_region="americas",node_type="remote_network",state="down"} 0`,
		`prisma_access_provider_gateways{provider="msp",child="child-3",data_region="europe",status="up"} 1`,
		`prisma_access_provider_upgrade_timestamp_seconds{provider="msp",child="child-2",data_region="americas",current_version="PANOS-10.2.4",version="PANOS-10.2.5",upgrade_type="full-upgrade",state="scheduled"} `,
		`prisma_access_provider_license_expiry_timestamp_seconds{provider="msp",child="child-1",data_region="europe",product="RN"} `,
		`prisma_access_provider_license_units{provider="msp",child="child-1",data_region="europe",product="RN",unit="Mbps"} 5000`,
		`prisma_access_provider_unmatched_rows{provider="msp",call="sites",data_region="americas"} 0`,
		`prisma_access_provider_scrape_call_success{provider="msp",call="incidents",data_region="americas"} 1`,
		`prisma_access_up{tenant="child-1",sub_tenant=""} 1`, // which only its own region answers
	}, []string{
		`prisma_access_provider_alerts{provider="msp",child="child-0"`, // no row is not none
		`prisma_access_provider_incidents_raised{`,
	})

	// Nothing moves: the child with an open alert is asked for that every five
	// minutes, and all else waits.
	before := calls(sim, "child-0")["prisma_sase_external_alerts_current"]
	open := calls(sim, "child-1")
	for range 40 {
		page = scrapeAfter(time.Minute)
	}
	if n := calls(sim, "child-0")["prisma_sase_external_alerts_current"] - before; n != 0 {
		t.Errorf("a child that stands still was asked %d times in 40 minutes", n)
	}
	if n := calls(sim, "child-1")["prisma_sase_external_alerts_current"] - open["prisma_sase_external_alerts_current"]; n < 7 || n > 8 {
		t.Errorf("a child with an open alert was asked for alerts %d times in 40 minutes", n)
	}
	if n := calls(sim, "child-1")["rn_list"] - open["rn_list"]; n != 0 {
		t.Errorf("a child with an open alert was asked for its sites %d times in 40 minutes", n)
	}
	wantPage(t, "after 40 minutes", page, []string{
		`prisma_access_scrape_collector_success{tenant="child-0",sub_tenant="",collector="alerts"} 1`,
		`prisma_access_scrape_collector_late{tenant="child-0",sub_tenant="",collector="alerts"} 0`,
		`prisma_access_scrape_collector_planned_interval_seconds{tenant="child-0",sub_tenant="",collector="alerts"} 3`, // some hour
		`prisma_access_site_state{tenant="child-0"`,
	}, nil)

	// An alert is raised: the counts move, and the child is asked at once.
	world(t, sim, 0).RaiseAlert(simulator.Alert{ID: "new"})
	shown := 0
	for i := range 10 {
		if page = scrape(); strings.Contains(page, `alert_id="new"`) {
			shown = i + 1
			break
		}
	}
	if shown == 0 || shown > 4 {
		t.Errorf("the alert is shown after %d scrapes, 30 seconds apart, want it within two minutes", shown)
	}
	if err := world(t, sim, 0).ClearAlert("new", ""); err != nil {
		t.Fatal(err)
	}
	for range 7 {
		page = scrapeAfter(time.Minute)
	}
	wantPage(t, "seven minutes after it was cleared", page, nil, []string{`prisma_access_alert_info{tenant="child-0"`})
	before = calls(sim, "child-0")["prisma_sase_external_alerts_current"]
	for range 30 {
		scrapeAfter(time.Minute)
	}
	if n := calls(sim, "child-0")["prisma_sase_external_alerts_current"] - before; n != 2 {
		t.Errorf("a child whose alert was cleared was asked for alerts %d times in the next half hour, want it twice and no more", n)
	}
	if _, status := e.get("/?tenant=msp"); !strings.Contains(string(status), `<p>Children: <a href="?tenant=child-0">child-0</a>`) {
		t.Error("the provider's page does not lead to its children")
	}
}

// TestAChildThatIsProbedAlone: its counts are known all the same, as where another
// exporter has the provider.
func TestAChildThatIsProbedAlone(t *testing.T) { simulate(t, childThatIsProbedAlone) }

func childThatIsProbedAlone(t *testing.T) {
	sim, file := newChildren(t, 2, "{}")
	e := newExporter(t, "--config.file="+file, "--web.probe-only")
	e.awaitTargets("child-0", "child-1", "msp")
	probe := func() string {
		time.Sleep(30 * time.Second)
		_, page := e.get("/probe?target=child-0", timeoutHeader, "10")
		return string(page)
	}
	for range 20 {
		probe()
	}
	world(t, sim, 0).RaiseAlert(simulator.Alert{ID: "new"})
	for i := range 5 {
		if strings.Contains(probe(), `alert_id="new"`) {
			return
		}
		if i == 4 {
			t.Error("two minutes after an alert was raised, it is not shown")
		}
	}
}

// TestAProviderThatKnowsNothing: a wrong region is unknown and not well, a
// region that answers does not hide one that fails, and children of a provider
// that is not drilled are no tenants.
func TestAProviderThatKnowsNothing(t *testing.T) { simulate(t, providerThatKnowsNothing) }

func providerThatKnowsNothing(t *testing.T) {
	sim, file := newChildren(t, 2, "{regions: [sg], drill_down: false}")
	e := newExporter(t, "--config.file="+file)
	e.awaitTargets("msp")
	e.get("/metrics", timeoutHeader, "10")
	_, page := e.get("/probe?target=msp", timeoutHeader, "10")
	wantPage(t, "in a wrong region", string(page), []string{
		`prisma_access_provider_up{provider="msp"} 0`,
		`prisma_access_provider_rows_seen{provider="msp",data_region="sg"} 0`,
		`prisma_access_provider_children{provider="msp"} 2`,
	}, []string{"prisma_access_provider_sites{", `prisma_access_up{`})

	edit(t, file, "regions: [sg]", "regions: [us, eu, sg]")
	e.mustReload()
	for range 3 {
		time.Sleep(time.Minute)
		_, page = e.get("/metrics", timeoutHeader, "10")
	}
	wantPage(t, "in all regions", string(page), []string{
		`prisma_access_provider_up{provider="msp"} 1`,
		`prisma_access_provider_rows_seen{provider="msp",data_region="sg"} 0`,
		`prisma_access_provider_sites{provider="msp",child="child-1",data_region="europe",node_type="remote_network",state="up"} 2`,
	}, []string{`prisma_access_up{`})

	sim.SetFault("aggregate_sites", simulator.Status(403))
	for range 3 {
		time.Sleep(time.Minute)
		_, page = e.get("/metrics", timeoutHeader, "10")
	}
	wantPage(t, "where one call is forbidden", string(page), []string{
		`prisma_access_provider_up{provider="msp"} 1`,
		`prisma_access_provider_scrape_call_success{provider="msp",call="sites",data_region="europe"} 0`,
		`prisma_access_provider_scrape_call_success{provider="msp",call="gateways",data_region="europe"} 1`,
		`prisma_access_provider_sites{provider="msp",child="child-1"`, // until it is too old
	}, nil)
}

// TestCheckOfAProvider: each call in each region, and what it costs.
func TestCheckOfAProvider(t *testing.T) { simulate(t, checkOfAProvider) }

func checkOfAProvider(t *testing.T) {
	sim, file := newChildren(t, 2, "{regions: [us, eu, sg]}")
	code, out := runCheck(t, "--config.file="+file)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	wantLines(t, out, "Discovery msp below TSG 1000000000", "child-1 1000000002 v3 eu", "2 children: its children are watched together, and each by itself when its counts move, at least every 1h0m0s.",
		"Provider msp", "sites americas ok 1 1", "sites sg ok 0 0", "Region sg has no row of any child", "Tenant child-0", "Planned: ", "All is well")
	sim.SetFault("aggregate_hierarchy", simulator.Status(500))
	if code, out = runCheck(t, "--config.file="+file); code != 1 {
		t.Errorf("exit code %d without a hierarchy", code)
	}
	wantLines(t, out, "Without the hierarchy, the children are taken to be in the region of the template", "child-1 1000000002 v3 us")
	sim.ClearFaults()
	sim.SetFault("aggregate_upgrades", simulator.Status(403))
	if code, out = runCheck(t, "--config.file="+file); code != 0 {
		t.Errorf("exit code %d without upgrades", code)
	}
	wantLines(t, out, "upgrades americas forbidden", "All is well")
	sim.SetFault("aggregate_alerts", simulator.Status(403))
	code, out = runCheck(t, "--config.file="+file, "--config.check.tenant=msp")
	if code != 1 || strings.Contains(out, "Tenant child-0") {
		t.Errorf("exit code %d for the provider alone\n%s", code, out)
	}
	wantLines(t, out, "alerts americas forbidden", "Give the provider's service account a role for Aggregate Monitoring")
}

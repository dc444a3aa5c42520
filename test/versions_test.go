package test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// gap is what a page of 3.0 lacks of one of 1.0, as docs/versions.md tells it:
// the lines that the pattern finds are gone or, with blanks, have these labels
// empty.
type gap struct {
	lines  string
	blanks []string
}

// gapsOf3 are all differences that there may be. Each has to be needed.
var gapsOf3 = []gap{
	// Resources that are not known on 3.0.
	{lines: `^prisma_access_bandwidth_allocated_(aggregate_)?bytes_per_second\{`},
	{lines: `^prisma_access_mobile_users_connections\{`},
	// The list of locations has the states of two services.
	{lines: `^prisma_access_location_state\{.*node_type="(mobile_users|explicit_proxy)"`},
	// Columns of sites and tunnels.
	{lines: `^prisma_access_site_aggregate_capacity_bytes_per_second\{.*node_type="service_connection"`},
	{lines: `^prisma_access_site_throughput_bytes_per_second\{.*direction="(ingress|egress)"`},
	{lines: `^prisma_access_site_last_event_timestamp_seconds\{`},
	{lines: `^prisma_access_site_info\{`, blanks: []string{"cloud_provider", "cloud_region", "ipsec_node", "public_ip"}},
	{lines: `^prisma_access_tunnel_.*instance_name="`, blanks: []string{"instance_name"}},
}

// resourcesLacking3 are those that a tenant of 3.0 turns out to lack.
var resourcesLacking3 = []string{
	"current_connected_user_list", "edge_location_current_status/ep_state_instance", "edge_location_current_status/mu_state_instance",
	"rn_bandwidth_allocated",
}

// ofThePoll are the lines that tell of the poll and not of the tenant.
var ofThePoll = regexp.MustCompile(`^prisma_access_scrape_collector_(duration_seconds|last_success_timestamp_seconds)\{`)

// moreThan1 are the lines about what 1.0 does not have.
var moreThan1 = regexp.MustCompile(`^(?:# .*)?prisma_access_(?:site_(bgp)_|location_(?:bandwidth_(peak)|(sites_up))|(incident)|(license))|(?:collector|resource)="(?:(incident)s|(?:subscription_)?(license)s)`)

// TestVersionsGiveTheSamePage: one tenant through 1.0, 2.0 and 3.0, line by
// line.
func TestVersionsGiveTheSamePage(t *testing.T) { simulate(t, versionsGiveTheSamePage) }

func versionsGiveTheSamePage(t *testing.T) {
	onlyReads(t)
	file := newVersionsFile(t, simulator.Tenant{})
	time.Sleep(time.Minute) // what is raised after the start counts
	e := newExporter(t, "--config.file="+file)
	pages, more := map[string][]string{}, map[string][]string{}
	for _, version := range config.VersionNames() {
		_, page := e.get("/probe?target=" + version)
		for line := range strings.SplitSeq(strings.TrimSpace(string(page)), "\n") {
			if name := moreThan1.FindStringSubmatch(line); name != nil {
				more[version] = append(more[version], name[1:]...)
				continue
			}
			if !ofThePoll.MatchString(line) {
				pages[version] = append(pages[version], strings.Replace(line, `tenant="`+version+`"`, `tenant="acme"`, 1))
			}
		}
	}
	if n := len(pages[config.V1]); n < 500 || !slices.ContainsFunc(pages[config.V1], func(line string) bool { return strings.HasPrefix(line, "prisma_access_alert_info{") }) {
		t.Fatalf("the page of 1.0 has %d lines, which shows little\n%s", n, e.logs)
	}
	for version, want := range map[string]string{config.V1: "", config.V2: "incident license", config.V3: "bgp incident license peak sites_up"} {
		got := slices.DeleteFunc(more[version], func(name string) bool { return name == "" })
		slices.Sort(got)
		if got := strings.Join(slices.Compact(got), " "); got != want {
			t.Errorf("%s has %q beside what 1.0 has, want %q", version, got, want)
		}
	}
	compareLines(t, "2.0", pages[config.V2], pages[config.V1])
	compareLines(t, "3.0", pages[config.V3], withGaps(t, pages[config.V1]))
}

// TestGapsAreDocumented: each metric and label that 3.0 lacks is in the table.
func TestGapsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/versions.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| lacks | why |")
	table, _, _ = strings.Cut(table, "\n\n")
	words := regexp.MustCompile(`[a-z_]{5,}`)
	for _, g := range gapsOf3 {
		for _, word := range append(words.FindAllString(strings.ReplaceAll(g.lines, "(aggregate_)?", ""), -1), g.blanks...) {
			if word == "prisma_access_tunnel_" || word == "node_type" || word == "direction" || word == "explicit_proxy" || word == "mobile_users" || word == "service_connection" {
				continue // told in words
			}
			if !strings.Contains(table, word) {
				t.Errorf("the gap %s: the table does not tell of %s", g.lines, word)
			}
		}
	}
	for _, resource := range resourcesLacking3 {
		name, _, _ := strings.Cut(resource, "/")
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("the page does not tell of %s", resource)
		}
	}
}

// newVersionsFile starts a simulated API with one tenant that stands still,
// and writes a configuration that has it once for each version.
func newVersionsFile(t *testing.T, tenant simulator.Tenant) (file string) {
	t.Helper()
	dir := t.TempDir()
	tenant.ID, tenant.TSG, tenant.ClientID = "old-id", "1000000001", "exporter@1000000001.example"
	tenant.KeyFile, tenant.SecretFile = filepath.Join(dir, "key"), filepath.Join(dir, "secret")
	tenant.Size = simulator.Size{Locations: 4, RemoteNetworks: 6, ServiceConnections: 3, Tunnels: 14, Users: 20, Alerts: 5}
	sim, err := simulator.New(simulator.Options{Tenants: []simulator.Tenant{tenant}, Still: true})
	if err != nil {
		t.Fatal(err)
	}
	world, err := sim.World("old-id", "")
	if err != nil {
		t.Fatal(err)
	}
	site := world.Sites()[0]
	world.RaiseAlert(simulator.Alert{Severity: "High", Site: site})
	if err := world.SetSiteState(site, simulator.Down); err != nil {
		t.Fatal(err)
	}
	server := serve(t, sim)
	file = filepath.Join(dir, "tenants.yml")
	text := fmt.Sprintf(`
defaults:
  api_key_file: key
  client_id: exporter@1000000001.example
  client_secret_file: secret
  token_url: %[1]s/oauth2/access_token
tenants:
- {name: v1, tenant_id: old-id, base_url: "%[1]s"}
- {name: v2, api: v2, tenant_id: 1000000001, base_url: "%[1]s"}
- {name: v3, api: v3, tenant_id: 1000000001, base_url: "%[1]s", region: us}
`, server.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// withGaps is a page of 1.0 as 3.0 may show it.
func withGaps(t *testing.T, page []string) []string {
	t.Helper()
	left := slices.Clone(page)
	for _, g := range gapsOf3 {
		pattern, met := regexp.MustCompile(g.lines), false
		left = slices.DeleteFunc(left, func(line string) bool {
			met = met || pattern.MatchString(line)
			return pattern.MatchString(line) && g.blanks == nil
		})
		for i, line := range left {
			if pattern.MatchString(line) {
				left[i] = blanked(line, g.blanks)
			}
		}
		if !met {
			t.Errorf("the gap %s is listed and not there", g.lines)
		}
	}
	for _, resource := range resourcesLacking3 {
		i := slices.IndexFunc(left, func(line string) bool { return strings.Contains(line, `resource="`+resource+`",state="available"`) })
		var states []string // all of them, where one was not available
		for state, value := range map[string]string{"available": "0", "unknown": "0", "missing": "1", "unlicensed": "0", "forbidden": "0"} {
			states = append(states, strings.Replace(strings.TrimSuffix(left[i], "1"), "available", state, 1)+value)
		}
		left = slices.Replace(left, i, i+1, states...)
	}
	return withoutEmptyFamilies(left)
}

func blanked(line string, labels []string) string {
	for _, label := range labels {
		line = regexp.MustCompile(`([{,]`+label+`=)"(\\.|[^"\\])*"`).ReplaceAllString(line, `$1""`)
	}
	return line
}

// withoutEmptyFamilies drops the comments of families that have no line left.
func withoutEmptyFamilies(page []string) []string {
	series := map[string]bool{}
	for _, line := range page {
		name, _, _ := strings.Cut(line, "{")
		series[name] = true
	}
	return slices.DeleteFunc(page, func(line string) bool {
		words := strings.Fields(line)
		return words[0] == "#" && !series[words[2]] && !ofThePoll.MatchString(words[2]+"{")
	})
}

func compareLines(t *testing.T, version string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	for _, line := range got {
		if _, ok := slices.BinarySearch(want, line); !ok {
			t.Errorf("%s alone has\n%s", version, line)
		}
	}
	for _, line := range want {
		if _, ok := slices.BinarySearch(got, line); !ok {
			t.Errorf("%s has no line\n%s", version, line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s has %d lines, want %d", version, len(got), len(want))
	}
}

// TestTenantWithoutTheListOfAlerts: one of 3.0 that has counts in its place.
func TestTenantWithoutTheListOfAlerts(t *testing.T) {
	onlyReads(t)
	file := newVersionsFile(t, simulator.Tenant{Refuse: map[string]simulator.Refusal{"prisma_sase_external_alerts_current": simulator.NotThere}})
	e := newExporter(t, "--config.file="+file)
	_, page := e.get("/probe?target=v3")
	text := string(page)
	for _, want := range []string{
		`prisma_access_alerts_counts_only{tenant="v3",sub_tenant=""} 1`,
		`prisma_access_scrape_collector_success{tenant="v3",sub_tenant="",collector="alerts"} 1`,
		`prisma_access_resource_state{tenant="v3",sub_tenant="",resource="prisma_sase_external_alerts_current",state="missing"} 1`,
		`prisma_access_resource_state{tenant="v3",sub_tenant="",resource="alerts_list",state="available"} 1`,
		`prisma_access_alerts_raised_in_window{tenant="v3",sub_tenant="",alert_sub_tenant="1000000001"} `,
		`prisma_access_alerts_raised_in_window_by_node_type{tenant="v3",sub_tenant="",alert_sub_tenant="1000000001",node_type="mobile_users"} `,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	for _, not := range []string{"prisma_access_alert_raised_timestamp_seconds{", "prisma_access_alerts{", "prisma_access_alerts_raised_total{"} {
		if strings.Contains(text, not) {
			t.Errorf("the page has %s, which nobody knows", not)
		}
	}
	// 1.0 has no counts: there it stays a failure.
	if _, page := e.get("/probe?target=v1"); !strings.Contains(string(page), `prisma_access_scrape_collector_success{tenant="v1",sub_tenant="",collector="alerts"} 0`) {
		t.Error("without counts in its place, a missing list of alerts is no failure")
	}

	code, out := runCheck(t, "--config.file="+file)
	if code != 1 { // because of 1.0 and 2.0
		t.Errorf("exit code %d", code)
	}
	_, out, _ = strings.Cut(out, "Tenant v3")
	wantLines(t, out,
		"alerts prisma_sase_external_alerts_current not there", "alerts alerts_list ok 1",
		"If alerts_list is ok, there are only counts of the raised alerts",
		"mobile_users connected_user_count ok 1",
		"The exporter does not know the following in the tenant's API version", "current_connected_user_list", "configure its path or its columns")
}

package test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// newIncidentsFile starts a simulated API with three tenants of 3.0 that have an
// alert and an incident each, and returns a configuration for them. The API lists
// the alerts of the first alone, and the last may not read its incidents.
func newIncidentsFile(t *testing.T) (file string) {
	t.Helper()
	const alerts = "prisma_sase_external_alerts_current"
	fleet, dir := simulator.Fleet(3, simulator.Size{Locations: 1, RemoteNetworks: 1, Tunnels: 1}), t.TempDir()
	fleet[1].Refuse = map[string]simulator.Refusal{alerts: simulator.NotThere}
	fleet[2].Refuse = map[string]simulator.Refusal{alerts: simulator.NotThere, "incidents": simulator.NotPermitted}
	for i := range fleet {
		fleet[i].SecretFile = filepath.Join(dir, fleet[i].ID+".secret")
	}
	sim, err := simulator.New(simulator.Options{Tenants: fleet, Still: true})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "defaults: {api: v3, region: us, base_url: %[1]q, token_url: \"%[1]s/oauth2/access_token\"}\ntenants:\n", serve(t, sim).URL)
	for i, tenant := range fleet {
		world, err := sim.World(tenant.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		world.RaiseAlert(simulator.Alert{ID: fmt.Sprintf("alert-%d", i)})
		world.RaiseIncident(simulator.Incident{ID: fmt.Sprintf("incident-%d", i), Title: "Site's down"})
		fmt.Fprintf(&text, "  - {name: %s, tenant_id: %q, client_id: %s, client_secret_file: %s}\n", tenant.ID, tenant.TSG, tenant.ClientID, tenant.SecretFile)
	}
	file = filepath.Join(dir, "config.yml")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestSilencesForOpenIncidents: of a tenant whose API does not list its alerts, its
// incidents page, and of one that has both, its alerts alone.
func TestSilencesForOpenIncidents(t *testing.T) {
	code, out, problems := runSilence([]string{"--config.file=" + newIncidentsFile(t)})
	var ids []string
	for line := range strings.Lines(out) {
		ids = append(ids, line[strings.LastIndex(line, " ")+1:len(line)-1])
	}
	if got, want := strings.Join(ids, " "), `'alert_id="alert-0"' 'incident_id="incident-1"'`; got != want {
		t.Errorf("silences %s, want %s\n%s", got, want, out)
	}
	if !strings.Contains(out, `: Site'\''s down (Critical, tenant-0002)' `) {
		t.Errorf("comments in\n%s", out)
	}
	if code != 1 || !strings.Contains(problems, "tenant-0003 (only counted, and it has no incidents)") || strings.Count(problems, "\n") != 1 {
		t.Errorf("exit code %d, problems %s", code, problems)
	}
}

// TestStatusPageHasIncidents: in the place of alerts that the API does not list, and
// beside those that it does.
func TestStatusPageHasIncidents(t *testing.T) { simulate(t, statusPageHasIncidents) }

func statusPageHasIncidents(t *testing.T) {
	onlyReads(t)
	e := newExporter(t, "--config.file="+newIncidentsFile(t))
	e.get("/metrics", timeoutHeader, "8")
	for tenant, want := range map[string][]string{
		"tenant-0001": {`-ink">1 High</span>`, "<dt>Open incidents</dt><dd>1 Critical</dd>"},
		"tenant-0002": {`bad-ink">1 Critical</span>`, "<dt>Open incidents</dt><dd>1 Critical; they page in the place of alerts, which the API does not list</dd>"},
		"tenant-0003": {">alerts unknown</span>", "incidents_search (forbidden)"},
	} {
		_, page := e.get("/?tenant=" + tenant)
		for _, text := range want {
			if !strings.Contains(string(page), text) {
				t.Errorf("%s: no %s in\n%s", tenant, text, page)
			}
		}
	}
}

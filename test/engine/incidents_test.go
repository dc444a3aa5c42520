package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// withoutList are the tenants whose API does not list alerts, of four.
var withoutList = map[int]bool{1: true, 3: true}

// TestIncidentsPageOnce raises 50 alerts and incidents over tenants whose API lists
// alerts, and over some whose API does not: each pages once and resolves once, by
// the one of both that is its tenant's to page on, and by nothing else.
func TestIncidentsPageOnce(t *testing.T) { simulate(t, incidentsPageOnce) }

// hold is longer than anything is held, so that what comes back would have.
const hold = 40 * time.Minute

// raised is an alert or an incident of a tenant.
type raised struct {
	id       string
	incident bool
	world    *simulator.World
	pages    bool
}

func (r raised) raise() {
	if r.incident {
		r.world.RaiseIncident(simulator.Incident{ID: r.id, Code: "INC_TEST", Site: r.id})
		return
	}
	r.world.RaiseAlert(simulator.Alert{ID: r.id, Severity: "Critical", Code: "AL_TEST", Site: r.id})
}

func (r raised) clear() error {
	if r.incident {
		return r.world.ClearIncident(r.id)
	}
	return r.world.ClearAlert(r.id, "")
}

// calledFor is what was sent of alerts and incidents, by their IDs.
type calledFor struct {
	mu sync.Mutex
	by map[string][]string
}

func (c *calledFor) take(n notification) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range n.Alerts {
		if id := a.Labels["alert_id"] + a.Labels["incident_id"]; id != "" {
			c.by[id] = append(c.by[id], n.Receiver+" "+a.Status)
		}
	}
}

// judge wants what pages to have paged and resolved once, and nothing else to have
// been sent.
func (c *calledFor) judge(t *testing.T, all []raised) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	pages := 0
	for _, r := range all {
		want := ""
		if r.pages {
			want = "pager firing, pager resolved"
			pages++
		}
		if got := strings.Join(c.by[r.id], ", "); got != want {
			t.Errorf("%s (an incident: %t): sent %q, want %q", r.id, r.incident, got, want)
		}
		delete(c.by, r.id)
	}
	if len(c.by) > 0 {
		t.Errorf("sent of %v", c.by)
	}
	t.Logf("%d of %d paged, each once", pages, len(all))
}

func incidentsPageOnce(t *testing.T) {
	random := drawn(t)
	calls := calledFor{by: map[string][]string{}}
	th := newTheatre(t, calls.take)
	_, worlds := severalTenants(t, th)
	th.open()
	th.shows(`count(prisma_access_scrape_collector_success{collector="incidents"} == 1) == 4`)
	time.Sleep(2 * longest)

	var all []raised
	for i := range 50 {
		tenant := i % len(worlds)
		// Half of all are of the kind that does not page for the tenant.
		incident := random.IntN(2) == 0
		all = append(all, raised{fmt.Sprintf("r%02d", i), incident, worlds[tenant], incident == withoutList[tenant]})
	}
	wait := func() { time.Sleep(time.Duration(random.Int64N(int64(interval)))) }
	for _, r := range all {
		r.raise()
		wait()
	}
	time.Sleep(hold)
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, r := range all {
		th.must(r.clear())
		wait()
	}
	time.Sleep(hold)

	calls.judge(t, all)
}

// severalTenants are four tenants of 3.0, and the configuration of the exporter. All
// is scraped and evaluated at the longest interval, which costs least.
func severalTenants(t *testing.T, th *theatre) (*simulator.Simulator, []*simulator.World) {
	t.Helper()
	dir := t.TempDir()
	fleet := simulator.Fleet(4, simulator.Size{Locations: 1, RemoteNetworks: 1})
	var text strings.Builder
	text.WriteString("tenants:\n")
	for i := range fleet {
		fleet[i].SecretFile = filepath.Join(dir, fleet[i].ID)
		fmt.Fprintf(&text, "  - {name: %s, api: v3, tenant_id: %q, region: us, base_url: http://127.0.0.1:80, client_id: %s, client_secret_file: %s, token_url: http://127.0.0.1:80/oauth2/access_token, collectors: [alerts, incidents]}\n",
			fleet[i].ID, fleet[i].TSG, fleet[i].ClientID, fleet[i].SecretFile)
	}
	api, err := simulator.New(simulator.Options{Still: true, Tenants: fleet})
	if err != nil {
		t.Fatal(err)
	}
	for i, tenant := range fleet {
		list(api, tenant.ID, !withoutList[i])
	}
	th.network.Serve(t, "127.0.0.1:80", api)
	config := filepath.Join(dir, "config.yml")
	if err := os.WriteFile(config, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	th.args = []string{"--config.file=" + config}
	th.prom.every, th.prom.text = longest, fmt.Sprintf(oneTarget, longest)
	var worlds []*simulator.World
	for _, tenant := range fleet {
		world, err := api.World(tenant.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		worlds = append(worlds, world)
	}
	return api, worlds
}

// list has the API list a tenant's alerts, or not.
func list(api *simulator.Simulator, tenant string, there bool) {
	missing := simulator.APIError(400, "DATA10003")
	missing.Tenant = tenant
	if there {
		api.ClearFault(alertQueries, missing.Kind, tenant)
	} else {
		api.SetFault(alertQueries, missing)
	}
}

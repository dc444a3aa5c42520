package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// labelledTarget has target labels of the names that series have.
const labelledTarget = `
global: {scrape_interval: %[1]s, evaluation_interval: %[1]s}
scrape_configs:
  - job_name: prisma
    honor_labels: %[2]t
    static_configs: [{targets: ["exporter:10058"], labels: {tenant: noc, site: hq, location: attic}}]
`

// TestTargetLabels gives the target labels of its own: with honor_labels nothing
// comes of it, and without somebody is told.
func TestTargetLabels(t *testing.T) {
	const clash = "pager firing: Labels of Prisma metrics are overwritten: set honor_labels (exporter:10058, job prisma)"
	for _, honor := range []bool{true, false} {
		t.Run(fmt.Sprint("honor_labels ", honor), func(t *testing.T) {
			simulate(t, func(t *testing.T) {
				ears, keyFile := &ears{}, filepath.Join(t.TempDir(), "key")
				th := newTheatre(t, ears.take, "--prisma.tenant-id="+tenant, "--prisma.base-url=http://127.0.0.1:80", "--prisma.api-key-file="+keyFile)
				th.prom.text = fmt.Sprintf(labelledTarget, interval, honor)
				api, world := still(t, keyFile)
				th.network.Serve(t, "127.0.0.1:80", api)
				th.open()
				th.shows(`up == 1`)
				th.evaluations(10)
				raise := func(id, site, location string) {
					world.RaiseAlert(simulator.Alert{ID: id, Severity: "High", State: simulator.Raised, Category: "RN", Code: "AL_TEST", Site: site, Location: location})
				}
				raise("1", "berlin", "Germany Central")
				raise("2", "", "Germany Central")
				raise("3", "", "")
				th.evaluations(10)
				heard := ears.heard()
				if !honor {
					if !slices.Contains(heard, clash) {
						t.Errorf("nobody was told of the clash: %v", heard)
					}
					return
				}
				compare(t, "what is told", heard, []string{
					"pager firing: RN site berlin: test (High, acme)",
					"pager firing: RN at Germany Central: test (High, acme)",
					"pager firing: RN: test (High, acme)",
				})
				th.must(world.ClearAlert("1", ""))
				th.evaluations(10)
				compare(t, "what is told then", ears.heard(), []string{"pager resolved: RN site berlin: test (High, acme)"})
			})
		})
	}
}

// parentAndChild are both configured, and both list the child's alerts.
const parentAndChild = `
tenants:
  - {name: parent, tenant_id: acme, api_key_file: %[1]s, base_url: "http://127.0.0.1:80"}
  - {name: child, tenant_id: acme, api_key_file: %[1]s, base_url: "http://127.0.0.1:80", sub_tenants: ["11"]}
`

// TestParentAndChild has a tenant and its sub-tenant list the same alert. It is
// one incident for the pager, and the exporter and a rule say what is wrong.
func TestParentAndChild(t *testing.T) {
	simulate(t, func(t *testing.T) {
		dir := t.TempDir()
		keyFile, file := filepath.Join(dir, "key"), filepath.Join(dir, "tenants.yml")
		ears := &ears{}
		th := newTheatre(t, ears.take, "--config.file="+file)
		th.must(os.WriteFile(file, fmt.Appendf(nil, parentAndChild, keyFile), 0o600))
		api, err := simulator.New(simulator.Options{Still: true, Tenants: []simulator.Tenant{{
			ID: tenant, KeyFile: keyFile, SubTenants: map[string]simulator.Size{"11": {}},
		}}})
		th.must(err)
		th.network.Serve(t, "127.0.0.1:80", api)
		th.open()
		th.shows(`count(prisma_access_up == 1) == 2`)
		th.evaluations(10)
		if log := th.logs.end(); !strings.Contains(log, "tenants parent and child both list the alerts of sub-tenants of tenant acme") {
			t.Errorf("the log does not say that both list the same alerts:\n%s", log)
		}
		for _, sub := range []string{"", "11"} {
			world, err := api.World(tenant, sub)
			th.must(err)
			world.RaiseAlert(simulator.Alert{ID: "1", Severity: "High", State: simulator.Raised, Category: "RN", Code: "AL_RN_SITE_DOWN", Site: "berlin"})
		}
		th.evaluations(20)
		if n := ears.notifications("pager"); n != 1 {
			t.Errorf("the pager is told %d times, want once", n)
		}
		compare(t, "what is told", ears.heard(), []string{
			"pager firing: RN site berlin down: all tunnels (High, child)",
			"pager firing: RN site berlin down: all tunnels (High, parent)",
			"team firing: A second tenant also lists alerts of child",
			"team firing: A second tenant also lists alerts of parent",
		})
	})
}

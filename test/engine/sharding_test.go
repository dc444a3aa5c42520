package engine

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
	"github.com/prisma-exporter/prisma_exporter/test/pipe"
)

// shard counts the probes of each tenant on their way to an exporter.
type shard struct {
	mu     sync.Mutex
	probes map[string]int
}

func (s *shard) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/probe" {
			s.mu.Lock()
			s.probes[r.URL.Query().Get("target")]++
			s.mu.Unlock()
		}
		next.ServeHTTP(w, r)
	})
}

// of is how often a tenant was probed.
func (s *shard) of(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.probes[name]
}

// TestSharding runs the example of docs/sharding.md as it is: each tenant is
// scraped by one of two exporters, and by no other.
func TestSharding(t *testing.T) { simulate(t, sharding) }

func sharding(t *testing.T) {
	var names []string
	for i := range 12 {
		names = append(names, fmt.Sprintf("tenant-%02d", i))
	}
	n := pipe.New()
	api, file := manyTenants(t, n, names)
	shards := [2]*shard{{probes: map[string]int{}}, {probes: map[string]int{}}}
	for i, s := range shards {
		t.Cleanup(export(t, n, fmt.Sprintf("exporter-%d:10058", i), &logs{}, s.before, "--config.file="+file, "--web.probe-only"))
	}
	example, err := os.ReadFile(filepath.Join("..", "..", "deploy", "sharding", "prometheus.yml"))
	if err != nil {
		t.Fatal(err)
	}
	prom := &server{t: t, network: n, dir: t.TempDir(), text: string(example)}
	prom.run()
	time.Sleep(5 * time.Minute)

	counts := [2]int{}
	for i, name := range names {
		scopes := 1
		if i == len(names)-1 {
			scopes = 2 // its sub-tenants
		}
		counts[checkShard(t, prom, shards, name, scopes)]++
	}
	if got := len(prom.query(`up{job="prisma-exporter"} == 1`)); got != len(shards) {
		t.Errorf("%d exporters tell of themselves, want %d", got, len(shards))
	}
	for call, n := range api.Calls() {
		if call.Endpoint == "jwt" && n != 1 {
			t.Errorf("%d tokens for %s, want one: one exporter asks", n, call.Tenant)
		}
	}
	t.Logf("tenants by exporter: %v", counts)
	if counts[0] == 0 || counts[1] == 0 {
		t.Errorf("one exporter has all tenants: %v", counts)
	}
}

// checkShard checks that a tenant is asked for at one exporter and has its
// series once, with its labels. It returns the exporter.
func checkShard(t *testing.T, prom *server, shards [2]*shard, name string, scopes int) int {
	t.Helper()
	at := 0
	if shards[1].of(name) > 0 {
		at = 1
	}
	if n, others := shards[at].of(name), shards[1-at].of(name); n < 9 || others > 0 {
		t.Errorf("%s was scraped %d times by exporter %d and %d times by the other, want ten and none", name, n, at, others)
	}
	for expr, want := range map[string]int{
		fmt.Sprintf(`prisma_access_up{tenant=%q,instance=%[1]q,customer="c-%[1]s"} == 1`, name): scopes,
		fmt.Sprintf(`count by (tenant, sub_tenant) (prisma_access_up{tenant=%q}) > 1`, name):    0,
	} {
		if n := len(prom.query(expr)); n != want {
			t.Errorf("%s has %d series, want %d", expr, n, want)
		}
	}
	return at
}

// manyTenants writes a configuration of tenants that are simulated, the last
// one with two sub-tenants.
func manyTenants(t *testing.T, n *pipe.Network, names []string) (api *simulator.Simulator, file string) {
	t.Helper()
	dir := t.TempDir()
	size := simulator.Size{Locations: 2, RemoteNetworks: 2, ServiceConnections: 1, Tunnels: 4, Users: 3, Alerts: 1}
	var tenants []simulator.Tenant
	var text strings.Builder
	fmt.Fprint(&text, "defaults: {base_url: \"http://127.0.0.1:80\"}\ntenants:\n")
	for i, name := range names {
		tenant := simulator.Tenant{ID: name, Size: size, KeyFile: filepath.Join(dir, name+".key")}
		fmt.Fprintf(&text, "  - {name: %[1]s, tenant_id: %[1]s, api_key_file: %[1]s.key, labels: {customer: c-%[1]s}", name)
		if i == len(names)-1 {
			tenant.SubTenants = map[string]simulator.Size{"north": size, "south": size}
			fmt.Fprint(&text, ", sub_tenants: [north, south], sub_tenant_header: Prisma-SubTenant, collectors: [alerts, tunnels]")
		}
		fmt.Fprint(&text, "}\n")
		tenants = append(tenants, tenant)
	}
	api, err := simulator.New(simulator.Options{Tenants: tenants})
	if err != nil {
		t.Fatal(err)
	}
	n.Serve(t, "127.0.0.1:80", api)
	file = filepath.Join(dir, "tenants.yml")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return api, file
}

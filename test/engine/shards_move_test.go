package engine

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
	"github.com/prisma-exporter/prisma_exporter/test/pipe"
)

// TestShardsMove runs docs/sharding.md over a change of its exporters: a third is
// added, and one is lost. Each child of a provider is scraped by one exporter
// before and after, and its page is neither resolved nor told again by the move.
// The long form has a thousand children.
func TestShardsMove(t *testing.T) {
	n, all := 12, 15*time.Minute
	if os.Getenv("DRILL_HOURS") != "" {
		n, all = 1000, 40*time.Minute
	}
	simulate(t, func(t *testing.T) { shardsMove(t, n, all) })
}

// pager counts the notifications of each alert.
type pager struct {
	mu               sync.Mutex
	firing, resolved map[string]int
	others           map[string]int
}

func (p *pager) take(n notification) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range n.Alerts {
		id := a.Labels["alert_id"]
		switch {
		case id == "":
			p.others[a.Labels["alertname"]+" "+a.Status]++
		case a.Status == "firing":
			p.firing[id]++
		default:
			p.resolved[id]++
		}
	}
}

// wantOnce wants a page for each alert, told once and not resolved.
func (p *pager) wantOnce(t *testing.T, when string, ids []string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		if p.firing[id] != 1 || p.resolved[id] != 0 {
			t.Errorf("%s: %s was told of %d times and resolved %d times", when, id, p.firing[id], p.resolved[id])
		}
	}
	if len(p.firing) != len(ids) {
		t.Errorf("%s: %d alerts were told of, want %d", when, len(p.firing), len(ids))
	}
	t.Logf("%s: %d pages, each told once, none resolved; beside them %v", when, len(p.firing), p.others)
}

// shardsMove plays it with n children, all of which have been asked once in the time
// of all.
func shardsMove(t *testing.T, n int, all time.Duration) {
	network := pipe.New()
	api, file := manyChildren(t, network, n)
	var shards []*shard
	ends := map[int]func(){}
	for i := range 3 {
		s := &shard{probes: map[string]int{}}
		shards = append(shards, s)
		if i < 2 {
			ends[i] = export(t, network, fmt.Sprintf("exporter-%d:10058", i), &logs{}, s.before, "--config.file="+file, "--web.probe-only")
		}
	}
	t.Cleanup(func() {
		for _, end := range ends {
			end()
		}
	})
	pages := &pager{firing: map[string]int{}, resolved: map[string]int{}, others: map[string]int{}}
	prom := &server{t: t, network: network, dir: t.TempDir(), text: modulus(t, 2), rules: slices.Concat(glob(t, "prisma-alerts.rules.yml"), glob(t, "prisma-exporter.rules.yml")), every: time.Minute, send: listen(t, network, pages.take)}
	prom.run()
	time.Sleep(all)
	var ids []string
	for i := range max(4, n/50) {
		child := (7 * i) % n
		w, err := api.World(tsgOf(child), "")
		prom.must(err)
		ids = append(ids, w.RaiseAlert(simulator.Alert{ID: fmt.Sprintf("open-%d", child), Severity: "Critical"}))
	}
	time.Sleep(10 * time.Minute)
	pages.wantOnce(t, "with two exporters", ids)
	wantEachOnce(t, prom, shards, n)

	ends[2] = export(t, network, "exporter-2:10058", &logs{}, shards[2].before, "--config.file="+file, "--web.probe-only")
	prom.reload(modulus(t, 3))
	time.Sleep(all)
	pages.wantOnce(t, "with a third", ids)
	wantEachOnce(t, prom, shards, n)

	ends[2]()
	delete(ends, 2)
	time.Sleep(10 * time.Minute)
	pages.wantOnce(t, "ten minutes after one is lost", ids)
	prom.reload(modulus(t, 2))
	time.Sleep(all)
	pages.wantOnce(t, "with two again", ids)
	wantEachOnce(t, prom, shards, n)
}

// modulus is the example with so many exporters.
func modulus(t *testing.T, n int) string {
	t.Helper()
	example, err := os.ReadFile(filepath.Join("..", "..", "deploy", "sharding", "prometheus.yml"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(example)
	if n == 3 {
		text = strings.ReplaceAll(text, "modulus: 2", "modulus: 3")
		text = strings.ReplaceAll(text, "      - url: http://exporter-1:10058/targets\n", "      - url: http://exporter-1:10058/targets\n      - url: http://exporter-2:10058/targets\n")
		text = strings.ReplaceAll(text, `"exporter-1:10058"]`, `"exporter-1:10058", "exporter-2:10058"]`)
	}
	return text
}

// wantEachOnce wants each child and the provider to be scraped by one exporter,
// in the next five minutes.
func wantEachOnce(t *testing.T, prom *server, shards []*shard, n int) {
	t.Helper()
	for _, s := range shards {
		s.mu.Lock()
		clear(s.probes)
		s.mu.Unlock()
	}
	time.Sleep(5 * time.Minute)
	by := make([]int, len(shards))
	for i := range n + 1 {
		name := childOf(i)
		if i == n {
			name = "msp"
		}
		at := 0
		for k, s := range shards {
			s.mu.Lock()
			if s.probes[name] > 0 {
				at++
				by[k]++
			}
			s.mu.Unlock()
		}
		if at != 1 {
			t.Errorf("%s is scraped by %d exporters", name, at)
		}
	}
	if got := prom.query(`count(prisma_access_up == 1)`); len(got) != 1 || int(got[0].F) != n {
		t.Errorf("%v children are up, want %d", got, n)
	}
	if got := prom.query(`count by (tenant, sub_tenant) (prisma_access_up) > 1`); len(got) != 0 {
		t.Errorf("there twice: %v", got)
	}
	t.Logf("targets by exporter: %v", by)
}

func childOf(i int) string { return fmt.Sprintf("child-%04d", i) }
func tsgOf(i int) string   { return fmt.Sprintf("10000%05d", i+1) }

// manyChildren writes a configuration of a provider whose children are
// simulated.
func manyChildren(t *testing.T, n *pipe.Network, children int) (api *simulator.Simulator, file string) {
	t.Helper()
	dir := t.TempDir()
	options := simulator.Options{Still: true, Providers: []simulator.Provider{{TSG: "1000000000", ClientID: "root@example", SecretFile: filepath.Join(dir, "root.secret")}}}
	for i := range children {
		options.Tenants = append(options.Tenants, simulator.Tenant{
			ID: childOf(i), TSG: tsgOf(i), Parent: "1000000000", DisplayName: childOf(i), Size: simulator.Size{Locations: 1, RemoteNetworks: 1, Tunnels: 1},
		})
	}
	api, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	n.Serve(t, "127.0.0.1:80", http.Handler(api))
	file = filepath.Join(dir, "provider.yml")
	text := `
discovery:
- {name: msp, tsg_id: 1000000000, client_id: root@example, client_secret_file: root.secret, base_url: "http://127.0.0.1:80", token_url: "http://127.0.0.1:80/oauth2/access_token", template: {name: "{{.DisplayName}}", region: us, collectors: [alerts, remote_networks]}, provider: {}}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return api, file
}

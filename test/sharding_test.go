package test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/stack"
)

// shard is an exporter that counts the probes of each tenant.
type shard struct {
	mu     sync.Mutex
	probes map[string]int
}

func (s *shard) ServeHTTP(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if r.URL.Path == "/probe" {
		s.mu.Lock()
		s.probes[r.URL.Query().Get("target")]++
		s.mu.Unlock()
	}
	next.ServeHTTP(w, r)
}

// numbered returns two listeners whose addresses differ in the last digit
// alone, 0 and 1, and what those have in common.
func numbered(t *testing.T) (listeners [2]net.Listener, common string) {
	t.Helper()
	var err error
	for range 100 {
		common = fmt.Sprintf("127.0.0.1:%d", 1100+rand.IntN(2000))
		for i := range listeners {
			if listeners[i], err = new(net.ListenConfig).Listen(t.Context(), "tcp", common+fmt.Sprint(i)); err != nil {
				break
			}
		}
		if err == nil {
			return listeners, common
		}
		if listeners[0] != nil {
			_ = listeners[0].Close() // another pair is next
		}
	}
	t.Fatal(err)
	return listeners, ""
}

// startShards starts two exporters with one configuration.
func startShards(t *testing.T, file string) (shards [2]*shard, common string) {
	t.Helper()
	listeners, common := numbered(t)
	for i, l := range listeners {
		e := newExporter(t, "--config.file="+file, "--web.probe-only")
		target, err := url.Parse(e.url)
		if err != nil {
			t.Fatal(err)
		}
		s := &shard{probes: map[string]int{}}
		proxy := httputil.NewSingleHostReverseProxy(target)
		server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.ServeHTTP(w, r, proxy) })}
		go func() { _ = server.Serve(l) }()      // until it is closed
		t.Cleanup(func() { _ = server.Close() }) // with what it listens on
		shards[i] = s
	}
	return shards, common
}

// startSharding starts Prometheus with the example that is shipped, with other
// addresses and shorter intervals.
func startSharding(ctx context.Context, t *testing.T, exporters string) *stack.Prometheus {
	t.Helper()
	example, err := os.ReadFile("../deploy/sharding/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`exporter-(\$1|[01]):10058`).ReplaceAllString(string(example), exporters+"${1}")
	text = regexp.MustCompile(`: (30|25)s\n`).ReplaceAllString(text, ": 1s\n")
	if strings.Contains(text, "10058") || strings.Count(text, exporters) != 5 || strings.Count(text, ": 1s\n") != 3 {
		t.Fatalf("the example is not as expected:\n%s", text)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	path, err := stack.Tool(ctx, "..", "prometheus", nil)
	if err != nil {
		t.Fatal(err)
	}
	address, err := stack.Address(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	p := &stack.Prometheus{URL: "http://" + address}
	p.Process, err = stack.Start(ctx, dir, p.URL+"/-/ready", path,
		"--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill) // of what it has, nothing is wanted
	return p
}

// scraped are the tenants of Prometheus's targets with the exporters that
// they are scraped at.
func scraped(t *testing.T, prom *stack.Prometheus) map[string][]string {
	t.Helper()
	resp, err := http.Get(prom.URL + "/api/v1/targets?state=active&scrapePool=prisma")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Data struct {
			ActiveTargets []struct{ ScrapeURL string }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	at := map[string][]string{}
	for _, target := range answer.Data.ActiveTargets {
		u, err := url.Parse(target.ScrapeURL)
		if err != nil {
			t.Fatal(err)
		}
		name := u.Query().Get("target")
		at[name] = append(at[name], u.Host)
	}
	return at
}

// awaitSeries waits until a query has so many series.
func awaitSeries(ctx context.Context, t *testing.T, prom *stack.Prometheus, expr string, want int) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		n, err := prom.Query(ctx, expr)
		if err == nil && n == want {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			text, _ := os.ReadFile(prom.Log)
			t.Fatalf("%s has %d series (%v), want %d\n%s", expr, n, err, want, text)
		}
	}
}

// checkShard checks that a tenant is asked for at one exporter and has its
// series once, with its labels.
func checkShard(ctx context.Context, t *testing.T, prom *stack.Prometheus, shards [2]*shard, name string, at, scopes int) {
	t.Helper()
	for i, s := range shards {
		s.mu.Lock()
		if n := s.probes[name]; (n > 0) != (i == at) {
			t.Errorf("exporter %d was asked %d times for %s, which is scraped at %d", i, n, name, at)
		}
		s.mu.Unlock()
	}
	for expr, want := range map[string]int{
		fmt.Sprintf(`prisma_access_up{tenant=%q,instance=%[1]q,customer="c-%[1]s"} == 1`, name): scopes,
		fmt.Sprintf(`count by (tenant, sub_tenant) (prisma_access_up{tenant=%q}) > 1`, name):    0,
	} {
		if n, err := prom.Query(ctx, expr); err != nil || n != want {
			t.Errorf("%s has %d series (%v), want %d", expr, n, err, want)
		}
	}
}

// TestSharding runs the example of docs/sharding.md with a real Prometheus:
// each tenant is scraped once, by one of two exporters.
func TestSharding(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var names []string
	for i := range 12 {
		names = append(names, fmt.Sprintf("tenant-%02d", i))
	}
	sim, file, _ := newFleetFile(t, names...)
	shards, common := startShards(t, file)
	prom := startSharding(ctx, t, common)

	// All tenants have been scraped some times, and so has each exporter.
	awaitSeries(ctx, t, prom, `count_over_time(up{job="prisma"}[1m]) >= 3`, len(names))
	awaitSeries(ctx, t, prom, `up{job="prisma-exporter"} == 1`, len(shards))
	at := scraped(t, prom)
	counts := map[string]int{}
	for _, name := range names {
		if len(at[name]) != 1 {
			t.Fatalf("%s is scraped at %v, want once", name, at[name])
		}
		counts[at[name][0]]++
		scopes := 1
		if name == names[len(names)-1] {
			scopes = 2 // its sub-tenants
		}
		checkShard(ctx, t, prom, shards, name, int(at[name][0][len(common)]-'0'), scopes)
	}
	for call, n := range sim.Calls() {
		if call.Endpoint == "jwt" && n != 1 {
			t.Errorf("%d tokens for %s, want one: one exporter asks", n, call.Tenant)
		}
	}
	t.Logf("tenants by exporter: %v", counts)
	if len(at) != len(names) || len(counts) != 2 {
		t.Errorf("%d tenants at %d exporters, want %d at 2", len(at), len(counts), len(names))
	}
}

// TestShardingIsDocumented: the page shows the example that is shipped.
func TestShardingIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/sharding.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("../deploy/sharding/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	if _, config, _ := strings.Cut(string(example), "---\n"); config == "" || !strings.Contains(string(page), "```yaml\n"+config+"```") {
		t.Error("docs/sharding.md has not what deploy/sharding/prometheus.yml has")
	}
}

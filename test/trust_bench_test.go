package test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// askedBy are the API's endpoints and the collectors that ask them.
var askedBy = map[string][]string{
	"prisma_sase_external_alerts_current": {"alerts"},
	"edge_location_current_status":        {"locations"},
	"rn_list":                             {"remote_networks", "bandwidth"},
	"sc_list":                             {"service_connections", "bandwidth"},
	"tunnel_list":                         {"tunnels", "bandwidth"},
	"tunnel_status":                       {"bandwidth"},
	"rn_bandwidth_allocated":              {"bandwidth"},
	"location_rn_bandwidth":               {"bandwidth"},
	"location_sc_bandwidth":               {"bandwidth"},
	"connected_user_count":                {"mobile_users"},
	"current_connected_user_list":         {"mobile_users"},
	"location_gp_mobile_users_logins":     {"mobile_users"},
}

// benchSize has some of everything, and little of it.
var benchSize = simulator.Size{Locations: 4, RemoteNetworks: 5, ServiceConnections: 2, Tunnels: 12, Users: 9, Alerts: 2}

// trustBench is the real exporter in front of a simulated API, which a test
// makes misbehave.
type trustBench struct {
	*exporter
	// keyFile holds the credential, which key tells and rotate replaces;
	// tokenCall is what the simulator calls the exchange for a token.
	keyFile   string
	key       func() string
	rotate    func() (string, error)
	tokenCall string
	sim       *simulator.Simulator
	api       *httptest.Server
	thief     *thief
	wire      *wire
	before    map[string]*dto.MetricFamily
	scraper   http.Client
	// timeout is when a page has to be there. Scrapes say a second less.
	timeout time.Duration
}

// wire is what lies before the simulator: it remembers every credential that
// passes, and can send it back where it does not belong.
type wire struct {
	http.Handler
	mu      sync.Mutex
	secrets map[string]bool
	echo    func(http.ResponseWriter, *http.Request) bool
}

func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	if _, secret, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok {
		w.secrets[secret] = true
	}
	if _, secret, ok := r.BasicAuth(); ok {
		w.secrets[secret] = true
	}
	echo := w.echo
	w.mu.Unlock()
	if echo == nil || !echo(rw, r) {
		w.Handler.ServeHTTP(rw, r)
	}
}

func (w *wire) setEcho(f func(http.ResponseWriter, *http.Request) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.echo = f
}

func (w *wire) seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.secrets))
}

// newTrustBench starts both. The server is started by start, nil for plain
// HTTP; every scrape polls.
func newTrustBench(t *testing.T, start func(*httptest.Server), args ...string) *trustBench {
	t.Helper()
	return startTrustBench(t, start, "0s", args...)
}

// startTrustBench is newTrustBench with a minimum interval.
func startTrustBench(t *testing.T, start func(*httptest.Server), interval string, args ...string) *trustBench {
	t.Helper()
	keyFile := filepath.Join(t.TempDir(), "key")
	sim, err := simulator.New(simulator.Options{Still: true, Tenants: []simulator.Tenant{{
		ID: simulator.DemoTenant, KeyFile: keyFile, TSG: simulator.DemoTSG, ClientID: "exporter@example", SecretFile: keyFile + ".secret", Size: benchSize,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	b := &trustBench{keyFile: keyFile, tokenCall: "jwt", timeout: 10 * time.Second, sim: sim, wire: &wire{Handler: sim, secrets: map[string]bool{}}}
	b.api = unstarted(t, b.wire)
	b.api.Config.ErrorLog = discardLog
	if start == nil {
		start = (*httptest.Server).Start
	}
	start(b.api)
	b.thief = newThief(t)
	t.Cleanup(sim.ClearFaults)
	world, err := sim.World(simulator.DemoTenant, "")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		world.RaiseAlert(simulator.Alert{ID: fmt.Sprint("alert-", i), Severity: "High", Category: "RN", Site: "somewhere"})
	}
	b.key = func() string { return sim.Key(simulator.DemoTenant) }
	b.rotate = func() (string, error) { return sim.GenerateKey(simulator.DemoTenant) }
	credential := []string{"--prisma.tenant-id=" + simulator.DemoTenant, "--prisma.api-key-file=" + keyFile}
	if slices.Contains(args, "--prisma.api=v3") {
		b.keyFile, b.tokenCall = keyFile+".secret", "oauth2"
		b.key = func() string { return sim.Secret(simulator.DemoTSG) }
		b.rotate = func() (string, error) { return sim.GenerateSecret(simulator.DemoTSG) }
		credential = []string{
			"--prisma.tenant-id=" + simulator.DemoTSG, "--prisma.tenant-name=" + simulator.DemoTenant, "--prisma.region=us", "--prisma.client-id=exporter@example",
			"--prisma.client-secret-file=" + b.keyFile, "--prisma.token-url=" + b.api.URL + "/oauth2/access_token",
		}
	}
	defaults := slices.Concat(credential, []string{
		"--prisma.base-url=" + b.api.URL, "--log.level=debug", "--api.timeout=4s", "--web.disable-exporter-metrics",
	})
	for _, d := range collector.Definitions() {
		defaults = append(defaults, "--collector."+d.Name+".min-interval="+interval)
	}
	for _, d := range defaults {
		name, _, _ := strings.Cut(d, "=")
		if !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, name+"=") }) {
			args = append(args, d)
		}
	}
	b.exporter = newExporter(t, args...)
	b.scraper = scraper(t, false)
	return b
}

// scrape returns a page that is valid and was there in time, once the polls
// that it started have ended.
func (b *trustBench) scrape() map[string]*dto.MetricFamily {
	b.t.Helper()
	return ended(b.t, b.scrapeOnce)
}

func (b *trustBench) scrapeOnce() map[string]*dto.MetricFamily {
	b.t.Helper()
	start := time.Now()
	resp, page := b.get("/metrics", timeoutHeader, strconv.Itoa(int(b.timeout.Seconds())-1))
	// The machine is busy with many of these at once, so what is looked for is
	// a page that waited for the API, not one that waited for the machine.
	if took := time.Since(start); took > 2*b.timeout {
		b.t.Errorf("the page took %s", took)
	}
	if resp.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %s", resp.Status, page)
	}
	b.noLeak("page", string(page))
	return parse(b.t, page)
}

// get asks the exporter over connections that are kept, with headers in pairs.
func (b *trustBench) get(path string, headers ...string) (*http.Response, []byte) {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.url+path, http.NoBody)
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.scraper.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp, page
}

// scrapeWith scrapes with a timeout of its own, in seconds.
func (b *trustBench) scrapeWith(timeout string) {
	b.t.Helper()
	if resp, page := b.get("/metrics", timeoutHeader, timeout); resp.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %s", resp.Status, page)
	}
}

// good polls until everything works, which on a busy machine may not be at
// once.
func (b *trustBench) good() {
	b.t.Helper()
	for range 5 {
		b.before = b.scrape()
		all := values(b.before, "prisma_access_up")[""]
		for _, v := range b.successes(b.before) {
			all = min(all, v)
		}
		if all == 1 {
			return
		}
	}
	if up := values(b.before, "prisma_access_up"); up[""] != 1 {
		b.t.Fatalf("up %v before anything is wrong:\n%s", up, b.logs.String())
	}
	for name, v := range b.successes(b.before) {
		if v != 1 {
			b.t.Fatalf("%s does not succeed before anything is wrong:\n%s", name, b.logs.String())
		}
	}
}

// hideKey keeps the old key in the file while act makes a new one; showKey
// writes the new one.
func (b *trustBench) hideKey(act func()) {
	old, err := os.ReadFile(b.keyFile)
	if err != nil {
		b.t.Fatal(err)
	}
	act()
	b.writeKey(string(old))
}

func (b *trustBench) showKey() { b.writeKey(b.key()) }

func (b *trustBench) writeKey(key string) {
	if err := os.WriteFile(b.keyFile, []byte(key), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// noLeak wants no credential in what anybody can read.
func (b *trustBench) noLeak(where, text string) {
	b.t.Helper()
	for _, secret := range append(b.wire.seen(), b.key()) {
		// Parts of a JWT are as telling as the whole of it.
		for part := range strings.SplitSeq(secret, ".") {
			if len(part) > 10 && strings.Contains(text, part) {
				b.t.Errorf("the %s shows a credential", where)
			}
		}
	}
	for _, word := range []string{"Authorization", "Bearer ", "ApiKey "} {
		if strings.Contains(text, word) {
			b.t.Errorf("the %s shows %q", where, word)
		}
	}
	if panicked(text) {
		b.t.Errorf("the %s shows a panic:\n%s", where, text)
	}
}

// panicked reports whether a page or a log tells of a panic, in words or as the
// metric that counts them.
func panicked(text string) bool {
	text = strings.ReplaceAll(text, "prisma_exporter_panics_total 0\n", "")
	for _, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "panic") && !strings.HasPrefix(line, "# ") {
			return true
		}
	}
	return false
}

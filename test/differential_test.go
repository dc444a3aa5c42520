package test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// How many random worlds are compared: make drill compares many.
const (
	fewWorlds  = 10
	manyWorlds = 200
)

// TestPageAgreesWithTheAnswers compares pages of random worlds, in all versions
// of the API and with values of any kind, with what an oracle makes of the same
// answers. What differs has to have a reason.
func TestPageAgreesWithTheAnswers(t *testing.T) {
	onlyReads(t)
	n := fewWorlds
	if isDrill() {
		n = manyWorlds
	}
	reasons := &tallies{counts: map[string]int{}}
	t.Run("worlds", func(t *testing.T) {
		for seed := range n {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				simulate(t, func(t *testing.T) { newDifferential(t, uint64(seed), reasons).run() })
			})
		}
	})
	t.Logf("%d worlds:\n%s", n, reasons)
}

// tallies count series by what became of them.
type tallies struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *tallies) add(what string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[what] += n
}

func (c *tallies) String() string {
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(c.counts)) {
		fmt.Fprintf(&b, "%8d %s\n", c.counts[what], what)
	}
	return b.String()
}

// differential is one random world, with the exporter in front of it.
type differential struct {
	t       *testing.T
	seed    uint64
	random  *rand.Rand // draws the world
	reasons *tallies
	sim     *simulator.Simulator
	version string
	file    string
	hostile float64 // the share of values that are made another kind of value

	mu        sync.Mutex
	exchanges map[string]exchange
	order     []string
	// failed are the resources that gave no answer, by sub-tenant, and how.
	failed   map[string]string
	elements int  // of the answer at hand, rows or not
	broken   bool // texts that hold JSON are
}

// harmlessFaults are those with which an answer stays one.
var harmlessFaults = []simulator.FaultKind{
	simulator.WrongContentType, simulator.NoHeader, simulator.NestedData, simulator.WrongTypes, simulator.NotRows,
	simulator.BrokenText, simulator.DuplicateRows, simulator.TokenOpaque, simulator.TokenWithoutExpiry,
}

func newDifferential(t *testing.T, seed uint64, reasons *tallies) *differential {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 7))
	dir := t.TempDir()
	d := &differential{
		t: t, seed: seed, random: random, reasons: reasons, version: []string{"v1", "v2", "v3"}[random.IntN(3)], file: filepath.Join(dir, "prisma.yml"),
		exchanges: map[string]exchange{}, failed: map[string]string{},
	}
	if random.IntN(2) == 0 {
		d.hostile = 0.15
	}
	size := func() simulator.Size {
		return simulator.Size{
			Locations: random.IntN(6), RemoteNetworks: random.IntN(8), ServiceConnections: random.IntN(5),
			Tunnels: random.IntN(20), Users: random.IntN(30), Alerts: random.IntN(12),
		}
	}
	tenant := simulator.Tenant{
		ID: "old-id", TSG: "1000000001", KeyFile: filepath.Join(dir, "key"), SecretFile: filepath.Join(dir, "secret"), Seed: random.Uint64(),
		Size: size(), SubTenants: map[string]simulator.Size{}, Refuse: map[string]simulator.Refusal{},
	}
	for i := range random.IntN(3) {
		tenant.SubTenants[fmt.Sprintf("130000000%d", i)] = size()
	}
	for _, resource := range append(slices.Sorted(maps.Keys(askedBy)), "incidents", "licenses") {
		switch random.IntN(12) {
		case 0:
			tenant.Refuse[resource] = simulator.Refusal(1 + random.IntN(3))
		case 1:
			tenant.Nested = append(tenant.Nested, resource)
		}
	}
	sim, err := simulator.New(simulator.Options{
		Tenants: []simulator.Tenant{tenant}, Seed: seed + 1, Still: random.IntN(2) == 0, Speed: []float64{1, 10, 100}[random.IntN(3)],
		TokenLifetime: time.Duration(1+random.IntN(15)) * time.Minute, TokensOutliveKeys: random.IntN(2) == 0, RequireTimeRule: random.IntN(2) == 0,
		CallsPerMinute: []int{0, 1000}[random.IntN(2)],
	})
	if err != nil {
		t.Fatal(err)
	}
	d.sim = sim
	t.Cleanup(sim.ClearFaults)
	d.misbehave()
	d.configure(slices.Sorted(maps.Keys(tenant.SubTenants)), serve(t, d).URL)
	return d
}

// misbehave sets some faults, and a state that nobody knows.
func (d *differential) misbehave() {
	for range d.random.IntN(4) {
		kind := harmlessFaults[d.random.IntN(len(harmlessFaults))]
		resources := slices.Sorted(maps.Keys(askedBy))
		d.sim.SetFault(resources[d.random.IntN(len(resources))], simulator.Fault{Kind: kind})
		d.broken = d.broken || kind == simulator.BrokenText
	}
	if d.random.IntN(4) == 0 {
		d.sim.SetFault("sc_list", simulator.APIError(http.StatusInternalServerError, "REST10001"))
	}
	if d.random.IntN(8) == 0 {
		d.sim.SetFault([]string{"incidents", "licenses"}[d.random.IntN(2)], simulator.APIError(http.StatusInternalServerError, "REST10001"))
	}
	world, err := d.sim.World("old-id", "")
	if err != nil {
		d.t.Fatal(err)
	}
	for _, severity := range []string{"Critical", "Notification", "Fatal", ""} {
		world.RaiseAlert(simulator.Alert{ID: "by-hand-" + severity, Severity: severity, Category: "Space", Message: strings.Repeat("Zürich ", 40), Site: "a\nb\u202Ec"})
	}
	for i := range d.random.IntN(60) {
		world.RaiseIncident(simulator.Incident{
			ID: fmt.Sprintf("by-hand-%02d", i), Severity: []string{"", "critical", "High", "Fatal"}[i%4], Category: []string{"Space", ""}[i%2], Acknowledged: i%3 == 0,
			Status: []string{"", "RaisedChild", simulator.ClearPending, "Cleared", "Raised"}[i%5], Site: "a\nb", Tunnel: "tunnel", BGPPeer: strings.Repeat("Zürich ", 40),
		})
	}
	for i, site := range world.Sites() {
		if state := []simulator.State{"Up", "Down", "Warning", "Dreaming"}[i%4]; world.SetSiteState(site, state) != nil {
			d.t.Errorf("the state of %s cannot be set", site)
		}
	}
}

func (d *differential) configure(subTenants []string, url string) {
	var file strings.Builder
	fmt.Fprintf(&file, "tenants:\n- name: acme\n  base_url: %q\n", url)
	if d.version == "v1" {
		file.WriteString("  tenant_id: old-id\n  api_key_file: key\n")
	} else {
		fmt.Fprintf(&file, "  api: %s\n  tenant_id: \"1000000001\"\n  client_id: exporter@1000000001.example.com\n  client_secret_file: secret\n  token_url: %q\n", d.version, url+"/oauth2/access_token")
	}
	if d.version == "v3" {
		file.WriteString("  region: us\n")
	}
	if len(subTenants) > 0 {
		fmt.Fprintf(&file, "  sub_tenants: ['%s']\n", strings.Join(subTenants, "', '"))
		fmt.Fprintf(&file, "  sub_tenant_header: %s\n", []string{"Prisma-Tenant", "Prisma-SubTenant"}[d.random.IntN(2)])
	}
	if err := os.WriteFile(d.file, []byte(file.String()), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// ServeHTTP answers as the simulator does, but for hostile values, and writes
// down what was asked and answered.
func (d *differential) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := new(bytes.Buffer)
	_, _ = asked.ReadFrom(r.Body)
	r.Body = http.NoBody
	again := r.Clone(r.Context())
	again.Body = readCloser{bytes.NewReader(asked.Bytes())}
	answer := httptest.NewRecorder()
	d.sim.ServeHTTP(answer, again)
	body := answer.Body.Bytes()
	if strings.Contains(r.URL.Path, "/resource/") || strings.Contains(r.URL.Path, "/incidents/") || strings.Contains(r.URL.Path, "/subscription/") {
		body = d.note(r, asked.Bytes(), answer.Code, body)
	}
	maps.Copy(w.Header(), answer.Header())
	w.Header().Del("Content-Length")
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body)
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// note takes in an exchange and returns the answer as it is to be sent.
func (d *differential) note(r *http.Request, asked []byte, status int, body []byte) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	x := exchange{resource: path.Base(r.URL.Path), at: time.Now()}
	if _, sub, ok := strings.Cut(r.Header.Get("Prisma-Tenant"), ":"); ok {
		x.subTenant = sub
	}
	if sub := r.Header.Get("Prisma-SubTenant"); sub != "" {
		x.subTenant = sub
	}
	if err := json.Unmarshal(asked, &x.request); err != nil && r.Method == http.MethodPost {
		d.t.Errorf("asked with %q: %v", asked, err)
	}
	name := x.subTenant + " " + cmp.Or(namesIn3[x.resource], x.resource)
	if status != http.StatusOK {
		d.failed[name] = fmt.Sprintf("HTTP %d %s", status, body)
		return body
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var whole any
	if err := decoder.Decode(&whole); err != nil {
		d.t.Errorf("the simulator answers %q: %v", body, err)
		return body
	}
	answer, enveloped := whole.(map[string]any)
	if !enveloped {
		answer = map[string]any{"data": whole}
	}
	key := fmt.Sprint(x.subTenant, x.resource, string(asked))
	d.elements = 0
	x.rows, x.total = d.rowsIn(answer, d.draws(key)), totalOf(answer)
	if identity := identityOf[x.resource]; d.elements > 0 && !slices.ContainsFunc(x.rows, func(r row) bool { return identity == "" || text(r, identity) != "" }) {
		d.failed[name] = "rows that are about nothing "
	}
	if body, _ = json.Marshal(answer); !enveloped {
		body, _ = json.Marshal(answer["data"])
	}
	if _, there := d.exchanges[key]; !there {
		d.order = append(d.order, key)
	}
	d.exchanges[key] = x
	return body
}

// totalOf is how many rows an answer says that there are on all of its pages.
func totalOf(answer map[string]any) int {
	header, _ := answer["header"].(map[string]any)
	pagination, _ := header["pagination"].(map[string]any)
	n, _ := number(pagination, "total_count")
	return int(n)
}

// draws are those for the answer to one question, whichever is asked first.
func (d *differential) draws(question string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(question))
	return rand.New(rand.NewPCG(d.seed, h.Sum64()))
}

// rowsIn are the rows of an answer in either form, some made hostile.
func (d *differential) rowsIn(answer map[string]any, draws *rand.Rand) (rows []row) {
	elements, _ := answer["data"].([]any)
	for _, element := range elements {
		one, ok := element.(map[string]any)
		if !ok || len(one) == 0 {
			d.elements++
			continue
		}
		if _, nested := one["data"].([]any); nested {
			rows = append(rows, d.rowsIn(one, draws)...)
			continue
		}
		d.elements++
		for _, column := range slices.Sorted(maps.Keys(one)) {
			if draws.Float64() < d.hostile && !identities[column] {
				one[column] = hostileValue(one[column], draws)
			}
		}
		if licenses, ok := one["licenses"].([]any); ok {
			elements := d.elements
			d.rowsIn(map[string]any{"data": licenses}, draws)
			d.elements = elements
		}
		rows = append(rows, one)
	}
	if totalOf(answer) > 0 && len(rows) > 0 && draws.IntN(3) == 0 { // a list that changes while its pages are read
		rows = append(rows, rows[draws.IntN(len(rows))])
		answer["data"] = append(elements, map[string]any(rows[len(rows)-1]))
	}
	return rows
}

// identities are columns without which a row is about nothing.
var identities = map[string]bool{"alert_id": true, "incident_id": true, "license_id": true, "license_type": true, "site_name": true, "tunnel_name": true, "edge_location_display_name": true, "location_name": true}

// identityOf is the column that says what a row is about, where there is one,
// and namesIn3 are the names of 1.0 of what 3.0 calls otherwise.
var (
	identityOf = map[string]string{
		"prisma_sase_external_alerts_current": "alert_id", "rn_list": "site_name", "sc_list": "site_name", "tunnel_list": "tunnel_name",
		"edge_location_current_status": "edge_location_display_name", "noc_location_list_rn_sc": "edge_location_display_name",
		"location_gp_mobile_users_logins": "edge_location_display_name",
	}
	namesIn3 = map[string]string{"noc_location_list_rn_sc": "edge_location_current_status", "current_connected_user_count": "connected_user_count"}
)

// hostileValue is a value in the place of another one.
func hostileValue(v any, draws *rand.Rand) any {
	others := []any{
		nil, json.Number("7"), json.Number("-1"), json.Number("1e400"), json.Number("99999999999999999999"), json.Number("0"), "", "7", " 1 ", "NaN", "Infinity",
		"0x10", "1e3", true,
		[]any{"x"},
		map[string]any{"value": 1},
		"\x1b[2J\u202Eevil", strings.Repeat("東京", 60), "Up", "DOWN", "dreaming", "2026-03-01T10:00:00Z", "2026-03-01 10:00:00 UTC",
	}
	if n, ok := v.(json.Number); ok && draws.IntN(3) == 0 {
		return n.String() // a number in quotes
	}
	return others[draws.IntN(len(others))]
}

// seriesOfPage are the series of a page about what the tenant has.
func seriesOfPage(families map[string]*dto.MetricFamily) map[string]float64 {
	series := map[string]float64{}
	for name, family := range families {
		if aboutPolls.MatchString(name) {
			continue
		}
		for _, m := range family.Metric {
			var labels []string
			for _, l := range m.Label {
				labels = append(labels, l.GetName(), l.GetValue())
			}
			series[seriesName(name, labels)] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return series
}

var aboutPolls = regexp.MustCompile(`^prisma_(access_(scrape_|resource_state$|up$|rows_seen$)|exporter_)`)

func (d *differential) run() {
	args := []string{"--config.file=" + d.file}
	for _, c := range collector.Definitions() {
		args = append(args, "--collector."+c.Name+".min-interval=10m")
	}
	e := newExporter(d.t, args...)
	families := ended(d.t, func() map[string]*dto.MetricFamily {
		_, text := e.get("/probe?target=acme", timeoutHeader, "60")
		return parse(d.t, text)
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	exchanges := make([]exchange, len(d.order))
	for i, key := range d.order {
		exchanges[i] = d.exchanges[key]
	}
	want, got := expected("acme", exchanges), seriesOfPage(families)
	unwell := d.unwell(families)
	for series, v := range want {
		shown, ok := got[series]
		switch reason := d.reason(series, v, unwell); {
		case ok && same(shown, v):
			d.reasons.add("series agree", 1)
		case ok && reason == "first seen now":
			d.reasons.add("differ: "+reason, 1)
		case !ok && reason != "" && reason != "first seen now":
			d.reasons.add("not shown: "+reason, 1)
		default:
			d.t.Errorf("%s of %s: the page has %v (%v), want %v", d.version, series, shown, ok, v)
		}
	}
	for series, v := range got {
		if _, ok := want[series]; ok {
			continue
		}
		reason := d.extra(series, v)
		if reason == "" {
			d.t.Errorf("%s: the page has %s %v, which no answer tells", d.version, series, v)
		}
		d.reasons.add("beyond the answers: "+reason, 1)
	}
	d.reasons.add("worlds of "+d.version, 1)
	if d.t.Failed() {
		d.t.Logf("failed resources %v\n%s", d.failed, e.logs)
	}
}

func same(a, b float64) bool { return a == b || math.Abs(a-b) <= 1e-12*math.Abs(b) }

// unwell are the collectors that failed, by sub-tenant. Each has to have a
// resource that gave no answer.
func (d *differential) unwell(families map[string]*dto.MetricFamily) map[string]bool {
	unwell := map[string]bool{}
	for key, v := range values(families, "prisma_access_scrape_collector_success", "sub_tenant", "collector") {
		sub, name, _ := strings.Cut(key, " ")
		if v == 1 {
			continue
		}
		unwell[key] = true
		why := d.failed[sub+" "+map[string]string{"incidents": "search", "licenses": "licenses"}[name]]
		for resource, asking := range askedBy {
			if how, ok := d.failed[sub+" "+resource]; ok && slices.Contains(asking, name) {
				why = how
			}
		}
		if why == "" && (d.version != "v3" || name != "alerts" && name != "incidents") {
			d.t.Errorf("collector %s of %q fails and all its resources answer", name, sub)
		}
		d.reasons.add("collectors that fail: "+strings.SplitN(why, "{", 2)[0]+name, 1)
	}
	return unwell
}

var labelIn = regexp.MustCompile(`(sub_tenant|node_type)="([^"]*)"`)

// reason is why a series may be missing.
func (d *differential) reason(series string, v float64, unwell map[string]bool) string {
	labels := map[string]string{}
	for _, found := range labelIn.FindAllStringSubmatch(series, -1) {
		labels[found[1]] = found[2]
	}
	name, _, _ := strings.Cut(series, "{")
	for _, c := range collector.Definitions() {
		owns := slices.ContainsFunc(c.Metrics, func(m *exposition.Metric) bool { return m.Name == name })
		if c.Name == "remote_networks" && labels["node_type"] != "remote_network" || c.Name == "service_connections" && labels["node_type"] != "service_connection" {
			owns = false
		}
		if owns && unwell[labels["sub_tenant"]+" "+c.Name] {
			return "the collector failed"
		}
	}
	switch {
	case strings.HasSuffix(name, "_raised_timestamp_seconds") && v == firstSeen:
		return "first seen now"
	case name == "prisma_access_alert_info" && d.broken:
		return "broken JSON in a text, of which the part before the break is shown"
	}
	return ""
}

// extra is why a page may have what no answer tells.
func (d *differential) extra(series string, v float64) string {
	name, _, _ := strings.Cut(series, "{")
	switch name {
	case "prisma_access_incidents", "prisma_access_incidents_raised_total", "prisma_access_incidents_cleared_total", "prisma_access_incidents_dropped",
		"prisma_access_alerts", "prisma_access_alerts_raised_total", "prisma_access_alerts_cleared_total", "prisma_access_alerts_dropped", "prisma_access_alerts_counts_only":
		if v == 0 {
			return "a zero where there is nothing to count"
		}
	case "prisma_access_alert_info":
		if d.broken {
			return "broken JSON in a text, of which the part before the break is shown"
		}
	}
	if strings.HasPrefix(name, "prisma_access_alerts_raised_in_window") || name == "prisma_access_alerts_counts_only" {
		return "counts in the place of alerts, which 3.0 lacks"
	}
	return ""
}

package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/internal/catalog"
	"github.com/prisma-exporter/prisma_exporter/internal/demo"
	whole "github.com/prisma-exporter/prisma_exporter/internal/exporter"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator/capacity"
)

// capacityBench is the real exporter in front of a simulated capacity
// platform.
type capacityBench struct {
	*exporter
	platform *capacity.Simulator
	wire     *wire
	file     string // the configuration
	dir      string // of the token files
}

// newCapacityBench starts both, with a company of each name and no tenant.
// Every scrape polls, unless args say otherwise.
func newCapacityBench(t *testing.T, names []string, args ...string) *capacityBench {
	t.Helper()
	b := &capacityBench{dir: t.TempDir()}
	var companies []capacity.Company
	for _, name := range names {
		companies = append(companies, capacity.Company{Name: name, TokenFile: b.tokenFile(name)})
	}
	platform, err := capacity.New(capacity.Options{Companies: companies})
	if err != nil {
		t.Fatal(err)
	}
	b.platform = platform
	b.wire = &wire{Handler: platform, secrets: map[string]bool{}}
	server := unstarted(t, b.wire)
	server.Config.ErrorLog = discardLog
	server.Start()
	t.Cleanup(platform.ClearFaults)
	b.file = filepath.Join(b.dir, "tenants.yml")
	var text strings.Builder
	text.WriteString("capacity:\n")
	for _, name := range names {
		fmt.Fprintf(&text, "  - {name: %[1]s, base_url: %[2]s, token_file: %[1]s.token, labels: {team: %[1]s-team}}\n", name, server.URL)
	}
	b.configure(t, text.String())
	if len(args) == 0 {
		args = []string{"--capacity.min-interval=0s"}
	}
	b.exporter = newExporter(t, append([]string{"--config.file=" + b.file, "--log.level=debug", "--api.timeout=2s"}, args...)...)
	return b
}

func (b *capacityBench) tokenFile(name string) string { return filepath.Join(b.dir, name+".token") }

func (b *capacityBench) configure(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(b.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// scrape returns the page, which is valid and tells nothing of any token.
func (b *capacityBench) scrape() map[string]*dto.MetricFamily {
	b.t.Helper()
	return ended(b.t, b.scrapeOnce)
}

func (b *capacityBench) scrapeOnce() map[string]*dto.MetricFamily {
	b.t.Helper()
	resp, page := b.get("/metrics", timeoutHeader, "8")
	if resp.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %s", resp.Status, page)
	}
	b.noLeak("page", string(page))
	return parse(b.t, page)
}

// noLeak wants no part of a token in what anybody can read.
func (b *capacityBench) noLeak(where, text string) {
	b.t.Helper()
	for _, token := range b.wire.seen() {
		for part := range strings.SplitSeq(token, ".") {
			if len(part) > 10 && strings.Contains(text, part) {
				b.t.Errorf("the %s shows a token:\n%s", where, text)
			}
		}
	}
	for _, word := range []string{"Authorization", "Bearer "} {
		if strings.Contains(text, word) {
			b.t.Errorf("the %s shows %q:\n%s", where, word, text)
		}
	}
	if panicked(text) {
		b.t.Errorf("the %s shows a panic:\n%s", where, text)
	}
}

// shows wants a value of a metric of a company.
func (b *capacityBench) shows(page map[string]*dto.MetricFamily, company, name string, want float64) {
	b.t.Helper()
	if got, ok := values(page, "prisma_capacity_"+name, "company")[company]; !ok || got != want {
		b.t.Errorf("%s of %s is %g (there: %t), want %g\n%s", name, company, got, ok, want, b.logs)
	}
}

// TestCompanyHasEveryFamily, with the labels that the catalogue says, from a
// file without any tenant.
func TestCompanyHasEveryFamily(t *testing.T) { simulate(t, companyHasEveryFamily) }

func companyHasEveryFamily(t *testing.T) {
	b := newCapacityBench(t, []string{"gas"})
	page := b.scrape()
	for _, m := range catalog.Metrics() {
		if strings.HasPrefix(m.Name, "prisma_capacity_") {
			wantFamily(t, page, m)
		}
	}
	b.shows(page, "gas", "up", 1)
	b.shows(page, "gas", "token_valid", 1)
	b.shows(page, "gas", "token_readable", 1)
	b.shows(page, "gas", "token_number", 1)
	if n := len(page["prisma_capacity_records"].Metric); n != 4 {
		t.Errorf("records of %d resources", n)
	}
	for name := range page {
		if strings.HasPrefix(name, "prisma_access_") {
			t.Errorf("there is no tenant, and the page has %s", name)
		}
	}
}

// TestTokenRotationDrill: a colleague generates a new token, which is written
// into the file some scrapes later. In between the page says so, with the last
// good records, and the platform is left alone.
func TestTokenRotationDrill(t *testing.T) { simulate(t, tokenRotationDrill) }

func tokenRotationDrill(t *testing.T) {
	b := newCapacityBench(t, []string{"gas", "power"})
	for number := 2; number < 5; number++ {
		b.scrape()
		before := b.platform.TokenRefusals()
		if _, err := b.platform.GenerateToken("gas"); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			page := b.scrape()
			b.shows(page, "gas", "token_valid", 0)
			b.shows(page, "gas", "up", 0)
			b.shows(page, "power", "up", 1)
			if n := len(page["prisma_capacity_records"].Metric); n != 8 {
				t.Errorf("records of %d resources", n)
			}
		}
		if n := b.platform.TokenRefusals() - before; n < 1 || n > 4 {
			t.Errorf("%d refused calls while the token was void, want one for each resource at most", n)
		}
		if err := b.platform.WriteToken("gas"); err != nil {
			t.Fatal(err)
		}
		page := b.scrape() // the very next one
		b.shows(page, "gas", "token_valid", 1)
		b.shows(page, "gas", "up", 1)
		b.shows(page, "gas", "token_number", float64(number))
	}
	b.noLeak("log", b.logs.String())
	if n := strings.Count(b.logs.String(), "The API rejects the token"); n != 3 {
		t.Errorf("three ends of a token are said %d times", n)
	}
}

// TestCapacityFaults: whatever a resource does, the others go on, and only a
// 401 is about the token. A 429 is about the host: those that were not asked before
// it came wait as well.
func TestCapacityFaults(t *testing.T) {
	for name, c := range map[string]struct {
		fault capacity.Fault
		fine  bool
	}{
		"400":                {capacity.Status(400), false},
		"403":                {capacity.Status(403), false},
		"404":                {capacity.Status(404), false},
		"429":                {capacity.Status(429), false},
		"500":                {capacity.Status(500), false},
		"503":                {capacity.Status(503), false},
		"redirect":           {capacity.Fault{Kind: capacity.AnswerStatus, Status: 302, Header: http.Header{"Location": nil}}, false},
		"web page":           {capacity.Fault{Kind: capacity.AnswerStatus, Status: 200, Body: "<html>Log in</html>"}, false},
		"gzip":               {capacity.Fault{Kind: capacity.AnswerStatus, Status: 200, Body: "\x1f\x8b", Header: http.Header{"Content-Encoding": {"gzip"}}}, false},
		"connection closed":  {capacity.Fault{Kind: capacity.CloseConnection}, false},
		"hang":               {capacity.Fault{Kind: capacity.Hang}, false},
		"reset in mid-body":  {capacity.Fault{Kind: capacity.ResetMidBody}, false},
		"truncated":          {capacity.Fault{Kind: capacity.TruncatedJSON}, false},
		"endless":            {capacity.Fault{Kind: capacity.EndlessBody}, false},
		"wrong content type": {capacity.Fault{Kind: capacity.WrongContentType}, true},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T) {
				b := newCapacityBench(t, []string{"gas"})
				if name == "redirect" {
					c.fault.Header = http.Header{"Location": {newThief(t).URL}}
				}
				before := values(b.scrape(), "prisma_capacity_records", "resource")
				if err := b.platform.SetFault("fcfs-booking", c.fault); err != nil {
					t.Fatal(err)
				}
				page := b.scrape()
				b.shows(page, "gas", "token_valid", 1)
				ofHost := name == "429"
				if !ofHost {
					b.shows(page, "gas", "up", 1)
				}
				for resource, v := range values(page, "prisma_capacity_scrape_resource_success", "resource") {
					if want := resource != "fcfs-booking" || c.fine; (v == 1) != want && (!ofHost || v == 1) {
						t.Errorf("success of %s is %g\n%s", resource, v, b.logs)
					}
				}
				if got := values(page, "prisma_capacity_records", "resource"); len(got) != len(before) {
					t.Errorf("records are %v, before %v", got, before)
				}
				b.noLeak("log", b.logs.String())
			})
		})
	}
}

// TestEchoedToken: a platform that sends the token back gets it into no log
// and onto no page.
func TestEchoedToken(t *testing.T) {
	onlyReads(t)
	for _, status := range []int{200, 302, 400, 401, 403, 404, 429, 500} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			simulate(t, func(t *testing.T) {
				b := newCapacityBench(t, []string{"gas"})
				b.wire.setEcho(func(w http.ResponseWriter, r *http.Request) bool {
					_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
					w.Header().Set("Location", "https://"+token+".example/"+token)
					w.Header().Set("Content-Encoding", token)
					w.WriteHeader(status)
					_ = json.NewEncoder(w).Encode(map[string]string{"error": token, "message": "no " + token, "errorCode": token})
					return true
				})
				b.scrape()
				for _, path := range []string{"/", "/targets", "/probe?target=gas"} {
					_, page := b.get(path)
					b.noLeak("page "+path, string(page))
				}
				b.noLeak("log", b.logs.String())
				if !strings.Contains(b.logs.String(), "level=error") {
					t.Error("nothing went wrong")
				}
			})
		})
	}
}

// TestProbeOfACompany answers with that company alone, also where collectors
// are named; a page for some collectors is else without companies.
func TestProbeOfACompany(t *testing.T) { simulate(t, probeOfACompany) }

func probeOfACompany(t *testing.T) {
	b := newCapacityBench(t, []string{"gas", "power"})
	for _, query := range []string{"?target=power", "?target=power&collect[]=alerts"} {
		resp, page := b.get("/probe" + query)
		families := parse(t, page)
		if got := values(families, "prisma_capacity_up", "company"); resp.StatusCode != http.StatusOK || len(got) != 1 || got["power"] != 1 {
			t.Errorf("/probe%s: %s, up %v", query, resp.Status, got)
		}
		if families["prisma_exporter_build_info"] != nil {
			t.Errorf("/probe%s has the exporter's own metrics", query)
		}
	}
	for query, want := range map[string]string{"?target=oil": "there is no tenant or company", "?target=gas&collect[]=nonsense": "is not a running collector"} {
		if resp, body := b.get("/probe" + query); resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), want) {
			t.Errorf("/probe%s: %s: %s", query, resp.Status, body)
		}
	}
	if _, page := b.get("/metrics?collect[]=alerts"); parse(t, page)["prisma_capacity_up"] != nil {
		t.Error("a page for one collector has a company")
	}
	_, body := b.get("/targets")
	if want := `[{"targets":["gas"],"labels":{"team":"gas-team"}},{"targets":["power"],"labels":{"team":"power-team"}}]`; strings.TrimSpace(string(body)) != want {
		t.Errorf("the targets are %s, want %s", body, want)
	}
}

// TestProbeOnlyLeavesCompaniesOut of /metrics, as it does tenants.
func TestProbeOnlyLeavesCompaniesOut(t *testing.T) {
	b := newCapacityBench(t, []string{"gas"}, "--web.probe-only")
	if page := b.scrape(); page["prisma_capacity_up"] != nil {
		t.Error("/metrics has a company")
	}
	if n := len(b.platform.Calls()); n != 0 {
		t.Errorf("%d kinds of calls", n)
	}
}

func TestStatusPageHasCompanies(t *testing.T) { simulate(t, statusPageHasCompanies) }

func statusPageHasCompanies(t *testing.T) {
	b := newCapacityBench(t, []string{"gas"})
	b.scrape()
	_, page := b.get("/")
	for _, want := range []string{`<details id="gas"`, ">accepted<", "fcfs-booking", ">Records<"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	b.noLeak("page", string(page))
}

// TestReloadOfCompanies: one that is the same goes on, whatever happens to
// others and to its labels; one that is gone leaves nothing; and a bad file
// changes nothing.
func TestReloadOfCompanies(t *testing.T) { simulate(t, reloadOfCompanies) }

func reloadOfCompanies(t *testing.T) {
	b := newCapacityBench(t, []string{"gas", "power"}, "--capacity.min-interval=9m")
	b.scrape()
	calls := b.platform.Calls()
	edit(t, b.file, "gas-team", "other-team")
	edit(t, b.file, "{name: power", "{name: power2")
	b.mustReload()
	if got := b.platform.Calls(); !maps.Equal(got, calls) {
		t.Errorf("a reload costs calls: %v, before %v", got, calls)
	}
	page := b.scrape()
	b.shows(page, "power2", "up", 1)
	b.shows(page, "gas", "up", 1)
	for call, n := range b.platform.Calls() {
		if call.Company == "gas" && n != calls[call] {
			t.Errorf("gas was asked again: %+v %d times", call, n)
		}
	}
	_, text := b.get("/metrics")
	if strings.Contains(string(text), `"power"`) {
		t.Error("power is gone and has series")
	}
	if _, body := b.get("/targets"); !strings.Contains(string(body), "other-team") {
		t.Errorf("the targets have the old label: %s", body)
	}

	edit(t, b.file, "token_file: power.token", "token_file: power.token, http: {tls_config: {ca_file: nowhere}}")
	edit(t, b.file, "{name: gas", "{name: gas2")
	b.refuses("company power2: http.tls_config.ca_file: the file ")
	b.shows(b.scrape(), "power2", "up", 1)
	if _, text := b.get("/metrics"); strings.Contains(string(text), `"gas2"`) {
		t.Error("gas2 is not in force and has series")
	}
	edit(t, b.file, ", http: {tls_config: {ca_file: nowhere}}", "")
	edit(t, b.file, "{name: gas2", "{name: gas")

	// With a tenant that cannot be, a new company comes not into force either.
	edit(t, b.file, "name: power2", "name: power3")
	edit(t, b.file, "capacity:", "tenants:\n  - {name: a, tenant_id: a, region: eu, api_key_file: k, http: {tls_config: {ca_file: nowhere}}}\ncapacity:")
	b.refuses("tenant a: http.tls_config.ca_file: the file ")
	b.shows(b.scrape(), "power2", "up", 1)
	if _, text := b.get("/metrics"); strings.Contains(string(text), `"power3"`) {
		t.Error("power3 is not in force and has series")
	}

	b.configure(t, "tenants:\n  - {name: a, tenant_id: a, region: eu, api_key_file: k}\n")
	b.mustReload()
	_, text = b.get("/probe?target=gas")
	if !strings.Contains(string(text), "there is no tenant or company") {
		t.Errorf("/probe?target=gas: %s", text)
	}
	if _, text := b.get("/targets"); strings.Contains(string(text), "gas") || !strings.Contains(string(text), `["a"]`) {
		t.Errorf("the targets are %s", text)
	}
}

// TestCheckOfCompanies: what is well, and what to do about what is not.
func TestCheckOfCompanies(t *testing.T) { simulate(t, checkOfCompanies) }

func checkOfCompanies(t *testing.T) {
	b := newCapacityBench(t, []string{"gas", "power"})
	code, out := runCheck(t, "--config.file="+b.file)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	wantLines(t, out, "Company gas", "RESOURCE RESULT RECORDS TIME", "auction-booking ok", "fcfs-booking ok", "Company power",
		"The token in "+b.tokenFile("gas")+" is number 1, generated on "+time.Now().UTC().Format(time.DateOnly), "All is well")
	b.noLeak("screen", out)

	if _, err := b.platform.GenerateToken("gas"); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(b.tokenFile("power")); err != nil {
		t.Fatal(err)
	}
	before := b.platform.TokenRefusals()
	code, out = runCheck(t, "--config.file="+b.file)
	if n := b.platform.TokenRefusals() - before; code != 1 || n != 1 || strings.Count(out, "rejects the token") != 1 {
		t.Errorf("a void token: exit code %d, %d refused calls\n%s", code, n, out)
	}
	wantLines(t, out, "auction-booking no token 0", "Write the company's API token to the file", "does not exist: write the API token to it")
	b.noLeak("screen", out)

	for _, write := range []string{"gas", "power"} {
		if err := b.platform.WriteToken(write); err != nil {
			t.Fatal(err)
		}
	}
	for fault, want := range map[*capacity.Fault][]string{
		{Kind: capacity.AnswerStatus, Status: 404}:             {"fcfs-booking not there", "check the path of the resource", "correct the path under resources"},
		{Kind: capacity.AnswerStatus, Status: 403}:             {"fcfs-booking forbidden", "not for this"},
		{Kind: capacity.AnswerStatus, Status: 400}:             {"fcfs-booking failed", "open an issue"},
		{Kind: capacity.CloseConnection}:                       {"fcfs-booking no answer", "Check the region or the base URL, the network"},
		{Kind: capacity.AnswerStatus, Status: 200, Body: "<p"}: {"fcfs-booking no records", "is a web page", "The answer does not come from the platform's API"},
	} {
		if err := b.platform.SetFault("fcfs-booking", *fault); err != nil {
			t.Fatal(err)
		}
		code, out := runCheck(t, "--config.file="+b.file)
		lacks := fault.Status == http.StatusNotFound || fault.Status == http.StatusForbidden // which a package may
		if lacks != (code == 0) {
			t.Errorf("%+v: exit code %d", fault, code)
		}
		wantLines(t, out, append(want, "auction-booking ok")...)
	}
}

// TestFirstFormOfTheAPI: its paths come from the configuration.
func TestFirstFormOfTheAPI(t *testing.T) { simulate(t, firstFormOfTheAPI) }

func firstFormOfTheAPI(t *testing.T) {
	b := newCapacityBench(t, []string{"gas"})
	old, err := capacity.New(capacity.Options{Companies: []capacity.Company{{Name: "gas", TokenFile: b.tokenFile("gas"), V1: true}}})
	if err != nil {
		t.Fatal(err)
	}
	b.wire.setEcho(func(w http.ResponseWriter, r *http.Request) bool { old.ServeHTTP(w, r); return true })
	page := b.scrape()
	b.shows(page, "gas", "up", 0)
	if page["prisma_capacity_token_valid"] != nil {
		t.Error("a 404 is taken for a word on the token")
	}
	edit(t, b.file, "token_file: gas.token", "token_file: gas.token, resources: {bookings: api/v1/auction-booking}")
	b.mustReload()
	page = b.scrape()
	b.shows(page, "gas", "up", 1)
	if got := values(page, "prisma_capacity_scrape_resource_success", "resource"); len(got) != 1 || got["bookings"] != 1 {
		t.Errorf("success is %v", got)
	}
}

// TestTenantsAndCompanies are on one page, of one exporter.
func TestTenantsAndCompanies(t *testing.T) { simulate(t, tenantsAndCompanies) }

func tenantsAndCompanies(t *testing.T) {
	_, file, _ := newFleetFile(t, "a", "b")
	b := newCapacityBench(t, []string{"gas"})
	companies, err := os.ReadFile(b.file)
	if err != nil {
		t.Fatal(err)
	}
	tenants, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(companies), "gas.token", b.tokenFile("gas")) + string(tenants)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e := newExporter(t, "--config.file="+file)
	_, page := e.get("/metrics")
	families := parse(t, page)
	if got := tenantsOn(families); len(got) != 3 || got["a/"] != 1 {
		t.Errorf("tenants: %v", got)
	}
	if got := values(families, "prisma_capacity_up", "company"); got["gas"] != 1 {
		t.Errorf("companies: %v", got)
	}
	if got := values(families, "prisma_exporter_api_requests_total", "tenant"); got["gas"] == 0 || got["a"] == 0 {
		t.Errorf("requests: %v", got)
	}
}

// TestDemoHasACompany, beside the tenant.
func TestDemoHasACompany(t *testing.T) {
	onlyReads(t)
	o := parseFlags(t, "--demo")
	var screen strings.Builder
	d, err := demo.Start(demo.Options{API: o.DemoAPI, Screen: &screen, TelemetryPath: o.TelemetryPath})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	e, err := whole.New(whole.Options{CLI: o, Read: d.Read, Logger: log.NewNopLogger()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	families := ended(t, func() map[string]*dto.MetricFamily {
		w := httptest.NewRecorder()
		e.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
		return parse(t, w.Body.Bytes())
	})
	if got := values(families, "prisma_capacity_up", "company"); got[demo.Company] != 1 {
		t.Errorf("companies: %v", got)
	}
	if got := tenantsOn(families); got[simulator.DemoTenant+"/"] != 1 {
		t.Errorf("tenants: %v", got)
	}
	c, err := d.Read()
	if err != nil {
		t.Fatal(err)
	}
	company := c.Companies[0]
	for _, page := range []string{"/-/", "/-/capacity/"} {
		url := company.BaseURL + page
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || !strings.Contains(screen.String(), url) {
			t.Errorf("%s: %s, the screen says\n%s", page, resp.Status, screen.String())
		}
	}
	if !strings.Contains(screen.String(), company.TokenFile) {
		t.Errorf("the screen says\n%s", screen.String())
	}
}

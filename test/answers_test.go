package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// answerCase is one answer that is not what it seems, in the place of one that
// was good before, and what the page has to show then.
type answerCase struct {
	name     string
	resource string
	// only are the resources whose rows have what it is about, none for all.
	only   []string
	status int
	// body makes the answer from the good one.
	body func(good []byte) []byte
	// times is how often it comes, 0 for always.
	times int
	// first says that it comes from the start, and not after good ones.
	first bool
	// pages is how many pages are looked at, of which the last counts; 0 is one.
	pages int
	want  verdict
	// asked is how often the resource is to be asked for the pages, 0 for any.
	asked int
	// log is what the log says of it.
	log string
	// page looks at what was there before and what is there after, and tells what
	// is wrong.
	page func(tell teller, before, after page)
}

// teller tells what is wrong with a case.
type teller func(format string, args ...any)

// verdict is what becomes of the collectors that ask the resource.
type verdict int

const (
	failed  verdict = iota // they fail, and what stood on the page still stands
	taken                  // they succeed, and the page is as before
	changed                // they succeed, and the page is another one
	special                // what page says
)

// answers is a simulated API with a tenant for each case.
type answers struct {
	*exporter
	t     *testing.T
	cases []answerCase
	sim   *simulator.Simulator

	mu    sync.Mutex
	begun []bool // by case
	given []int
	calls []int // of its resource, since it has begun
}

var (
	tenantInPath = regexp.MustCompile(`/tenant/([0-9]+)/`)
	everyPoll    = []string{"alerts", "locations", "remote_networks", "service_connections", "tunnels", "mobile_users", "bandwidth"}
)

// newAnswers starts the API and writes a configuration of its tenants.
func newAnswers(t *testing.T, cases []answerCase) (a *answers, args []string) {
	t.Helper()
	a = &answers{t: t, cases: cases, begun: make([]bool, len(cases)), given: make([]int, len(cases)), calls: make([]int, len(cases))}
	options := simulator.Options{Still: true}
	for i := range cases {
		options.Tenants = append(options.Tenants, simulator.Tenant{ID: strconv.Itoa(i + 1), Key: "one-key-for-all", Seed: 1, Size: benchSize})
	}
	sim, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	a.sim = sim
	server := serve(t, a)
	dir := t.TempDir()
	var file strings.Builder
	file.WriteString("tenants:\n")
	for i := range cases {
		fmt.Fprintf(&file, "- {name: %s, tenant_id: %q, base_url: %q, api_key_file: key}\n", nameOf(i), strconv.Itoa(i+1), server.URL)
		world, err := sim.World(strconv.Itoa(i+1), "")
		if err != nil {
			t.Fatal(err)
		}
		for n := range 20 {
			world.RaiseAlert(simulator.Alert{ID: fmt.Sprintf("alert-%02d", n), Severity: "High", Category: "RN", Code: "AL_RN_SITE_DOWN", Site: "somewhere"})
		}
	}
	for name, text := range map[string]string{"key": "one-key-for-all", "prisma.yml": file.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args = []string{"--config.file=" + filepath.Join(dir, "prisma.yml"), "--api.requests-per-minute=100000", "--api.concurrency=64"}
	for _, name := range everyPoll {
		args = append(args, "--collector."+name+".min-interval=0s")
	}
	return a, args
}

func nameOf(i int) string { return fmt.Sprintf("case-%03d", i+1) }

// begin has the answer of a case come.
func (a *answers) begin(i int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.begun[i], a.calls[i] = true, 0
}

// asked is how often a case's resource was asked for since its answer came.
func (a *answers) asked(i int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls[i]
}

// ServeHTTP answers as the simulator does or, where it is a case's turn, as the
// case says.
func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := a.turn(r)
	if c == nil {
		a.sim.ServeHTTP(w, r)
		return
	}
	good := httptest.NewRecorder()
	a.sim.ServeHTTP(good, r)
	body := c.body(good.Body.Bytes())
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(max(c.status, http.StatusOK))
	if c.status != http.StatusNoContent {
		_, _ = w.Write(body)
	}
}

func (a *answers) turn(r *http.Request) *answerCase {
	found := tenantInPath.FindStringSubmatch(r.URL.Path)
	if found == nil {
		return nil
	}
	n, _ := strconv.Atoi(found[1])
	c := &a.cases[n-1]
	if path.Base(r.URL.Path) != c.resource {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[n-1]++
	if !a.begun[n-1] || c.times > 0 && a.given[n-1] >= c.times {
		return nil
	}
	a.given[n-1]++
	return c
}

// page is what is shown of one tenant.
type page struct {
	families map[string]*dto.MetricFamily
	// series are those of what the tenant has, without those about the polls.
	series map[string]string
}

// aboutThePoll are series that tell how it was asked, and when, and those that
// go with the clock.
var aboutThePoll = regexp.MustCompile(`^prisma_(access_(scrape_|resource_state|up\{|rows_seen|site_last_event_)|exporter_)`)

func (a *answers) page(i int) page {
	a.t.Helper()
	var p page
	p.families = ended(a.t, func() map[string]*dto.MetricFamily {
		_, text := a.get("/probe?target="+nameOf(i), timeoutHeader, "60")
		p.series = map[string]string{}
		for line := range strings.SplitSeq(string(text), "\n") {
			if at := strings.LastIndexByte(line, ' '); at > 0 && line[0] != '#' && !aboutThePoll.MatchString(line) {
				p.series[strings.Replace(line[:at], nameOf(i), "case", 1)] = line[at+1:]
			}
		}
		return parse(a.t, text)
	})
	return p
}

// difference is what two pages show differently.
func difference(before, after page) []string {
	var lines []string
	for series, v := range before.series {
		switch now, ok := after.series[series]; {
		case !ok:
			lines = append(lines, "- "+series+" "+v)
		case now != v:
			lines = append(lines, "~ "+series+" "+v+" -> "+now)
		}
	}
	for series, v := range after.series {
		if _, ok := before.series[series]; !ok {
			lines = append(lines, "+ "+series+" "+v)
		}
	}
	slices.Sort(lines)
	return lines
}

// run has the answer of each case come after good ones, and compares the pages.
func (a *answers) run(args []string) {
	time.Sleep(2 * time.Minute) // what was raised at the start was there before
	a.exporter = newExporter(a.t, args...)
	for i, c := range a.cases {
		var before page
		if !c.first {
			before = a.page(i)
		}
		a.begin(i)
		for range c.pages - 1 {
			time.Sleep(time.Minute)
			a.page(i)
			time.Sleep(time.Minute)
		}
		a.judge(i, before, a.page(i), func(format string, args ...any) {
			a.t.Helper()
			a.t.Errorf("%s at %s: "+format, slices.Concat([]any{c.name, c.resource}, args)...)
		})
	}
}

// judge compares what is there with what there should be.
func (a *answers) judge(i int, before, after page, tell teller) {
	c := a.cases[i]
	if len(before.series) < 100 && !c.first {
		tell("the page before has %d series", len(before.series))
	}
	if c.want != special {
		a.compare(c, before, after, tell)
	}
	if told := a.toldOf(i); !strings.Contains(told, c.log) || c.log == "" && c.want == failed && !strings.Contains(told, c.resource) {
		tell("the log says %q, and not %q", told, c.log)
	}
	if c.page != nil {
		c.page(tell, before, after)
	}
	if asked := a.asked(i); c.asked > 0 && asked != c.asked {
		tell("it was asked %d times, want %d", asked, c.asked)
	}
}

// compare compares two pages.
func (a *answers) compare(c answerCase, before, after page, tell teller) {
	for name, v := range values(after.families, "prisma_access_scrape_collector_success", "collector") {
		asks := slices.Contains(askedBy[c.resource], name)
		if v != 1 && (!asks || c.want != failed) || asks && v == 1 && c.want == failed {
			tell("success of %s is %v", name, v)
		}
	}
	differs := difference(before, after)
	if (len(differs) > 0) != (c.want == changed) && !c.first {
		tell("the page shows otherwise:\n%s", strings.Join(differs[:min(len(differs), 10)], "\n"))
	}
	if state := states(after.families, c.resource); state != "available" && c.want == failed && !c.first {
		tell("the resource is %s", state)
	}
}

// toldOf are the lines of the log about a case.
func (a *answers) toldOf(i int) string {
	var lines []string
	for line := range strings.SplitSeq(a.logs.String(), "\n") {
		if strings.Contains(line, "tenant="+nameOf(i)+" ") {
			lines = append(lines, strings.ReplaceAll(line, `\"`, `"`))
		}
	}
	return strings.Join(lines, "\n")
}

// fixedBody is the same whatever the good answer is.
func fixedBody(text string) func([]byte) []byte {
	return func([]byte) []byte { return []byte(text) }
}

// editedBody is the good answer with something changed.
func editedBody(edit func(answer map[string]any)) func([]byte) []byte {
	return func(good []byte) []byte {
		d := json.NewDecoder(bytes.NewReader(good))
		d.UseNumber()
		var answer map[string]any
		if err := d.Decode(&answer); err != nil {
			return []byte("the simulator's answer is no JSON: " + err.Error())
		}
		edit(answer)
		b, _ := json.Marshal(answer)
		return b
	}
}

// editedRows are the good rows, each changed.
func editedRows(edit func(row map[string]any)) func([]byte) []byte {
	return editedBody(func(answer map[string]any) {
		for _, row := range answer["data"].([]any) {
			edit(row.(map[string]any))
		}
	})
}

// header sets members of the header.
func header(members map[string]any) func([]byte) []byte {
	return editedBody(func(answer map[string]any) { maps.Copy(answer["header"].(map[string]any), members) })
}

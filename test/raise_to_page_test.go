package test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"

	whole "github.com/prisma-exporter/prisma_exporter/internal/exporter"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// latency is how long each call takes.
const latency = 300 * time.Millisecond

// raisedAlert is one that a run waits for.
type raisedAlert struct {
	id              string
	child           int
	raised, cleared time.Time
	shown, gone     time.Time
}

// crowd is a provider with many children, each of which is scraped every 30
// seconds at a time of its own.
type crowd struct {
	t       *testing.T
	n       int
	openFor time.Duration // how long an alert stays
	sim     *simulator.Simulator
	api     *inProcess
	handler http.Handler

	mu     sync.Mutex
	alerts []*raisedAlert
	failed map[string]int // scrapes that show a failure, by what failed
	// first is how long after the start a child first had good alerts.
	first map[int]time.Duration
}

const scrapeEvery = 30

func newCrowd(t *testing.T, n int, block string) *crowd {
	t.Helper()
	dir := t.TempDir()
	options := childrenIn(dir, n)
	options.CallsPerMinute = 1000
	sim, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "provider.yml")
	text := fmt.Sprintf(`
discovery:
- {name: msp, tsg_id: %s, client_id: root@example, client_secret_file: root.secret, base_url: "http://127.0.0.1:1", token_url: "http://127.0.0.1:1/oauth2/access_token", template: {name: "{{.DisplayName}}", region: us}, provider: %s, max_tenants: 10000}
`, parentTSG, block)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &crowd{t: t, n: n, openFor: 20 * time.Minute, sim: sim, api: newInProcess(sim, latency), failed: map[string]int{}, first: map[int]time.Duration{}}
	o := parseFlags(t, "--config.file="+file, "--web.probe-only")
	built, err := whole.New(whole.Options{CLI: o, Read: o.Configuration.Read, Logger: log.NewNopLogger(), Transport: c.api})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(built.Close)
	c.handler = built.Handler()
	return c
}

func (c *crowd) probe(target string) string {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/probe?target="+target, http.NoBody)
	r.Header.Set(timeoutHeader, "10")
	c.handler.ServeHTTP(w, r)
	return w.Body.String()
}

// scrape probes a child and notes which of the alerts that are waited for have
// come and gone.
func (c *crowd) scrape(i int) {
	page := c.probe(childName(i))
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	labels := fmt.Sprintf(`{tenant=%q,sub_tenant=""`, childName(i))
	alerts := "prisma_access_scrape_collector_success" + labels + `,collector="alerts"} `
	if strings.Contains(page, alerts+"0") {
		c.failed["alerts"]++
	}
	if strings.Contains(page, "prisma_access_up"+labels+"} 0") {
		c.failed["up"]++
	}
	if _, ok := c.first[i]; !ok && strings.Contains(page, alerts+"1") {
		c.first[i] = now.Sub(c.api.start)
	}
	for _, a := range c.alerts {
		if a.child != i {
			continue
		}
		there := strings.Contains(page, `alert_id="`+a.id+`"`)
		switch {
		case a.shown.IsZero() && there:
			a.shown = now
		case !a.cleared.IsZero() && a.gone.IsZero() && !a.shown.IsZero() && !there:
			a.gone = now
		}
	}
}

// run scrapes for a time, and has so many alerts raised an hour.
func (c *crowd) run(d time.Duration, perHour int, draw *rand.Rand) {
	var wg sync.WaitGroup
	for second := range int(d / time.Second) {
		if perHour > 0 && draw.Float64() < float64(perHour)/3600 {
			c.raise(draw.IntN(c.n))
		}
		c.clear()
		for i := second % scrapeEvery; i < c.n; i += scrapeEvery {
			wg.Go(func() { c.scrape(i) })
		}
		if second%scrapeEvery == 0 {
			wg.Go(func() { c.probe("msp") })
		}
		time.Sleep(time.Second)
	}
	wg.Wait()
}

func (c *crowd) raise(child int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := &raisedAlert{id: fmt.Sprintf("raised-%d", len(c.alerts)), child: child, raised: time.Now()}
	c.alerts = append(c.alerts, a)
	world(c.t, c.sim, child).RaiseAlert(simulator.Alert{ID: a.id})
}

func (c *crowd) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.alerts {
		if a.cleared.IsZero() && time.Since(a.raised) >= c.openFor {
			if err := world(c.t, c.sim, a.child).ClearAlert(a.id, ""); err != nil {
				c.t.Fatal(err)
			}
			a.cleared = time.Now()
		}
	}
}

// spread is a median and a maximum.
func spread(of []time.Duration) (median, most time.Duration) {
	slices.Sort(of)
	if len(of) == 0 {
		return 0, 0
	}
	return of[len(of)/2], of[len(of)-1]
}

// TestRaiseToPage: an alert of one child among many is on its page within two
// minutes of when it would be for a tenant that is polled by itself, and the
// calls stay within the budget. The long form has a thousand children.
func TestRaiseToPage(t *testing.T) {
	if testing.Short() {
		t.Skip("costs much, and children are asked elsewhere too")
	}
	n, warm, during, perHour, openFor := 10, 6*time.Minute, 20*time.Minute, 120, 6*time.Minute
	if isDrill() {
		n, warm, during, perHour, openFor = 1000, 90*time.Minute, time.Hour, 50, 20*time.Minute
	}
	simulate(t, func(t *testing.T) {
		c := newCrowd(t, n, "{}")
		c.openFor = openFor
		draw := rand.New(rand.NewPCG(1, 2))
		c.run(warm, 0, draw)
		c.reportStart()
		from := int(time.Since(c.api.start) / time.Minute)
		c.run(during, perHour, draw)
		to := int(time.Since(c.api.start) / time.Minute)
		c.run(openFor+8*time.Minute, 0, draw) // what is open clears
		c.report(from, to)
	})
}

// reportStart tells of the first polls, and wants all children to have had theirs
// without a scrape that shows a failure of one who waits.
func (c *crowd) reportStart() {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := slices.Collect(maps.Values(c.first))
	median, last := spread(first)
	c.t.Logf("first good alerts of %d of %d children: %s after the start at the median, %s at most; scrapes that show a failure: %v", len(first), c.n, median.Round(time.Second), last.Round(time.Second), c.failed)
	if len(first) != c.n || len(c.failed) > 0 {
		c.t.Error("children that wait for their first poll fail")
	}
}

// report tells of a run and wants it to be as documented.
func (c *crowd) report(from, to int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var pages, resolves []time.Duration
	for _, a := range c.alerts {
		if a.shown.IsZero() || a.gone.IsZero() {
			c.t.Errorf("%s of child %d: shown %v, gone %v", a.id, a.child, a.shown, a.gone)
			continue
		}
		pages, resolves = append(pages, a.shown.Sub(a.raised)), append(resolves, a.gone.Sub(a.cleared))
	}
	c.api.mu.Lock()
	defer c.api.mu.Unlock()
	first, sum, most := 0, 0, 0
	for minute, n := range c.api.perMinute {
		if minute < from {
			first = max(first, n)
		} else if minute < to {
			sum, most = sum+n, max(most, n)
		}
	}
	perMinute := float64(sum) / float64(to-from)
	page, latest := spread(pages)
	resolve, latestResolve := spread(resolves)
	c.t.Logf("%d children, %d raises: raise to page %s at the median and %s at most; clear to resolve %s and %s; %.0f calls a minute, at most %d (%d at the start), %.2f a child; scrapes that show a failure: %v",
		c.n, len(c.alerts), page.Round(time.Second), latest.Round(time.Second), resolve.Round(time.Second), latestResolve.Round(time.Second), perMinute, most, first, perMinute/float64(c.n), c.failed)
	if len(pages) == 0 || latest > 30*time.Second+2*time.Minute || latestResolve > 7*time.Minute {
		c.t.Errorf("too late")
	}
	if most > 600 || len(c.failed) > 0 {
		c.t.Errorf("at most %d calls in a minute, scrapes that show a failure: %v", most, c.failed)
	}
}

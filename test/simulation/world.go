package simulation

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator/capacity"
)

// beginning is when all scenarios begin. A bubble does at the turn of the millennium, which no key has seen.
var beginning = time.Date(2026, 3, 4, 10, 20, 43, 0, time.UTC)

// size is that of every tenant: small, since only time is to pass here.
var size = simulator.Size{Locations: 1, RemoteNetworks: 1, ServiceConnections: 1, Tunnels: 2, Users: 2}

// A world is a scenario that is played.
type world struct {
	t        *testing.T
	scenario Scenario
	dir      string
	start    time.Time
	insights *simulator.Simulator
	platform *capacity.Simulator
	network  *network
	args     []string
	door     door
	restarts sync.WaitGroup
	log      *logtest.Buffer
	checker  *checker
	audience Audience

	// ahead is how much the API's clock is ahead, in nanoseconds.
	ahead      atomic.Int64
	paused     atomic.Int64
	configured *members
	broken     atomic.Bool
	// raised are the alerts of each act; acts may be alike.
	raised map[Act][]string
}

// Play runs a scenario and returns what was wrong. It has to be called outside a bubble.
func (s Scenario) Play(t *testing.T, a Audience) (violations []Violation, lasted time.Duration) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(beginning))
		w := newWorld(t, s, dir)
		w.audience = a
		w.run()
		violations, lasted = w.checker.violations, time.Since(w.start)
	})
	return violations, lasted
}

func newWorld(t *testing.T, s Scenario, dir string) *world {
	w := &world{t: t, scenario: s, dir: dir, start: time.Now(), log: &logtest.Buffer{}, raised: map[Act][]string{}}
	w.ahead.Store(int64(s.APIAhead))
	w.configured = newMembers(s)
	clock := func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }
	options := simulator.Options{Now: clock, Still: true, Seed: max(s.Seed, 1)}
	var shared bool
	for _, one := range s.tenants() {
		of := simulator.Tenant{ID: one.id, TSG: one.tsg, KeyFile: w.file(one.id + ".key"), SecretFile: w.file(one.tsg + ".secret"), Size: size, DisplayName: one.name}
		for _, sub := range one.Subs {
			if !strings.HasPrefix(sub, "hidden") {
				if of.SubTenants == nil {
					of.SubTenants = map[string]simulator.Size{}
				}
				of.SubTenants[sub] = size
			}
		}
		if one.Unlisted {
			of.Refuse = map[string]simulator.Refusal{resources["alerts"][0]: simulator.NotThere}
		}
		if one.Shared {
			of.Parent, shared = parents[one.found], true
		}
		options.Tenants = append(options.Tenants, of)
	}
	if shared || len(options.Tenants) == 0 {
		options.Providers = []simulator.Provider{
			{TSG: parents[false], SecretFile: w.file(parents[false] + ".secret")},
			{TSG: parents[true], SecretFile: w.file(parents[true] + ".secret")},
		}
	}
	var err error
	w.insights, err = simulator.New(options)
	w.must(err)
	if s.Companies > 0 {
		platform := capacity.Options{Now: clock}
		for _, name := range s.companies() {
			platform.Companies = append(platform.Companies, capacity.Company{Name: name, TokenFile: w.file(name + ".token")})
		}
		w.platform, err = capacity.New(platform)
		w.must(err)
	}
	w.network = &network{seed: s.Seed, latency: s.Latency, insights: w.insights, platform: w.platform, clock: clock, ledger: newLedger(s.tenants())}
	w.checker = newChecker(w)
	w.addSecrets()
	w.writeConfig()
	return w
}

// run plays the acts in their order while Prometheus scrapes.
func (w *world) run() {
	before := takeStock()
	w.args = w.scenario.args(w.file("tenants.yml"))
	if w.audience.Begin != nil {
		w.audience.Begin(w.parts())
	}
	w.open()
	stop, stopped := make(chan struct{}), sync.WaitGroup{}
	w.scrapers(stop, &stopped)
	if w.audience.Twin != nil {
		defer w.twin(stop, &stopped)()
	}
	last := w.scenario.Length
	for _, e := range w.scenario.events() {
		time.Sleep(time.Until(w.start.Add(e.at)))
		beat()
		e.do(w)
		last = max(last, e.at)
	}
	for _, t := range w.scenario.troubles() {
		if !t.unawaited {
			last = max(last, t.to)
		}
	}
	time.Sleep(time.Until(w.start.Add(last + w.scenario.settle() + 2*w.scenario.Every)))
	close(stop)
	stopped.Wait()
	w.restarts.Wait()
	w.checker.end()
	w.insights.ClearFaults()
	w.door.close()
	// A poll may go on for its five minutes, with nobody to tell.
	time.Sleep(6 * time.Minute)
	w.checker.stock(before, takeStock())
}

func (w *world) open() {
	h, err := open(w.args, w.log, w.network)
	w.must(err)
	w.door.open(h)
}

// An event is the beginning or the end of an act.
type event struct {
	at time.Duration
	do func(*world)
}

func (s Scenario) events() []event {
	var all []event
	for _, a := range s.Acts {
		p := acts[a.Do]
		all = append(all, event{a.At, func(w *world) { p.begin(w, a) }})
		if p.end != nil {
			all = append(all, event{a.end(), func(w *world) { p.end(w, a) }})
		}
	}
	slices.SortStableFunc(all, func(a, b event) int { return int(a.at - b.at) })
	return all
}

// reload has the exporter read its configuration, as a person would. One that is not there will read it when it starts.
func (w *world) reload(good bool) {
	h, leave := w.door.enter()
	if h == nil {
		return
	}
	defer leave()
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/-/reload", nil)
	answer := httptest.NewRecorder()
	h.Handler().ServeHTTP(answer, r)
	if (answer.Code == http.StatusOK) != good {
		w.checker.violate("reload", "", fmt.Sprintf("a reload answers %d: %s", answer.Code, answer.Body))
	}
}

// world is that of a scope.
func (w *world) world(s scope) *simulator.World {
	at, err := w.insights.World(w.scenario.tenant(s.tenant).id, s.sub)
	w.must(err)
	return at
}

func (w *world) file(name string) string { return filepath.Join(w.dir, name) }

func (w *world) write(file, text string) { w.must(os.WriteFile(file, []byte(text), 0o600)) }

// must ends a run that is itself broken.
func (w *world) must(err error) {
	if err != nil {
		panic(err)
	}
}

// stock is what a process holds.
type stock struct {
	goroutines int
	heap       uint64
}

func takeStock() stock {
	runtime.GC()
	runtime.GC() // what sync.Pool keeps goes at the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return stock{runtime.NumGoroutine(), m.HeapAlloc}
}

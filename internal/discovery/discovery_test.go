package discovery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
)

// bench is a Discoverer whose API a test scripts.
type bench struct {
	*Discoverer
	t        *testing.T
	registry *prometheus.Registry
	logs     logtest.Buffer

	mu      sync.Mutex
	groups  []config.Group
	err     error
	refuse  error // of Apply
	applied []string
	listed  int
	open    int
	flat    bool           // whether one level is to be listed
	known   []config.Group // of the hierarchy
	unknown error          // why there is none
	whole   *config.Config // that was applied last
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, registry: prometheus.NewPedanticRegistry()}
	b.Discoverer = New(Options{List: b.list, Apply: b.apply, Registry: b.registry, Logger: log.NewLogfmtLogger(&b.logs)})
	t.Cleanup(b.Close)
	return b
}

func (b *bench) list(config.Tenant) (Lister, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open++
	return &lister{b}, nil
}

func (b *bench) apply(c *config.Config) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuse != nil {
		return b.refuse
	}
	var names []string
	for _, t := range c.Tenants {
		names = append(names, t.Name)
	}
	b.applied = append(b.applied, strings.Join(names, " "))
	b.whole = c
	return nil
}

// set is what the API answers from now on.
func (b *bench) set(err error, ids ...int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err, b.groups = err, nil
	for _, id := range ids {
		b.groups = append(b.groups, config.Group{ID: fmt.Sprint(id), DisplayName: fmt.Sprintf("name %d", id)})
	}
}

// want wants the tenants in force, and how often a configuration was put into
// force by now.
func (b *bench) want(what, tenants string, times int) {
	b.t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if last := b.applied[len(b.applied)-1]; last != tenants || len(b.applied) != times {
		b.t.Errorf("%s: %q in force after %d changes, want %q after %d", what, last, len(b.applied), tenants, times)
	}
}

// metrics wants the gauges but for that of time, as lines.
func (b *bench) metrics(what string, want ...string) {
	b.t.Helper()
	families, err := b.registry.Gather()
	if err != nil {
		b.t.Fatal(err)
	}
	var got []string
	for _, f := range families {
		for _, m := range f.Metric {
			if f.GetName() != discoveryTime.Name {
				got = append(got, fmt.Sprintf("%s %s %g", strings.TrimPrefix(f.GetName(), "prisma_exporter_discovery_"), m.Label[0].GetValue(), m.Gauge.GetValue()))
			}
		}
	}
	slices.Sort(want)
	if slices.Sort(got); !slices.Equal(got, want) {
		b.t.Errorf("%s: the metrics are %q, want %q", what, got, want)
	}
	b.status(what, want)
}

// status wants the same of the Discoverer itself.
func (b *bench) status(what string, want []string) {
	b.t.Helper()
	var got []string
	for _, s := range b.Status() {
		success := map[bool]int{true: 1}[s.Success]
		if s.Ended {
			got = append(got, fmt.Sprint("success ", s.Name, " ", success))
		}
		got = append(got, fmt.Sprint("tenants ", s.Name, " ", s.Tenants), fmt.Sprint("left_out_tenants ", s.Name, " ", s.LeftOut))
		if !s.Standing.Known || s.Success && s.LastSuccess.IsZero() {
			b.t.Errorf("%s: %+v", what, s)
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		b.t.Errorf("%s: the status is %q, want %q", what, got, want)
	}
}

type lister struct{ b *bench }

// errMistake has a listing panic.
var errMistake = errors.New("a mistake")

func (l *lister) Children(ctx context.Context, hierarchy, self bool) ([]config.Group, error) {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	if _, limited := ctx.Deadline(); !limited || hierarchy == l.b.flat || self {
		l.b.t.Errorf("listed with hierarchy %t, self %t, limited %t", hierarchy, self, limited)
	}
	l.b.listed++
	if errors.Is(l.b.err, errMistake) {
		panic("a mistake")
	}
	return l.b.groups, l.b.err
}

func (l *lister) Hierarchy(context.Context) ([]config.Group, error) {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	return l.b.known, l.b.unknown
}

func (l *lister) Standing() insights.Standing { return insights.Standing{Known: true} }

func (l *lister) Close() {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	l.b.open--
}

// counts are the listings so far and the listers that are open.
func (b *bench) counts() (listed, open int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.listed, b.open
}

// provider is a configuration with one tenant by hand and one discovery.
func provider(most int, name string) *config.Config {
	return &config.Config{
		Tenants: []config.Tenant{{Name: "by-hand", API: config.V2, ID: "9"}},
		Discoveries: []config.Discovery{{
			Account: config.Tenant{Name: "msp", API: config.V3, ID: "1"}, Interval: time.Hour, MaxTenants: most, Hierarchy: true,
			Template: config.Tenant{Name: name, API: config.V3, Region: "eu", ClientID: "c", ClientSecretFile: "s"},
		}},
	}
}

// TestTenantsComeAndGo: what is listed is in force, what is not goes, and what
// fails changes nothing.
func TestTenantsComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.set(nil, 3, 2)
		if err := b.Configure(provider(10, "t{{.ID}}")); err != nil {
			t.Fatal(err)
		}
		b.want("at the start", "by-hand t2 t3", 2)
		b.metrics("at the start", "success msp 1", "tenants msp 2", "left_out_tenants msp 0")

		b.set(nil, 2, 3)
		time.Sleep(70 * time.Minute)
		b.want("the same in another order", "by-hand t2 t3", 2)

		b.set(nil, 2, 4, 9)
		time.Sleep(70 * time.Minute)
		b.want("one gone, one new, one that is configured by hand", "by-hand t2 t4", 3)

		b.set(errors.New("no answer"))
		time.Sleep(5 * time.Hour)
		b.want("hours of failures", "by-hand t2 t4", 3)
		b.metrics("hours of failures", "success msp 0", "tenants msp 2", "left_out_tenants msp 0")
		if n := strings.Count(b.logs.String(), "no answer"); n != 1 {
			t.Errorf("the failure is told %d times\n%s", n, &b.logs)
		}

		b.set(nil, 2, 4, 9)
		time.Sleep(70 * time.Minute)
		b.want("it answers again", "by-hand t2 t4", 3)
		b.metrics("it answers again", "success msp 1", "tenants msp 2", "left_out_tenants msp 0")
	})
}

// TestAPanicIsAFailure: the tenants stay, and the next listing is good.
func TestAPanicIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.set(nil, 2)
		if err := b.Configure(provider(10, "t{{.ID}}")); err != nil {
			t.Fatal(err)
		}
		b.want("at the start", "by-hand t2", 2)
		b.set(errMistake)
		time.Sleep(70 * time.Minute)
		b.want("after a panic", "by-hand t2", 2)
		if n := strings.Count(b.logs.String(), "panic: a mistake"); n != 1 {
			t.Errorf("the panic is told %d times\n%s", n, &b.logs)
		}
		b.set(nil, 2, 3)
		time.Sleep(70 * time.Minute)
		b.want("later", "by-hand t2 t3", 3)
	})
}

// TestAFailureIsTriedAgainSooner: and less and less often, up to the interval.
func TestAFailureIsTriedAgainSooner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.set(errors.New("no answer"))
		if err := b.Configure(provider(10, "t{{.ID}}")); err != nil {
			t.Fatal(err)
		}
		b.want("before the first listing", "by-hand", 1)
		time.Sleep(40 * time.Second)
		b.set(nil, 2)
		time.Sleep(70 * time.Second)
		b.want("two minutes later", "by-hand t2", 2)
		b.set(errors.New("no answer"))
		time.Sleep(time.Hour) // the next listing, which fails
		synctest.Wait()
		before, _ := b.counts()
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		after, _ := b.counts()
		if n := after - before; n < 20 || n > 32 {
			t.Errorf("%d listings in a day of failures", n)
		}
	})
}

// TestThatManyAreGoneIsBelievedOnTheSecondWord: it would end their tenants.
func TestThatManyAreGoneIsBelievedOnTheSecondWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.set(nil, 2, 3)
		if err := b.Configure(provider(10, "t{{.ID}}")); err != nil {
			t.Fatal(err)
		}
		b.want("at the start", "by-hand t2 t3", 2)
		b.set(nil)
		time.Sleep(64 * time.Minute)
		b.want("none, once", "by-hand t2 t3", 2)
		if !strings.Contains(b.logs.String(), "too many groups disappeared at once: 2 of 2") {
			t.Errorf("the log says\n%s", &b.logs)
		}
		b.set(nil, 2, 3)
		time.Sleep(64 * time.Minute)
		b.set(nil)
		time.Sleep(64 * time.Minute)
		b.want("none, once more", "by-hand t2 t3", 2)
		time.Sleep(64 * time.Minute)
		b.want("none, twice in a row", "by-hand", 3)

		b.set(nil, 2, 3, 4, 5, 6)
		time.Sleep(64 * time.Minute)
		b.want("they are back", "by-hand t2 t3 t4 t5 t6", 4)
		b.set(nil, 2, 3)
		time.Sleep(64 * time.Minute)
		b.want("most of them gone", "by-hand t2 t3 t4 t5 t6", 4)
		b.set(nil, 2, 3, 4)
		time.Sleep(64 * time.Minute)
		b.want("less than half of them gone", "by-hand t2 t3 t4", 5)
	})
}

// TestReloads: another template makes other tenants of the same groups without
// asking, another account asks anew, and what is left out is told.
func TestReloads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.set(nil, 2, 3, 4)
		if err := b.Configure(provider(10, "t{{.ID}}")); err != nil {
			t.Fatal(err)
		}
		b.want("at the start", "by-hand t2 t3 t4", 2)
		if err := b.Configure(provider(2, "{{.DisplayName}}")); err != nil {
			t.Fatal(err)
		}
		b.want("another template", "by-hand name-2 name-3", 3)
		b.metrics("another template", "success msp 1", "tenants msp 2", "left_out_tenants msp 1")
		if listed, open := b.counts(); listed != 1 || open != 1 || !strings.Contains(b.logs.String(), "TSG 4: there are more tenants than max_tenants (2)") {
			t.Errorf("%d listings, %d open, log\n%s", listed, open, &b.logs)
		}

		without := provider(10, "t{{.ID}}")
		without.Discoveries[0].Exclude = []string{"3"}
		if err := b.Configure(without); err != nil {
			t.Fatal(err)
		}
		b.want("one excluded", "by-hand t2 t4", 4)
		if listed, _ := b.counts(); listed != 1 {
			t.Errorf("%d listings for groups that are known", listed)
		}

		// It goes on with what was found until it has listed anew.
		other := provider(10, "t{{.ID}}")
		other.Discoveries[0].Account.ClientID = "another"
		b.set(errors.New("no answer"))
		if err := b.Configure(other); err != nil {
			t.Fatal(err)
		}
		b.want("another account that cannot list", "by-hand t2 t3 t4", 5)
		b.set(nil, 2, 3, 4)
		other.Discoveries[0].Account.ClientID = "a third"
		if err := b.Configure(other); err != nil {
			t.Fatal(err)
		}
		b.want("another account", "by-hand t2 t3 t4", 6)
		if listed, open := b.counts(); listed != 3 || open != 1 {
			t.Errorf("%d listings, %d open", listed, open)
		}

		// All or nothing.
		b.mu.Lock()
		b.refuse = errors.New("no such certificate")
		b.mu.Unlock()
		broken := provider(10, "x{{.ID}}")
		if err := b.Configure(broken); err == nil {
			t.Errorf("got %v", err)
		}
		if _, open := b.counts(); open != 1 {
			t.Errorf("%d open after a configuration that could not be put into force", open)
		}
		b.mu.Lock()
		b.refuse = nil
		b.mu.Unlock()
		b.set(nil, 2, 3)
		time.Sleep(70 * time.Minute)
		b.want("the configuration before goes on", "by-hand t2 t3", 7)

		if err := b.Configure(&config.Config{}); err != nil {
			t.Fatal(err)
		}
		b.want("no discovery", "", 8)
		b.metrics("no discovery")
		if _, open := b.counts(); open != 0 {
			t.Errorf("%d open", open)
		}
	})
}

// TestTheOldestKeepTheirNamesAndPlaces: what comes later takes neither.
func TestTheOldestKeepTheirNamesAndPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.set(nil, 5, 7)
		c := provider(2, "{{.Parent}}{{.ID}}")
		if err := b.Configure(c); err != nil {
			t.Fatal(err)
		}
		b.want("at the start", "by-hand 5 7", 2)
		b.set(nil, 1, 5, 7)
		time.Sleep(64 * time.Minute)
		b.want("one with a lower ID", "by-hand 5 7", 3)
		if !strings.Contains(b.logs.String(), "TSG 1: there are more tenants than max_tenants (2)") {
			t.Errorf("the log says\n%s", &b.logs)
		}
	})
}

// TestSettled: the tenants are all that there are once all have listed, or
// have had their time.
func TestSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if !b.Settled() {
			t.Error("without a discovery there is nothing to wait for")
		}
		b.set(errors.New("no answer"))
		if err := b.Configure(provider(2, "t{{.ID}}")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(14 * time.Minute)
		if b.Settled() {
			t.Error("settled before anything was listed")
		}
		time.Sleep(2 * time.Minute)
		if !b.Settled() {
			t.Error("a discovery that fails keeps others waiting")
		}
		b.set(nil)
		again := provider(2, "t{{.ID}}")
		again.Discoveries[0].Interval = time.Minute
		if err := b.Configure(again); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if !b.Settled() {
			t.Error("not settled after a listing that found nothing")
		}
	})
}

// TestManyReasonsAreNotToldOneByOne: nor twice.
func TestManyReasonsAreNotToldOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.set(nil, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16)
		if err := b.Configure(provider(1, "t{{.ID}}")); err != nil {
			t.Fatal(err)
		}
		b.want("at the start", "by-hand t1", 2)
		time.Sleep(3 * time.Hour)
		if n := strings.Count(b.logs.String(), "max_tenants"); n != mostReasons || !strings.Contains(b.logs.String(), "groups=13") {
			t.Errorf("%d reasons\n%s", n, &b.logs)
		}
	})
}

// TestTenantsThatCannotBePutIntoForce: what a listing found is tried again.
func TestTenantsThatCannotBePutIntoForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.set(nil)
		if err := b.Configure(provider(10, "t{{.ID}}")); err != nil {
			t.Fatal(err)
		}
		b.want("none", "by-hand", 1)
		b.mu.Lock()
		b.refuse = errors.New("out of files")
		b.mu.Unlock()
		b.set(nil, 2)
		time.Sleep(63 * time.Minute)
		synctest.Wait()
		b.metrics("refused", "success msp 0", "tenants msp 0", "left_out_tenants msp 0")
		b.mu.Lock()
		b.refuse = nil
		b.mu.Unlock()
		time.Sleep(2 * time.Minute)
		b.want("next try", "by-hand t2", 2)
	})
}

// TestAnotherKindOfListing: what was found below all levels is no measure for a
// listing of one, whose groups are all that there are at once.
func TestAnotherKindOfListing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.set(nil, 1, 2, 3, 4, 5, 6, 7, 8)
		whole := provider(10, "t{{.ID}}")
		whole.Discoveries[0].Hierarchy = true
		if err := b.Configure(whole); err != nil {
			t.Fatal(err)
		}
		b.want("all levels", "by-hand t1 t2 t3 t4 t5 t6 t7 t8", 2)
		b.set(nil, 1, 2)
		b.mu.Lock()
		b.flat = true
		b.mu.Unlock()
		flat := provider(10, "t{{.ID}}")
		flat.Discoveries[0].Hierarchy = false
		if err := b.Configure(flat); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		b.want("one level", "by-hand t1 t2", 4)
	})
}

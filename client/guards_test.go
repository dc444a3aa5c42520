package client

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
)

// guarded is a client whose API can turn to refuse, for some or for all.
type guarded struct {
	*fixture
	api    *fakeAPI
	refuse map[string]int // statuses by resource, "*" for all
	body   string
}

func newGuarded(t *testing.T) *guarded {
	b := &guarded{api: &fakeAPI{}, refuse: map[string]int{}, body: "Forbidden"}
	b.api.query = func(resource, _ string, _ *http.Request) *http.Response {
		for _, name := range []string{resource, "*"} {
			if status := b.refuse[name]; status != 0 {
				return authtest.Reply(status, b.body)
			}
		}
		return nil
	}
	b.fixture = newFixture(t, b.api)
	return b
}

// turn has the API answer with a status from now on, or well with 0.
func (b *guarded) turn(status int, body string, resources ...string) {
	b.api.mu.Lock()
	defer b.api.mu.Unlock()
	b.body = body
	for _, r := range resources {
		b.refuse[r] = status
	}
}

func (b *guarded) blocked(t *testing.T) bool {
	return b.value(t, "prisma_exporter_breaker_open", "reason", "blocked") == 1
}

// askAll asks for resources, one after the other, and returns the last error.
func askAll(c *Client, resources ...string) (err error) {
	for _, r := range resources {
		err = c.ask(r)
	}
	return err
}

const coded = `{"errorCode":"REST10003","message":"Permission Denied"}`

// TestABareRefusalOfAllMayBeTheAddress: it is asked about once a minute, and
// all is well as soon as the API is.
func TestABareRefusalOfAllMayBeTheAddress(t *testing.T) {
	for _, tenants := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			b := newGuarded(t)
			clients := []*Client{b.Client}
			for i := 1; i < tenants; i++ {
				clients = append(clients, b.addTenant(t, fmt.Sprint("tenant-", i), b.api))
			}
			all := func() (err error) {
				for _, c := range clients {
					err = askAll(c, "a", "b", "c", "d")
				}
				return err
			}
			if err := all(); err != nil {
				t.Fatal(err)
			}
			b.turn(403, "Forbidden", "*")
			_ = all()
			if !b.blocked(t) {
				t.Fatalf("%d tenants are refused all that they had, and it is taken for nothing", tenants)
			}
			_, before := b.api.counts()
			for range 60 { // ten minutes
				err := all()
				kind(t, err, insights.ErrUnavailable)
				if !strings.Contains(err.Error(), "it may") && !strings.Contains(err.Error(), "or it blocks") || strings.Contains(err.Error(), "the API blocks") {
					t.Fatalf("more is claimed than is known: %v", err)
				}
				time.Sleep(10 * time.Second)
			}
			if _, now := b.api.counts(); now-before > 10 || now-before < 8 {
				t.Errorf("%d calls in ten minutes of a block", now-before)
			}
			b.turn(0, "", "*")
			end := time.Now()
			for all() != nil {
				time.Sleep(10 * time.Second)
			}
			if took := time.Since(end); took > 75*time.Second || b.blocked(t) {
				t.Errorf("well again after %v, blocked %v", took, b.blocked(t))
			}
		})
	}
}

// TestWhatIsNoBlock: a role, a sub-tenant, one of two tenants, a code.
func TestWhatIsNoBlock(t *testing.T) {
	resources := []string{"a", "b", "c", "d", "e", "f"}
	for name, act := range map[string]func(t *testing.T, b *guarded){
		"coded refusals": func(_ *testing.T, b *guarded) {
			b.turn(403, coded, resources...)
			for range 30 {
				_ = askAll(b.Client, resources...)
				time.Sleep(5 * time.Second)
			}
		},
		"answers between": func(_ *testing.T, b *guarded) {
			b.turn(403, "", "a", "b", "c")
			for range 5 {
				_ = askAll(b.Client, "a", "f", "b", "f", "c", "f")
				time.Sleep(time.Minute)
			}
		},
		"never permitted": func(_ *testing.T, b *guarded) {
			b.turn(403, "", "u", "v", "w", "x")
			_ = askAll(b.Client, "u", "v", "w", "x")
		},
		"a sub-tenant that is not permitted beside one that is": func(t *testing.T, b *guarded) {
			b.api.mu.Lock()
			b.api.query = func(_, _ string, r *http.Request) *http.Response {
				if strings.HasSuffix(r.Header.Get("Prisma-Tenant"), ":bad") {
					return authtest.Reply(403, "")
				}
				return nil
			}
			b.api.mu.Unlock()
			for range 60 {
				for _, resource := range resources {
					q := insights.Query{Resource: insights.Resource{Name: resource}}
					if _, err := b.Scope("good").Query(t.Context(), q, ignoreRows); err != nil {
						t.Fatalf("the good one: %v", err)
					}
					_, err := b.Scope("bad").Query(t.Context(), q, ignoreRows)
					kind(t, err, insights.ErrForbidden)
				}
				time.Sleep(15 * time.Second)
			}
		},
		"one tenant of two": func(t *testing.T, b *guarded) {
			other := b.addTenant(t, "other", &fakeAPI{})
			for range 10 {
				_ = askAll(other, "a")
				b.turn(403, "", "*")
				_ = askAll(b.Client, resources...)
				time.Sleep(30 * time.Second)
			}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newGuarded(t)
			if err := askAll(b.Client, resources...); err != nil {
				t.Fatal(err)
			}
			act(t, b)
			if b.blocked(t) {
				t.Errorf("%s: taken for a block of the address", name)
			}
		})
	}
}

// TestADiscoveryDoesNotHideABlock: it asks once an hour, so that nobody waits
// for it to be refused as well.
func TestADiscoveryDoesNotHideABlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newGuarded(t)
		_ = b.addTenant(t, "discovery", b.api).ask("list_children")
		time.Sleep(10 * time.Minute)
		_ = askAll(b.Client, "a", "b", "c", "d")
		b.turn(403, "", "*")
		_ = askAll(b.Client, "a", "b", "c", "d")
		if !b.blocked(t) {
			t.Error("the block is not seen")
		}
	})
}

// TestRoleTakenAway: what is still refused when a block would be over is a
// matter of permissions.
func TestRoleTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newGuarded(t)
		resources := []string{"a", "b", "c", "d"}
		_ = askAll(b.Client, resources...)
		b.turn(403, "", resources...)
		for range 20 * 6 {
			_ = askAll(b.Client, resources...)
			time.Sleep(10 * time.Second)
		}
		kind(t, askAll(b.Client, resources...), insights.ErrForbidden)
		if b.blocked(t) {
			t.Error("still taken for a block")
		}
	})
}

// TestAnAnsweredResourceIsAskedForEachMinute: however long it is refused, it is
// back within a minute.
func TestAnAnsweredResourceIsAskedForEachMinute(t *testing.T) {
	for _, outage := range []time.Duration{4 * time.Minute, 30 * time.Minute, 55 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			b := newGuarded(t)
			_ = askAll(b.Client, "a", "b")
			b.turn(404, "", "a")
			for start := time.Now(); time.Since(start) < outage; time.Sleep(10 * time.Second) {
				kind(t, b.ask("a"), insights.ErrMissing)
			}
			b.turn(0, "", "a")
			start := time.Now()
			for b.ask("a") != nil {
				time.Sleep(10 * time.Second)
			}
			if took := time.Since(start); took > 70*time.Second {
				t.Errorf("after %v of refusals it is back %v later", outage, took)
			}
		})
	}
}

// TestOneHostsRateLimitIsNoOthers: nor does everybody come at once after it.
func TestOneHostsRateLimitIsNoOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newGuarded(t)
		elsewhere := config.Tenant{Name: "elsewhere", ID: "2", BaseURL: "http://localhost", APIKeyFile: b.keyFile, HTTP: config.HTTPDefaults()}
		other, err := New(Options{Tenant: elsewhere, Process: b.process, Budget: b.budget, Logger: log.NewNopLogger(), Timeout: time.Minute, Transport: b.api})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		var clients []*Client
		for i := range 60 {
			clients = append(clients, b.addTenant(t, fmt.Sprint("tenant-", i), b.api))
		}
		var mu sync.Mutex
		var calls []time.Time
		limited := true
		b.api.mu.Lock()
		b.api.query = func(_, _ string, r *http.Request) *http.Response {
			mu.Lock()
			defer mu.Unlock()
			if r.URL.Hostname() == "localhost" {
				return nil
			}
			calls = append(calls, time.Now())
			if limited {
				return authtest.Reply(429, "", "Retry-After", "120")
			}
			return nil
		}
		b.api.mu.Unlock()
		kind(t, b.ask("a"), insights.ErrUnavailable)
		start := time.Now()
		for time.Since(start) < 80*time.Second {
			asked := time.Now()
			if err := other.ask("a"); err != nil || time.Since(asked) > 0 {
				t.Fatalf("another host waits %v: %v", time.Since(asked), err)
			}
			for _, c := range clients[:5] {
				err := c.ask("a")
				if err == nil || !strings.Contains(err.Error(), "received too many calls; next try after") {
					t.Fatalf("got %v", err)
				}
			}
			time.Sleep(10 * time.Second)
		}
		time.Sleep(10 * time.Second)
		mu.Lock()
		limited, calls = false, nil
		mu.Unlock()
		var wg sync.WaitGroup
		for _, c := range clients { // within what they wait for
			wg.Go(func() {
				if err := c.ask("a"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if at := calls[0].Sub(start); at < 119*time.Second {
			t.Errorf("it is asked %v after it wanted two minutes", at)
		}
		for i, at := range calls[1:] {
			if gap := at.Sub(calls[i]); gap < 100*time.Millisecond {
				t.Fatalf("call %d comes %v after the one before", i+1, gap)
			}
		}
	})
}

// TestABlipOf401sForbidsNothing: two refusals in a moment are one fault.
func TestABlipOf401sForbidsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newGuarded(t)
		_ = askAll(b.Client, "a", "b", "c")
		b.turn(401, "", "a", "b")
		kind(t, b.ask("a"), insights.ErrUnavailable)
		kind(t, b.ask("b"), insights.ErrUnavailable)
		if err := b.ask("c"); err != nil {
			t.Error(err)
		}
		b.turn(0, "", "a", "b")
		time.Sleep(10 * time.Second)
		if err := askAll(b.Client, "a"); err != nil {
			t.Errorf("ten seconds after a blip: %v", err)
		}
		if err := askAll(b.Client, "b"); err != nil {
			t.Errorf("ten seconds after a blip: %v", err)
		}
	})
}

// TestOneRejectionAfterAnOutageIsTheFirst: an outage counts nothing.
func TestOneRejectionAfterAnOutageIsTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{}
		status := 503
		api.token = func(string, int) *http.Response {
			if status == 0 {
				return nil
			}
			return authtest.Reply(status, "")
		}
		turn := func(to int) {
			api.mu.Lock()
			defer api.mu.Unlock()
			status = to
		}
		f := newFixture(t, api)
		for range 8 {
			kind(t, f.ask("a"), insights.ErrUnavailable)
			time.Sleep(30 * time.Second)
		}
		turn(401)
		kind(t, f.ask("a"), insights.ErrCredential)
		turn(0)
		start := time.Now()
		for f.ask("a") != nil {
			time.Sleep(5 * time.Second)
		}
		if took := time.Since(start); took > 70*time.Second {
			t.Errorf("well again after %v", took)
		}
	})
}

// TestTenantsComeAndGoWhileAllAreRefused, and while everything is looked at:
// nobody waits for anybody's lock.
func TestTenantsComeAndGoWhileAllAreRefused(t *testing.T) {
	b := newGuarded(t)
	_ = askAll(b.Client, "a", "b", "c", "d")
	b.turn(403, "", "*")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				c := b.addTenant(t, fmt.Sprint("tenant-", i), b.api)
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
				for _, resource := range []string{fmt.Sprint("r", n), "a"} {
					_, _ = c.Scope("").Query(ctx, insights.Query{Resource: insights.Resource{Name: resource}}, ignoreRows)
				}
				cancel()
				c.Close()
			}
		})
	}
	rounds := 200
	if testing.Short() {
		rounds = 40
	}
	for range rounds {
		if _, err := b.registry.Gather(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
}

// TestANewSecretIsTriedAtOnce, also where the API gives tokens for the old one
// and then refuses them.
func TestANewSecretIsTriedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newGuarded(t)
		b.turn(401, "", "*")
		for range 3 {
			_ = b.ask("a")
			time.Sleep(10 * time.Second)
		}
		kind(t, b.ask("a"), insights.ErrCredential)
		b.turn(0, "", "*")
		kind(t, b.ask("a"), insights.ErrCredential)
		authtest.WriteKey(t, b.keyFile, "second-key")
		if err := b.ask("a"); err != nil {
			t.Errorf("with another secret: %v", err)
		}
	})
}

package client

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// blockBench is a client whose API can turn to 403, for some or for all.
type blockBench struct {
	*fixture
	api    *fakeAPI
	refuse map[string]bool // by resource, "*" for all
	body   string
}

func newBlockBench(t *testing.T) *blockBench {
	b := &blockBench{api: &fakeAPI{}, refuse: map[string]bool{}, body: "Forbidden"}
	b.api.query = func(resource, _ string, _ *http.Request) *http.Response {
		if b.refuse["*"] || b.refuse[resource] {
			return reply(403, b.body)
		}
		return nil
	}
	b.api.token = func(string, int) *http.Response {
		if b.refuse["*"] {
			return reply(403, b.body)
		}
		return nil
	}
	b.fixture = newFixture(t, b.api)
	return b
}

// turn has the API refuse some resources, or answer them again.
func (b *blockBench) turn(refuse bool, resources ...string) {
	b.api.mu.Lock()
	defer b.api.mu.Unlock()
	for _, r := range resources {
		b.refuse[r] = refuse
	}
}

func (b *blockBench) blocked(t *testing.T) bool {
	return b.value(t, "prisma_exporter_breaker_open", "reason", "blocked") == 1
}

func (b *blockBench) askAll(c *Client, resources ...string) (err error) {
	for _, r := range resources {
		err = c.ask(r)
	}
	return err
}

func TestBlockOfTheAddress(t *testing.T) {
	// The block's answer looks like a missing permission, with or without a code.
	for _, body := range []string{"Forbidden", `{"errorCode":"REST10003","message":"Permission Denied"}`} {
		synctest.Test(t, func(t *testing.T) {
			b := newBlockBench(t)
			b.body = body
			_ = b.askAll(b.Client, "a", "b", "c", "d")
			b.turn(true, "*")
			_ = b.askAll(b.Client, "a", "b")
			if b.blocked(t) {
				t.Error("two refusals are taken for a block")
			}
			_ = b.askAll(b.Client, "c")
			if !b.blocked(t) {
				t.Fatal("three refusals in a row of what worked are not taken for a block")
			}
			exchanges, queries := b.api.counts()
			start := time.Now()
			for time.Since(start) < blockHold-time.Second {
				kind(t, b.ask("d"), insights.ErrUnavailable)
				time.Sleep(10 * time.Second)
			}
			if e, q := b.api.counts(); q != queries || e != exchanges {
				t.Errorf("%d calls while blocked", q+e-queries-exchanges)
			}
			b.turn(false, "*")
			time.Sleep(time.Minute)
			if err := b.askAll(b.Client, "a", "d"); err != nil || b.blocked(t) {
				t.Errorf("after the block: %v", err)
			}
		})
	}
}

func TestWhatIsNoBlock(t *testing.T) {
	for name, act := range map[string]func(t *testing.T, b *blockBench){
		"successes between": func(_ *testing.T, b *blockBench) {
			_ = b.askAll(b.Client, "a", "b", "c", "ok")
			b.turn(true, "a", "b", "c")
			for range 5 {
				_ = b.askAll(b.Client, "a", "ok", "b", "ok", "c", "ok")
				time.Sleep(5 * time.Minute)
			}
		},
		"other refusals between": func(_ *testing.T, b *blockBench) {
			_ = b.askAll(b.Client, "a", "b", "c")
			b.api.mu.Lock()
			b.api.query = func(resource, _ string, _ *http.Request) *http.Response {
				if resource == "wrong" {
					return reply(400, `{"errorCode":"DATA10002"}`)
				}
				return reply(403, "")
			}
			b.api.mu.Unlock()
			_ = b.askAll(b.Client, "a", "b", "wrong", "c")
		},
		"never permitted": func(_ *testing.T, b *blockBench) {
			b.turn(true, "a", "b", "c", "d")
			_ = b.askAll(b.Client, "a", "b", "c", "d")
		},
		"one resource again and again": func(_ *testing.T, b *blockBench) {
			_ = b.askAll(b.Client, "a")
			b.turn(true, "a")
			for range 10 {
				_ = b.askAll(b.Client, "a")
				time.Sleep(time.Hour)
			}
		},
		"tenants that never got a token": func(t *testing.T, b *blockBench) {
			_ = b.askAll(b.Client, "a")
			never := &fakeAPI{token: func(string, int) *http.Response { return reply(403, "no role on this TSG") }}
			for _, name := range []string{"first", "second", "third", "fourth"} {
				_ = b.askAll(b.addTenant(t, name, never), "a")
			}
		},
		"one tenant of two": func(t *testing.T, b *blockBench) {
			b.addTenant(t, "other", &fakeAPI{})
			_ = b.askAll(b.Client, "a", "b", "c", "d")
			b.turn(true, "*")
			_ = b.askAll(b.Client, "a", "b", "c", "d")
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBlockBench(t)
			act(t, b)
			if b.blocked(t) {
				t.Errorf("%s: taken for a block of the address", name)
			}
		})
	}
}

func TestBlockOfTwoTenants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBlockBench(t)
		other := b.addTenant(t, "other", b.api)
		_ = b.askAll(b.Client, "a", "b")
		_ = b.askAll(other, "a", "b")
		b.turn(true, "*")
		_ = b.askAll(b.Client, "a", "b")
		_ = b.askAll(other, "a")
		if !b.blocked(t) {
			t.Error("two tenants refused in a row are not taken for a block")
		}
		kind(t, other.ask("b"), insights.ErrUnavailable)
	})
}

// TestRoleTakenAway: what is still refused when a block would be over is a
// matter of permissions, and only the first ten minutes are in doubt.
func TestRoleTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBlockBench(t)
		resources := []string{"a", "b", "c", "d"}
		_ = b.askAll(b.Client, resources...)
		b.turn(true, resources...)
		_ = b.askAll(b.Client, resources...)
		time.Sleep(blockHold)
		kind(t, b.askAll(b.Client, resources...), insights.ErrForbidden)
		if b.blocked(t) {
			t.Error("blocked again")
		}
	})
}

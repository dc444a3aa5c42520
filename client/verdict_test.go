package client

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
)

func TestTokenThatDiesEarlyIsReplacedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := map[string]bool{}
		api := &fakeAPI{}
		api.query = func(_, bearer string, _ *http.Request) *http.Response {
			if dead[bearer] {
				return authtest.Reply(401, "Jwt is expired")
			}
			return nil
		}
		f := newFixture(t, api)
		if err := f.ask("a"); err != nil {
			t.Fatal(err)
		}
		api.mu.Lock()
		dead[api.jwt(1)] = true
		api.mu.Unlock()
		// All who meet the dead token at once share the next one.
		var wg sync.WaitGroup
		for _, r := range []string{"a", "b", "c", "d", "e"} {
			wg.Go(func() {
				if err := f.ask(r); err != nil {
					t.Errorf("%s: %v", r, err)
				}
			})
		}
		wg.Wait()
		if exchanges, queries := api.counts(); exchanges != 2 || queries > 11 {
			t.Errorf("%d exchanges, %d queries", exchanges, queries)
		}
		if v := f.value(t, "prisma_exporter_credential_valid"); v != 1 {
			t.Errorf("credential_valid %v", v)
		}
	})
}

// TestResourceThatRefusesTheToken: a 401 of one resource is about that
// resource, and the credential is as good as ever.
func TestResourceThatRefusesTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refuse := true
		api := &fakeAPI{}
		api.query = func(resource, _ string, _ *http.Request) *http.Response {
			if refuse && resource == "bad" {
				return authtest.Reply(401, "no")
			}
			return nil
		}
		f := newFixture(t, api)
		var last error
		for range 60 { // an hour of polls
			if err := f.ask("good"); err != nil {
				t.Fatalf("another resource suffers: %v", err)
			}
			last = f.ask("bad")
			time.Sleep(time.Minute)
		}
		kind(t, last, insights.ErrForbidden)
		if v := f.value(t, "prisma_exporter_credential_valid"); v != 1 {
			t.Errorf("credential_valid %v", v)
		}
		// Six or seven renewals and the attempts to understand.
		if exchanges, queries := api.counts(); exchanges > 12 || queries > 60+12 {
			t.Errorf("%d exchanges, %d queries in an hour", exchanges, queries)
		}
		if v := f.value(t, "prisma_exporter_breaker_open", "reason", "resource"); v != 1 {
			t.Errorf("breaker %v", v)
		}
		api.mu.Lock()
		refuse = false
		api.mu.Unlock()
		time.Sleep(time.Hour)
		if err := f.ask("bad"); err != nil {
			t.Errorf("after the end of it: %v", err)
		}
	})
}

func TestFreshTokensRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refuse := true
		api := &fakeAPI{}
		api.query = func(_, _ string, _ *http.Request) *http.Response {
			if refuse {
				return authtest.Reply(401, "no")
			}
			return nil
		}
		f := newFixture(t, api)
		for range 360 { // an hour of polls, two resources each
			var wg sync.WaitGroup
			for _, r := range []string{"a", "b"} {
				wg.Go(func() {
					if f.ask(r) == nil {
						t.Error("no error")
					}
				})
			}
			wg.Wait()
			time.Sleep(10 * time.Second)
		}
		kind(t, f.ask("a"), insights.ErrCredential)
		if exchanges, queries := api.counts(); exchanges > 70 || queries > 70 {
			t.Errorf("%d exchanges, %d queries in an hour", exchanges, queries)
		}
		if v := f.value(t, "prisma_exporter_credential_valid"); v != 0 {
			t.Errorf("credential_valid %v", v)
		}
		api.mu.Lock()
		refuse = false
		api.mu.Unlock()
		time.Sleep(6 * time.Minute)
		for _, r := range []string{"a", "b", "a"} {
			if err := f.ask(r); err != nil {
				t.Errorf("after the end of it: %v", err)
			}
		}
		if v := f.value(t, "prisma_exporter_credential_valid"); v != 1 {
			t.Errorf("credential_valid %v", v)
		}
	})
}

// TestClockSkew: the local clock is the bubble's, the API's is off.
func TestClockSkew(t *testing.T) {
	for _, skew := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		for _, withDate := range []bool{true, false} {
			for _, withIssued := range []bool{true, false} {
				synctest.Test(t, func(t *testing.T) { testSkew(t, skew, withDate, withIssued) })
			}
		}
	}
}

func testSkew(t *testing.T, skew time.Duration, withDate, withIssued bool) {
	ends := map[string]time.Time{} // by the API's clock
	api := &fakeAPI{}
	now := func() time.Time { return time.Now().Add(skew) }
	api.token = func(_ string, _ int) *http.Response {
		exp := now().Add(15 * time.Minute)
		claims := `{"exp":` + fmt.Sprint(exp.Unix())
		if withIssued {
			claims += `,"iat":` + fmt.Sprint(now().Unix())
		}
		value := authtest.Token(claims + "}")
		ends[value] = exp
		headers := []string{}
		if withDate {
			headers = []string{"Date", now().UTC().Format(http.TimeFormat)}
		}
		return authtest.Reply(200, `{"token":"`+value+`"}`, headers...)
	}
	api.query = func(_, bearer string, _ *http.Request) *http.Response {
		if !now().Before(ends[bearer]) {
			return authtest.Reply(401, "Jwt is expired")
		}
		return nil
	}
	f := newFixture(t, api)
	const polls = 4 * 60
	for range polls {
		if err := f.ask("a"); err != nil {
			t.Fatalf("skew %v, date %v, iat %v: %v", skew, withDate, withIssued, err)
		}
		time.Sleep(time.Minute)
	}
	exchanges, queries := api.counts()
	if withDate || withIssued {
		if queries != polls || exchanges > 27 {
			t.Errorf("skew %v, date %v, iat %v: %d exchanges, %d queries", skew, withDate, withIssued, exchanges, queries)
		}
	} else if exchanges > 80 {
		// Nothing tells that the clocks differ, and it still works.
		t.Errorf("skew %v: %d exchanges in four hours", skew, exchanges)
	}
}

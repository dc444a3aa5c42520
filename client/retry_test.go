package client

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
)

// TestNothingExceedsTheBudget: whatever the API answers, and however often it
// is asked, it sees no more than the budget.
func TestNothingExceedsTheBudget(t *testing.T) {
	answers := map[string]func() *http.Response{
		"good":            func() *http.Response { return nil },
		"400":             func() *http.Response { return authtest.Reply(400, `{"errorCode":"DATA10002"}`) },
		"401":             func() *http.Response { return authtest.Reply(401, "") },
		"403":             func() *http.Response { return authtest.Reply(403, "") },
		"404":             func() *http.Response { return authtest.Reply(404, "") },
		"429":             func() *http.Response { return authtest.Reply(429, "") },
		"429 at once":     func() *http.Response { return authtest.Reply(429, "", "Retry-After", "0") },
		"429 negative":    func() *http.Response { return authtest.Reply(429, "", "Retry-After", "-1") },
		"500":             func() *http.Response { return authtest.Reply(500, "") },
		"503 at once":     func() *http.Response { return authtest.Reply(503, "", "Retry-After", "0") },
		"not JSON":        func() *http.Response { return authtest.Reply(200, "<html>") },
		"other encoding":  func() *http.Response { return authtest.Reply(200, "x", "Content-Encoding", "gzip") },
		"redirect":        func() *http.Response { return authtest.Reply(307, "", "Location", "http://127.0.0.1/again") },
		"redirect, empty": func() *http.Response { return authtest.Reply(302, "") },
	}
	for name, answer := range answers {
		if testing.Short() && !strings.HasPrefix(name, "429") {
			continue
		}
		for _, of := range []string{"token", "query"} {
			synctest.Test(t, func(t *testing.T) {
				var starts []time.Time
				api := &fakeAPI{life: time.Minute}
				api.query = func(string, string, *http.Request) *http.Response {
					starts = append(starts, time.Now())
					if of == "query" {
						return answer()
					}
					return nil
				}
				api.token = func(string, int) *http.Response {
					starts = append(starts, time.Now())
					if of == "token" {
						return answer()
					}
					return nil
				}
				f := newFixture(t, api)
				f.sender.Budget = budget.New(budget.Options{RequestsPerMinute: 20, Concurrency: 4})
				end := time.Now().Add(4 * time.Minute)
				var wg sync.WaitGroup
				for _, r := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
					wg.Go(func() {
						for time.Now().Before(end) {
							_ = f.ask(r)
							time.Sleep(500 * time.Millisecond)
						}
					})
				}
				wg.Wait()
				api.mu.Lock() // a renewal may be under way
				defer api.mu.Unlock()
				if most := mostInAMinute(slices.Clone(starts)); most > 20 {
					t.Errorf("%s of %s: %d calls within a minute, the budget is 20", name, of, most)
				}
				if len(starts) < 3 {
					t.Errorf("%s of %s: %d calls in 4 minutes: it has stopped asking", name, of, len(starts))
				}
			})
		}
	}
}

func TestRetries(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		headers []string
		calls   int
		took    [2]time.Duration
		kind    error
	}{
		"500":               {500, nil, 3, [2]time.Duration{time.Second, 2 * time.Second}, insights.ErrUnavailable},
		"408":               {408, nil, 3, [2]time.Duration{time.Second, 2 * time.Second}, insights.ErrUnavailable},
		"503 in 20 s":       {503, []string{"Retry-After", "20"}, 3, [2]time.Duration{40 * time.Second, 41 * time.Second}, insights.ErrUnavailable},
		"503 in an hour":    {503, []string{"Retry-After", "3600"}, 1, [2]time.Duration{}, insights.ErrUnavailable},
		"429":               {429, nil, 3, [2]time.Duration{10 * time.Second, 14 * time.Second}, insights.ErrUnavailable},
		"429 in 30 s":       {429, []string{"Retry-After", "30"}, 3, [2]time.Duration{time.Minute, 65 * time.Second}, insights.ErrUnavailable},
		"429 in a year":     {429, []string{"Retry-After", "31536000"}, 1, [2]time.Duration{}, insights.ErrUnavailable},
		"400 is for good":   {400, nil, 1, [2]time.Duration{}, insights.ErrRefused},
		"404 is for good":   {404, nil, 1, [2]time.Duration{}, insights.ErrMissing},
		"403 is for good":   {403, nil, 1, [2]time.Duration{}, insights.ErrForbidden},
		"302 is a mistake":  {302, []string{"Location", "/x"}, 1, [2]time.Duration{}, insights.ErrUnavailable},
		"204 is no answer":  {204, nil, 3, [2]time.Duration{time.Second, 2 * time.Second}, insights.ErrMalformed},
		"418 is for good":   {418, nil, 1, [2]time.Duration{}, insights.ErrRefused},
		"599 may yet pass":  {599, nil, 3, [2]time.Duration{time.Second, 2 * time.Second}, insights.ErrUnavailable},
		"201 is unexpected": {201, nil, 3, [2]time.Duration{time.Second, 2 * time.Second}, insights.ErrMalformed},
	} {
		synctest.Test(t, func(t *testing.T) {
			api := &fakeAPI{query: func(string, string, *http.Request) *http.Response { return authtest.Reply(c.status, "", c.headers...) }}
			f := newFixture(t, api)
			start := time.Now()
			err := f.ask("a")
			took := time.Since(start)
			if _, calls := api.counts(); calls != c.calls || took < c.took[0] || took > c.took[1] {
				t.Errorf("%s: %d calls in %v, want %d in %v", name, calls, took, c.calls, c.took)
			}
			kind(t, err, c.kind)
			if n := f.value(t, "prisma_exporter_api_retries_total"); n != float64(c.calls-1) {
				t.Errorf("%s: %v retries", name, n)
			}
		})
	}
}

// TestRestingResource: what asks for time gets it, and only that.
func TestRestingResource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{query: func(resource, _ string, _ *http.Request) *http.Response {
			if resource == "tired" {
				return authtest.Reply(503, "", "Retry-After", "300")
			}
			return nil
		}}
		f := newFixture(t, api)
		for range 60 {
			kind(t, f.ask("tired"), insights.ErrUnavailable)
			if err := f.ask("lively"); err != nil {
				t.Error(err)
			}
			time.Sleep(10 * time.Second)
		}
		if _, calls := api.counts(); calls > 60+3 {
			t.Errorf("%d calls", calls)
		}
		if v := f.value(t, "prisma_exporter_breaker_open", "reason", "resource"); v != 0 {
			t.Errorf("breaker %v though nothing is for good", v)
		}
	})
}

package client

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
)

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	const otherwise = 5 * time.Second
	for value, want := range map[string]time.Duration{
		"":                              otherwise,
		"0":                             0,
		"17":                            17 * time.Second,
		"1.5":                           1500 * time.Millisecond,
		"-5":                            otherwise,
		"-Inf":                          otherwise,
		"NaN":                           otherwise,
		"Inf":                           budget.MaxPause,
		"86400":                         budget.MaxPause,
		"99999999999999999999":          budget.MaxPause,
		"1e999":                         budget.MaxPause,
		"soon":                          otherwise,
		"10 seconds":                    otherwise,
		"Wed, 04 Mar 2026 10:00:30 GMT": 30 * time.Second,
		"Wed, 04 Mar 2026 09:00:00 GMT": 0,
		"Fri, 31 Dec 9999 23:59:59 GMT": budget.MaxPause,
		"Mon, 01 Jan 0001 00:00:00 GMT": 0,
	} {
		if got := parseRetryAfter(value, now, otherwise); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "0", "-1", "1e400", "NaN", "120", "Fri, 31 Dec 9999 23:59:59 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"} {
		f.Add(s, int64(1_800_000_000))
	}
	f.Fuzz(func(t *testing.T, value string, now int64) {
		if got := parseRetryAfter(value, time.Unix(now, 0), time.Second); got < 0 || got > budget.MaxPause {
			t.Errorf("%q at %d: %v", value, now, got)
		}
	})
}

// TestRetryAfterIsByTheAPIsClock: a date means the same however wrong the
// clock of this machine is.
func TestRetryAfterIsByTheAPIsClock(t *testing.T) {
	api := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	r := reply(503, "", "Date", api.Format(http.TimeFormat), "Retry-After", api.Add(time.Minute).Format(http.TimeFormat))
	if got := retryAfter(r, 0); got != time.Minute {
		t.Errorf("%v", got)
	}
}

// TestNothingExceedsTheBudget: whatever the API answers, and however often it
// is asked, it sees no more than the budget.
func TestNothingExceedsTheBudget(t *testing.T) {
	answers := map[string]func() *http.Response{
		"good":            func() *http.Response { return nil },
		"400":             func() *http.Response { return reply(400, `{"errorCode":"DATA10002"}`) },
		"401":             func() *http.Response { return reply(401, "") },
		"403":             func() *http.Response { return reply(403, "") },
		"404":             func() *http.Response { return reply(404, "") },
		"429":             func() *http.Response { return reply(429, "") },
		"429 at once":     func() *http.Response { return reply(429, "", "Retry-After", "0") },
		"429 negative":    func() *http.Response { return reply(429, "", "Retry-After", "-1") },
		"500":             func() *http.Response { return reply(500, "") },
		"503 at once":     func() *http.Response { return reply(503, "", "Retry-After", "0") },
		"not JSON":        func() *http.Response { return reply(200, "<html>") },
		"other encoding":  func() *http.Response { return reply(200, "x", "Content-Encoding", "gzip") },
		"redirect":        func() *http.Response { return reply(307, "", "Location", "http://127.0.0.1/again") },
		"redirect, empty": func() *http.Response { return reply(302, "") },
	}
	for name, answer := range answers {
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
				f.budget = budget.New(budget.Options{RequestsPerMinute: 20, Concurrency: 4})
				end := time.Now().Add(20 * time.Minute)
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
				if len(starts) < 5 {
					t.Errorf("%s of %s: %d calls in 20 minutes: it has stopped asking", name, of, len(starts))
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
		"429":               {429, nil, 3, [2]time.Duration{10 * time.Second, 11 * time.Second}, insights.ErrUnavailable},
		"429 in 30 s":       {429, []string{"Retry-After", "30"}, 3, [2]time.Duration{time.Minute, 61 * time.Second}, insights.ErrUnavailable},
		"429 in a year":     {429, []string{"Retry-After", "31536000"}, 1, [2]time.Duration{}, insights.ErrUnavailable},
		"400 is for good":   {400, nil, 1, [2]time.Duration{}, insights.ErrRefused},
		"404 is for good":   {404, nil, 1, [2]time.Duration{}, insights.ErrMissing},
		"403 is for good":   {403, nil, 1, [2]time.Duration{}, insights.ErrForbidden},
		"302 is a mistake":  {302, []string{"Location", "/x"}, 1, [2]time.Duration{}, insights.ErrUnavailable},
		"204 is no answer":  {204, nil, 3, [2]time.Duration{time.Second, 2 * time.Second}, insights.ErrUnavailable},
		"418 is for good":   {418, nil, 1, [2]time.Duration{}, insights.ErrRefused},
		"599 may yet pass":  {599, nil, 3, [2]time.Duration{time.Second, 2 * time.Second}, insights.ErrUnavailable},
		"201 is unexpected": {201, nil, 3, [2]time.Duration{time.Second, 2 * time.Second}, insights.ErrUnavailable},
	} {
		synctest.Test(t, func(t *testing.T) {
			api := &fakeAPI{query: func(string, string, *http.Request) *http.Response { return reply(c.status, "", c.headers...) }}
			f := newFixture(t, api)
			start := time.Now()
			err := f.ask("a")
			took := time.Since(start)
			if _, calls := api.counts(); calls != c.calls || took < c.took[0] || took > c.took[1] {
				t.Errorf("%s: %d calls in %v, want %d in %v", name, calls, took, c.calls, c.took)
			}
			kind(t, err, c.kind)
			if n := f.value(t, "prisma_exporter_api_retries_total", "resource", "a"); n != float64(c.calls-1) {
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
				return reply(503, "", "Retry-After", "300")
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
		if _, calls := api.counts(); calls != 60+2 {
			t.Errorf("%d calls", calls)
		}
		if v := f.value(t, "prisma_exporter_breaker_open", "reason", "resource"); v != 0 {
			t.Errorf("breaker %v though nothing is for good", v)
		}
	})
}

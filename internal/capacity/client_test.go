package capacity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
)

// newCapacityFixture starts with what the token file holds, nothing for "".
func newCapacityFixture(t testing.TB, api http.RoundTripper, token string, change ...func(*config.Company)) *capacityFixture {
	t.Helper()
	f := &capacityFixture{registry: prometheus.NewRegistry(), logs: &logtest.Buffer{}, tokenFile: authtest.WriteKey(t, "", token)}
	if token == "" {
		if err := os.Remove(f.tokenFile); err != nil {
			t.Fatal(err)
		}
	}

	company := config.Company{
		Name: "gas", BaseURL: "http://127.0.0.1/", TokenFile: f.tokenFile, Resources: companyResources, HTTP: config.HTTPDefaults(),
	}
	for _, c := range change {
		c(&company)
	}
	logger := log.NewLogfmtLogger(f.logs)
	c, err := newClient(Options{
		Process: auth.NewProcess(f.registry, logger), Budget: budget.New(budget.Options{RequestsPerMinute: 6000, Concurrency: 8}),
		Logger: logger, Timeout: 5 * time.Second, Transport: api,
	}, company)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	f.client = c
	return f
}

func (f *capacityFixture) write(t testing.TB, token string) {
	t.Helper()
	authtest.WriteKey(t, f.tokenFile, token)
}

// poll asks for all resources at once, as a scrape does, and returns the
// errors by resource.
func (f *capacityFixture) poll() map[string]error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var mu sync.Mutex
	failed := map[string]error{}
	var wg sync.WaitGroup
	for resource := range companyResources {
		wg.Go(func() {
			if _, err := f.Count(ctx, resource); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed[resource] = err
			}
		})
	}
	wg.Wait()
	return failed
}

// works wants a poll without a failure.
func (f *capacityFixture) works(t testing.TB) {
	t.Helper()
	for resource, err := range f.poll() {
		t.Errorf("%s: %v", resource, err)
	}
	f.says(t, true)
}

// rejects wants a poll that fails because of the token alone.
func (f *capacityFixture) rejects(t testing.TB) {
	t.Helper()
	failed := f.poll()
	for resource, err := range failed {
		if !errors.Is(err, insights.ErrCredential) || !strings.Contains(err.Error(), "write it to the file") {
			t.Errorf("%s: %v", resource, err)
		}
	}
	if len(failed) != len(companyResources) {
		t.Errorf("%d of %d resources fail", len(failed), len(companyResources))
	}
	f.says(t, false)
}

// says wants a last word.
func (f *capacityFixture) says(t testing.TB, want bool) {
	t.Helper()
	if yes, known := f.TokenAccepted(); yes != want || !known {
		t.Errorf("the platform accepts the token: %t (known %t), want %t", yes, known, want)
	}
}

// TestCapacityAsks: what goes over the wire, and what of the answer is kept.
func TestCapacityAsks(t *testing.T) {
	api := &fakePlatform{active: companyToken(1)}
	var header http.Header
	api.answer = func(_, _ string, r *http.Request) *http.Response { header = r.Header; return nil }
	f := newCapacityFixture(t, api, companyToken(1)+"\n")
	if calls, _ := api.asked(); calls != 0 {
		t.Error("it asks before anybody wants anything")
	}
	if _, known := f.TokenAccepted(); known {
		t.Error("there is a word of the platform before the first")
	}
	metric := func(name string) float64 { return value(t, f.registry, name) }
	if got := metric("prisma_exporter_api_budget_wait_seconds_total"); got != 0 {
		t.Errorf("the wait for the budget is %g before there was any", got)
	}
	n, err := f.Count(t.Context(), "booking")
	if n != 2 || err != nil {
		t.Errorf("%d records, %v", n, err)
	}
	f.says(t, true)
	if header.Get("Authorization") != "Bearer "+companyToken(1) || header.Get("Accept") != "application/json" || header.Get("Accept-Encoding") != "" {
		t.Errorf("asked with %v", header)
	}
	if got := metric("prisma_exporter_api_requests_total"); got != 1 {
		t.Errorf("%g requests are counted", got)
	}
}

// TestCapacityCloses: nothing of the company is left, and what was under way
// brings nothing back.
func TestCapacityCloses(t *testing.T) {
	api := &fakePlatform{active: companyToken(1)}
	f := newCapacityFixture(t, api, companyToken(1))
	f.works(t)
	f.Close()
	f.poll()
	families, err := f.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if strings.Contains(m.String(), `"gas"`) {
				t.Errorf("%s: %v is left", family.GetName(), m)
			}
		}
	}
}

func TestCountRecords(t *testing.T) {
	big := "[" + strings.Repeat(`{"a":1},`, 9999) + `{"a":1}]`
	for body, want := range map[string]int{
		`[]`: 0, "[ ] \n": 0, `[{}]`: 1, `[{"a":[1,2,{"b":[]}]},{"a":"]"}]`: 2, `{}`: 1, `{"quantity":1.5,"list":[1,2]}`: 1, big: 10000,
		`{"id":7,"error":null,"errors":[]}`: 1, `[{"a":1,"a":2}]`: 1, "[{\"a\":\"\xff\"}]": 1,
	} {
		if got, err := countRecords([]byte(body)); got != want || err != nil {
			t.Errorf("%.40s: %d records, %v, want %d", body, got, err, want)
		}
	}
	for body, want := range map[string]string{
		"": "not a JSON list or object", "null": "not a JSON list or object", "3": "not a JSON list or object", `"secret word"`: "not a JSON list or object",
		"<html>log in": "is a web page", "  <!DOCTYPE html>": "is a web page",
		`[{"secret":1}`: "invalid JSON", `[{"secret":1},]`: "invalid JSON", `[{"secret":tru}]`: "invalid JSON", `{"secret":`: "invalid JSON",
		`[1 2]`: "invalid JSON", `[{"secret":1}]]`: "extra data after its end", `[] []`: "extra data after its end", `{} x`: "extra data after its end",
		`{"status":403,"error":"secret"}`: "is an error", `{"errorCode":"X","message":"secret"}`: "is an error", `{"error":`: "invalid JSON",
		strings.Repeat("[", 100000): "invalid JSON",
	} {
		got, err := countRecords([]byte(body))
		if err == nil || got != 0 && !strings.Contains(want, "follows") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%.40s: %d records, %v, want an error that says %q", body, got, err, want)
		}
	}
}

// TestWhatSaysNothingOfTheToken: whatever goes wrong but a 401, the last word
// on the token stands, and what it was before there was one.
func TestWhatSaysNothingOfTheToken(t *testing.T) {
	if testing.Short() {
		t.Skip("asks much with one goroutine")
	}
	bomb := bytes.Repeat([]byte("x"), 1000)
	for name, c := range map[string]struct {
		answer func(r *http.Request) *http.Response
		kind   error
	}{
		"400": {func(*http.Request) *http.Response { return authtest.Reply(400, "") }, insights.ErrRefused},
		"403": {func(*http.Request) *http.Response { return authtest.Reply(403, "") }, insights.ErrForbidden},
		"404": {func(*http.Request) *http.Response { return authtest.Reply(404, "") }, insights.ErrMissing},
		"429": {func(*http.Request) *http.Response { return authtest.Reply(429, "") }, insights.ErrUnavailable},
		"500": {func(*http.Request) *http.Response { return authtest.Reply(500, `{"error":"Unauthorized"}`) }, insights.ErrUnavailable},
		"503": {func(*http.Request) *http.Response { return authtest.Reply(503, "", "Retry-After", "2") }, insights.ErrUnavailable},
		"204": {func(*http.Request) *http.Response { return authtest.Reply(204, "") }, insights.ErrMalformed},
		"redirect": {func(*http.Request) *http.Response {
			return authtest.Reply(302, "", "Location", "https://elsewhere.example/login")
		}, insights.ErrUnavailable},
		"garbage":   {func(*http.Request) *http.Response { return authtest.Reply(200, "[{]") }, insights.ErrMalformed},
		"web page":  {func(*http.Request) *http.Response { return authtest.Reply(200, "<html>Log in</html>") }, insights.ErrMalformed},
		"truncated": {func(*http.Request) *http.Response { return authtest.Reply(200, `[{"a":1},`) }, insights.ErrMalformed},
		"gzip bomb": {func(*http.Request) *http.Response {
			return authtest.Reply(200, string(bomb), "Content-Encoding", "gzip")
		}, insights.ErrMalformed},
		"endless":         {func(*http.Request) *http.Response { return endless() }, insights.ErrMalformed},
		"broken off":      {func(*http.Request) *http.Response { return brokenOff() }, insights.ErrUnavailable},
		"DATA10004":       {func(*http.Request) *http.Response { return authtest.Reply(400, `{"errorCode":"DATA10004"}`) }, insights.ErrUnlicensed},
		"400 says expire": {func(*http.Request) *http.Response { return authtest.Reply(400, `{"message":"Jwt is expired"}`) }, insights.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broken := true
				api := &fakePlatform{active: companyToken(1)}
				api.answer = func(_, _ string, r *http.Request) *http.Response {
					if broken {
						return c.answer(r)
					}
					return nil
				}
				f := newCapacityFixture(t, api, companyToken(1))
				fails := func() {
					t.Helper()
					for _, resource := range []string{"booking", "trade"} {
						_, err := f.Count(t.Context(), resource)
						kind(t, err, c.kind)
						if _, ok := errors.AsType[*insights.Error](err); !ok {
							t.Errorf("%T", err)
						}
					}
				}
				fails()
				if _, known := f.TokenAccepted(); known {
					t.Error("it is taken for a word on the token")
				}
				api.set(func() { broken = false })
				time.Sleep(2 * time.Minute) // past a hold
				f.works(t)
				api.set(func() { broken = true })
				fails()
				f.says(t, true)
				// Nor does it make a rejected token good.
				api.set(func() { broken, api.active = false, companyToken(2) })
				time.Sleep(2 * time.Minute)
				f.rejects(t)
				api.set(func() { broken = true })
				time.Sleep(6 * time.Minute)
				f.poll()
				f.says(t, false)
			})
		})
	}
}

// endless is an answer that is longer than anybody wants.
func endless() *http.Response {
	r := authtest.Reply(200, "")
	r.ContentLength = -1
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("["), spaces{}))
	return r
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func brokenOff() *http.Response {
	r := authtest.Reply(200, "")
	r.ContentLength = 100
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`[{"a":1}`), cutShort{}))
	return r
}

type cutShort struct{}

func (cutShort) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestAPlatformThatHangs fails within the time for a request, and is asked
// again.
func TestAPlatformThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := true
		f := newCapacityFixture(t, authtest.API(func(r *http.Request) (*http.Response, error) {
			if hang {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return authtest.Reply(200, `{}`), nil
		}), companyToken(1))
		start := time.Now()
		_, err := f.Count(t.Context(), "booking")
		kind(t, err, insights.ErrUnavailable)
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
		if _, known := f.TokenAccepted(); known {
			t.Error("silence is taken for a word on the token")
		}
		hang = false
		f.works(t)
	})
}

// TestWhatIsRefusedForGood is not asked at every poll, and asked at once with
// another token.
func TestWhatIsRefusedForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &fakePlatform{active: companyToken(1)}
		missing := true
		api.answer = func(resource, _ string, _ *http.Request) *http.Response {
			if missing && resource == "trade" {
				return authtest.Reply(404, "")
			}
			return nil
		}
		f := newCapacityFixture(t, api, companyToken(1))
		var last error
		for range 120 { // an hour of polls
			last = f.poll()["trade"]
			time.Sleep(30 * time.Second)
		}
		kind(t, last, insights.ErrMissing)
		if !strings.Contains(last.Error(), "check the path of the resource") {
			t.Errorf("%v", last)
		}
		if n := api.calls["trade"]; n > 8 || api.calls["booking"] != 120 {
			t.Errorf("%d calls for what is not there, %d for what is", n, api.calls["booking"])
		}
		api.set(func() { missing, api.active = false, companyToken(2) })
		f.write(t, companyToken(2))
		f.works(t)
	})
}

// TestTheResourceTokenIsLikeAnyOther: Insights has an exchange of that name.
func TestTheResourceTokenIsLikeAnyOther(t *testing.T) {
	api := &fakePlatform{active: companyToken(1)}
	api.answer = func(string, string, *http.Request) *http.Response { return authtest.Reply(404, "") }
	f := newCapacityFixture(t, api, companyToken(1), func(c *config.Company) { c.Resources = map[string]string{"token": "api/v2/token"} })
	_, err := f.Count(t.Context(), "token")
	kind(t, err, insights.ErrMissing)
}

// TestCapacityRedirects: the token goes nowhere else, whatever the
// configuration says.
func TestCapacityRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect is followed") }))
	defer other.Close()
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusFound))
	defer server.Close()
	f := newCapacityFixture(t, nil, companyToken(1), func(c *config.Company) { c.BaseURL, c.HTTP.FollowRedirects = server.URL, true })
	_, err := f.Count(t.Context(), "booking")
	kind(t, err, insights.ErrUnavailable)
	if !strings.Contains(err.Error(), "redirects to host") {
		t.Errorf("%v", err)
	}
}

func TestCapacitySettings(t *testing.T) {
	bad := config.Company{Name: "gas", TokenFile: "nowhere", HTTP: config.HTTPDefaults()}
	bad.HTTP.TLSConfig.CAFile = "nowhere"
	_, err := newClient(Options{
		Process: auth.NewProcess(prometheus.NewRegistry(), log.NewNopLogger()), Budget: budget.New(budget.Options{RequestsPerMinute: 1, Concurrency: 1}),
		Logger: log.NewNopLogger(),
	}, bad)
	if err == nil || !strings.Contains(err.Error(), "HTTP settings of company gas") {
		t.Errorf("got %v", err)
	}
}

// FuzzCountRecords compares with encoding/json, which reads the same language
// but for texts that are not UTF-8.
func FuzzCountRecords(f *testing.F) {
	for _, s := range []string{`[]`, `{}`, `[{},{"a":[1]}]`, `[1,]`, `{"a":1}x`, "null", "[\"\xff\"]", `[[[]]]`, `{"a":1,"a":2}`, "[1]\x00", "\ufeff[]", `[-0,1e999,"\ud800"]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := countRecords(body)
		want, ok := countSlowly(body)
		if (err == nil) != ok || ok && got != want {
			t.Errorf("%q: %d records, %v, want %d, %t", body, got, err, want, ok)
		}
	})
}

// countSlowly counts with encoding/json.
func countSlowly(body []byte) (n int, ok bool) {
	var list []json.RawMessage
	var object map[string]json.RawMessage
	switch start := bytes.TrimLeft(body, " \t\r\n"); {
	case bytes.HasPrefix(start, []byte("[")):
		err := json.Unmarshal(body, &list)
		return len(list), err == nil
	case bytes.HasPrefix(start, []byte("{")):
		return 1, json.Unmarshal(body, &object) == nil
	}
	return 0, false
}

// BenchmarkCountRecords counts ten thousand bookings of some fields each.
func BenchmarkCountRecords(b *testing.B) {
	var body bytes.Buffer
	for i := range 10000 {
		fmt.Fprintf(&body, `,{"id":"%08d","networkPoint":"Point %[1]d","direction":"EXIT","quantity":%[1]d,"unit":"kWh/h","tariff":0.%[1]d,"gasDay":"2026-03-01","shipper":{"name":"Some shipper","code":"21X000000001368W"}}`, i)
	}
	answer := append([]byte("["), append(body.Bytes()[1:], ']')...)
	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	for b.Loop() {
		if n, err := countRecords(answer); n != 10000 || err != nil {
			b.Fatal(n, err)
		}
	}
}

package web

import (
	"context"
	"fmt"
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

var up = &exposition.Metric{Name: "up", Type: exposition.Gauge, Help: "Test.", Labels: []string{"name"}}

// member is watched, and does what a test says.
type member struct {
	name   string
	scrape func(context.Context)
	polled atomic.Bool
}

func (m *member) Scrape(ctx context.Context, _ fleet.Request) []exposition.Part {
	if m.scrape != nil {
		m.scrape(ctx)
	}
	return series(m.name, 1)
}

// series are parts with so many series.
func series(name string, n int) []exposition.Part {
	b := exposition.NewBuilder()
	for i := range n {
		b.Add(up, b.Labels(up.Labels, fmt.Sprint(name, i)), 1)
	}
	return b.Parts()
}

func (m *member) Status() []fleet.Status {
	v := poll.View{}
	if m.polled.Load() {
		v.Ended = time.Now()
	}
	return []fleet.Status{{Polls: []poll.Status{poll.StatusOf(v)}}}
}

func (m *member) Check(context.Context) []fleet.Report { return nil }
func (m *member) Close()                               {}

// site is what is served in a test.
type site struct {
	Options
	registry *prometheus.Registry
	log      logtest.Buffer
}

// newSite has some members and four slots.
func newSite(t *testing.T, members ...*member) *site {
	t.Helper()
	s := &site{registry: prometheus.NewRegistry()}
	logger := log.NewLogfmtLogger(&s.log)
	f := fleet.New()
	var entries []fleet.Entry
	for _, m := range members {
		entries = append(entries, fleet.Entry{Name: m.name, New: func() (fleet.Watched, error) { return m, nil }})
	}
	if _, err := f.Apply(entries); err != nil {
		t.Fatal(err)
	}
	s.Options = Options{
		Fleet: f, Settled: func() bool { return true }, Reload: func() error { return nil }, Own: s.registry,
		Status:        http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }),
		Lists:         map[string]http.Handler{},
		TelemetryPath: "/metrics", Timeout: 10 * time.Second, MaxRequests: 4,
		Panics: NewPanics(s.registry, logger), Logger: logger,
	}
	return s
}

func (s *site) get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	New(s.Options).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	return w
}

func (s *site) panics(t *testing.T) float64 {
	t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families[0].Metric[0].Counter.GetValue()
}

func TestScrapeTimeout(t *testing.T) {
	for _, c := range []struct {
		header string
		want   time.Duration
		err    string
	}{
		{"", 30 * time.Second, ""},
		{"10", 9500 * time.Millisecond, ""},
		{"0.6", 100 * time.Millisecond, ""},
		{"60", 30 * time.Second, ""},
		{"1e300", 30 * time.Second, ""},
		{"0.5", 0, "leaves no time"},
		{"0", 0, "not a positive number"},
		{"-1", 0, "not a positive number"},
		{"NaN", 0, "not a positive number"},
		{"ten", 0, "not a positive number"},
	} {
		r := &http.Request{Header: http.Header{timeoutHeader: {c.header}}}
		got, err := timeoutOf(r, 30*time.Second, 500*time.Millisecond)
		if c.err == "" && (err != nil || got.Round(time.Millisecond) != c.want) || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("header %q: %s, %v; want %s, error %q", c.header, got, err, c.want, c.err)
		}
	}
}

// TestSlots are for putting pages together: who finds none for a second is
// told so.
func TestSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newScrapes(newSite(t, &member{name: "a"}).Options)
		for range cap(h.slots) {
			h.slots <- struct{}{}
		}
		scrape := func() *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			h.metrics(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
			return w
		}
		start := time.Now()
		if w := scrape(); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "--web.max-requests") || time.Since(start) != slotWait {
			t.Errorf("after %s: %d: %s", time.Since(start), w.Code, w.Body)
		}
		time.AfterFunc(slotWait/2, func() { <-h.slots })
		if w := scrape(); w.Code != http.StatusOK || len(h.slots) != cap(h.slots)-1 {
			t.Errorf("with a slot in time: %d, %d slots are taken", w.Code, len(h.slots))
		}
	})
}

// TestWaitingTakesNoSlot: any number of probes of silent members may wait, and
// others are answered. Beyond a bound nobody waits.
func TestWaitingTakesNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := &member{name: "silent", scrape: func(ctx context.Context) { <-ctx.Done() }}
		s := newSite(t, silent, &member{name: "well"})
		handler := New(s.Options)
		probe := func(name string) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/probe?target="+name, http.NoBody))
			return w
		}
		for range leastWaiting {
			go probe("silent")
		}
		synctest.Wait()
		start := time.Now()
		for _, name := range []string{"well", "silent"} {
			if w := probe(name); w.Code != http.StatusOK || time.Since(start) != 0 || !strings.Contains(w.Body.String(), name) {
				t.Errorf("%s: %d after %s: %s", name, w.Code, time.Since(start), w.Body)
			}
		}
		time.Sleep(s.Timeout)
		synctest.Wait()
		if w := probe("silent"); w.Code != http.StatusOK || time.Since(start) != 2*s.Timeout {
			t.Errorf("%d after %s: nobody waits any more, so this one may", w.Code, time.Since(start))
		}
	})
}

// TestPanics cost a part of a page.
func TestPanics(t *testing.T) {
	ill := &member{name: "ill", scrape: func(context.Context) { panic("a mistake") }}
	s := newSite(t, &member{name: "a"}, ill, &member{name: "b"})
	s.Status = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("another") })
	w := s.get(t, "/metrics")
	if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, `"a0"`) || !strings.Contains(body, `"b0"`) || strings.Contains(body, `"ill0"`) {
		t.Errorf("%d: %s", w.Code, body)
	}
	if w := s.get(t, "/"); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "another") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	if n := s.panics(t); n != 2 {
		t.Errorf("%g panics are counted", n)
	}
	if got := s.log.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, `doing="scraping ill"`) || !strings.Contains(got, "panic=another") {
		t.Errorf("the log is\n%s", got)
	}
}

// TestAPanicInMidAnswer breaks the answer off: a part is not to be taken for
// the whole.
func TestAPanicInMidAnswer(t *testing.T) {
	s := newSite(t)
	s.Status = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 10000))
		panic("a mistake")
	})
	server := httptest.NewUnstartedServer(New(s.Options))
	server.Config.ErrorLog = stdlog.New(io.Discard, "", 0)
	server.Start()
	defer server.Close()
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("the answer ends as if it were whole")
	}
	if n := s.panics(t); n != 1 {
		t.Errorf("%g panics are counted", n)
	}
}

// TestReady: once a poll has ended, which asking for it starts.
func TestReady(t *testing.T) {
	asked := 0
	m := &member{name: "a", scrape: func(ctx context.Context) {
		if asked++; ctx.Err() == nil {
			t.Error("it waits")
		}
	}}
	s := newSite(t, m)
	handler := New(s.Options)
	ready := func() int {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/-/ready", http.NoBody))
		return w.Code
	}
	if code := ready(); code != http.StatusServiceUnavailable || asked != 1 {
		t.Errorf("before a poll: %d, asked %d times", code, asked)
	}
	m.polled.Store(true)
	if code := ready(); code != http.StatusOK {
		t.Errorf("after a poll: %d", code)
	}
	m.polled.Store(false)
	if code := ready(); code != http.StatusOK || asked != 1 {
		t.Errorf("later: %d, asked %d times", code, asked)
	}
	none := newSite(t)
	if w := none.get(t, "/-/ready"); w.Code != http.StatusOK {
		t.Errorf("with nothing to poll: %d", w.Code)
	}
	none.Settled = func() bool { return false }
	if w := none.get(t, "/-/ready"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("before it is known what to poll: %d", w.Code)
	}
}

// TestReloadFromAnotherSite is refused, and what is wrong is not told.
func TestReloadFromAnotherSite(t *testing.T) {
	s := newSite(t)
	reloads := 0
	s.Reload = func() error { reloads++; return fmt.Errorf("tenants.yml:4: tenant acme") }
	post := func(site string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/-/reload", http.NoBody)
		if site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		w := httptest.NewRecorder()
		New(s.Options).ServeHTTP(w, r)
		return w
	}
	if w := post("cross-site"); w.Code != http.StatusForbidden || reloads != 0 {
		t.Errorf("from another site: %d, %d reloads", w.Code, reloads)
	}
	for _, site := range []string{"", "same-origin"} {
		if w := post(site); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "acme") {
			t.Errorf("from %q: %d: %s", site, w.Code, w.Body)
		}
	}
	if reloads != 2 {
		t.Errorf("%d reloads", reloads)
	}
}

// TestPagesAreHarmless to a browser, whatever is in them.
func TestPagesAreHarmless(t *testing.T) {
	s := newSite(t, &member{name: "a"})
	s.Lists["/rules/"] = http.FileServerFS(fstest.MapFS{"a.yml": {Data: []byte("groups: []")}})
	for _, path := range []string{"/", "/rules/", "/rules/a.yml", "/metrics", "/targets", "/nowhere", "/probe"} {
		h := s.get(t, path).Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v", path, h)
		}
	}
}

// TestRoutePrefix: all routes have it, none is there without it, and who leaves
// it out of the first page is led there.
func TestRoutePrefix(t *testing.T) {
	s := newSite(t, &member{name: "a"})
	s.RoutePrefix = "/x/y"
	s.Lists["/rules/"] = http.FileServerFS(fstest.MapFS{"a.yml": {Data: []byte("groups: []")}})
	for path, want := range map[string]string{
		"/": "302 /x/y/", "/x/y": "307 /x/y/", "/x/y/": "200", "/metrics": "404", "/x/y/metrics": "200", "/x/y/targets": "200", "/x/y/probe?target=a": "200",
		"/x/y/rules": "307 /x/y/rules/", "/x/y/rules/": "200", "/x/y/rules/a.yml": "200", "/x/y/-/healthy": "200", "/x/y/nowhere": "404", "/-/healthy": "404", "/x": "404",
	} {
		w := s.get(t, path)
		if got := strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Header().Get("Location"))); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

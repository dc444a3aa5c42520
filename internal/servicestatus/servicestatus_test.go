package servicestatus

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
	simulated "github.com/prisma-exporter/prisma_exporter/internal/simulator/servicestatus"
	"github.com/prisma-exporter/prisma_exporter/internal/transport"
)

var update = flag.Bool("update", false, "write the golden files anew")

// handled has a handler answer without a network.
type handled struct{ http.Handler }

func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Authorization") != "" {
		return nil, http.ErrNotSupported
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

func answering(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

// watch is the page as the fleet has it.
func watch(t *testing.T, h http.Handler, components string) fleet.Watched {
	t.Helper()
	w, err := Entry(Options{
		Settings: Settings{On: true, URL: "https://status.example/api/v2/", Components: regexp.MustCompile("^(?:" + components + ")$"), Interval: time.Minute},
		Process:  transport.NewProcess(prometheus.NewRegistry(), log.NewNopLogger()), Budget: budget.New(budget.Options{RequestsPerMinute: 600, Concurrency: 8}),
		Freshness: poll.Freshness{MaxStaleness: 10 * time.Minute, PollTimeout: time.Minute}, Timeout: 10 * time.Second,
		Transport: handled{h}, Logger: log.NewNopLogger(),
	}).New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// scrape is the page as text.
func scrape(t *testing.T, w fleet.Watched) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r := exposition.NewPage(w.Scrape(ctx, fleet.Request{Page: poll.NewPage(true)}), nil).Render(httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	out := httptest.NewRecorder()
	if err := r.Send(out); err != nil {
		t.Fatal(err)
	}
	return out.Body.String()
}

func posted() *simulated.Simulator {
	sim := simulated.New(simulated.Options{Still: true})
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	sim.SetComponent("UK - Prisma Access", "degraded_performance")
	sim.SetComponent("US West - Prisma Access", "on fire")
	sim.PostIncident(simulated.Incident{ID: "i1", Name: "Connectivity", Impact: "critical", Status: "investigating", Updated: at, Components: []string{"US East - Prisma Access"}})
	sim.PostIncident(simulated.Incident{ID: "i2", Name: "Over", Impact: "major", Status: "resolved", Updated: at})
	sim.PostMaintenance(simulated.Maintenance{ID: "m1", Name: "Upgrade", Status: "scheduled", Start: at, End: at.Add(4 * time.Hour)})
	sim.PostMaintenance(simulated.Maintenance{ID: "m2", Name: "Router", Status: "in_progress", Start: at.Add(-time.Hour), End: at, Components: []string{"Singapore - Prisma Access"}})
	sim.PostMaintenance(simulated.Maintenance{ID: "m3", Name: "Done", Status: "completed", Start: at, End: at})
	return sim
}

// TestGolden: all that the page can say. Under an unresolved incident, in maintenance, in a state that nobody knows.
func TestGolden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		golden(t, "posted", scrape(t, watch(t, posted(), ".*")))
	})
}

// TestHostile: an answer whose members have other types than they should, twice the same, and texts that no page should show as they are.
func TestHostile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		golden(t, "hostile", scrape(t, watch(t, answering(http.StatusOK, `{
			"components": [null, 7, {"name": 5}, {"id": "g", "name": "Head\u202eing", "group": true},
				{"name": "A", "status": "Operational", "group_id": "g"}, {"name": "A", "status": "major_outage", "group_id": "g"},
				{"name": "A", "status": null, "group_id": {}}, {"name": "B\n\"{", "status": 3}],
			"incidents": [{"id": "x", "name": null, "impact": [], "status": "Postmortem"}, {"id": "y", "updated_at": "yesterday"}, {"id": "y"}, {"name": "no ID"}],
			"scheduled_maintenances": [{"id": "m", "name": "M", "status": "In Progress", "scheduled_for": 17, "scheduled_until": "2026-01-02T03:04:05.678+02:00"}]
		}`), ".*")))
	})
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".prom")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s", path, got)
	}
}

// TestChosen: components by their whole names, and no headings.
func TestChosen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		page := scrape(t, watch(t, posted(), "UK.*|.*East"))
		if strings.Count(page, "prisma_sase_service_state{") != len(componentStates) || !strings.Contains(page, `component="UK - Prisma Access"`) {
			t.Error(page)
		}
	})
}

// TestFailures: a page that cannot be read is no healthy one, with a word on what to do.
func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.Handler
		want    string
	}{
		"down":         {answering(http.StatusServiceUnavailable, ""), "HTTP 503"},
		"moved":        {answering(http.StatusMovedPermanently, ""), "HTTP 301"},
		"login":        {answering(http.StatusUnauthorized, ""), "HTTP 401"},
		"not there":    {answering(http.StatusNotFound, ""), "HTTP 404"},
		"for people":   {answering(http.StatusOK, "<html>"), "ends in /api/v2"},
		"no JSON":      {answering(http.StatusOK, `{"components": [`), "invalid JSON"},
		"a list":       {answering(http.StatusOK, `[]`), "lists no component"},
		"nothing":      {answering(http.StatusOK, `{"components": []}`), "lists no component"},
		"none chosen":  {answering(http.StatusOK, `{"components": [{"name": "other"}]}`), "--collector.service_status.components"},
		"far too long": {answering(http.StatusOK, `{"components": ["`+strings.Repeat("x", mostBytes)+`"]}`), "more than the limit of 2097152"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := watch(t, c.handler, "UK.*")
				page := scrape(t, w)
				if strings.Contains(page, "prisma_sase_service_state") || !strings.Contains(page, "prisma_sase_scrape_success{} 0\n") {
					t.Error(page)
				}
				status := w.Status()[0]
				if err := status.Polls[0].Err; err == nil || !strings.Contains(err.Error(), c.want) || status.Do(status.Polls[0]) == "" {
					t.Errorf("got %v, what to do: %q", err, status.Do(status.Polls[0]))
				}
				if r := w.Check(t.Context())[0]; r.Good || len(r.Problems) != 1 || r.Rows[0][1] == "ok" {
					t.Errorf("%+v", r)
				}
			})
		})
	}
}

// TestOutageOfThePage: what it said is shown for a while and then withdrawn, and comes back.
func TestOutageOfThePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := posted()
		w := watch(t, sim, ".*")
		has := func(success, states bool) {
			t.Helper()
			scrape(t, w)
			time.Sleep(5 * time.Second) // for what a failure is tried again
			page := scrape(t, w)
			if strings.Contains(page, "prisma_sase_scrape_success{} 1\n") != success || strings.Contains(page, "prisma_sase_service_state{") != states {
				t.Error(page)
			}
		}
		has(true, true)
		sim.Fail(http.StatusBadGateway)
		time.Sleep(2 * time.Minute)
		has(false, true)
		time.Sleep(10 * time.Minute)
		has(false, false)
		sim.Fail(0)
		time.Sleep(2 * time.Minute)
		has(true, true)
	})
}

// TestInterval: scrapes within it do not ask the page.
func TestInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := posted()
		w := watch(t, sim, ".*")
		for range 8 {
			scrape(t, w)
			time.Sleep(15 * time.Second)
		}
		if n := sim.Calls(); n != 2 {
			t.Errorf("%d calls in two minutes, want 2", n)
		}
	})
}

// TestCollectors: a request that names other collectors is not about the page.
func TestCollectors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, posted(), ".*")
		ask := func(named bool, collectors ...string) bool {
			return len(w.Scrape(t.Context(), fleet.Request{Collectors: collectors, Named: named, Page: poll.NewPage(true)})) > 0
		}
		if ask(false, "alerts") || !ask(false, "alerts", Name) || !ask(true, "alerts") {
			t.Error("shown where it was not asked for, or not where it was")
		}
	})
}

// TestStatus: what people read at a glance.
func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, posted(), ".*")
		scrape(t, w)
		var told []string
		for _, f := range w.Status()[0].Facts {
			told = append(told, f.Name+": "+f.Text+f.Verdict.Word)
		}
		want := "Operational: 3 of 7 components|Singapore - Prisma Access: under maintenance|UK - Prisma Access: degraded performance|US East - Prisma Access: major outage|" +
			"US West - Prisma Access: unknown|Incident: Connectivity (investigating)|Maintenance: Upgrade (scheduled)|Maintenance: Router (in_progress)|API calls: 1"
		if got := strings.Join(told, "|"); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
		if r := w.Check(t.Context())[0]; !r.Good || r.Rows[0][0] != "summary" || r.Rows[0][2] != "7" {
			t.Errorf("%+v", r)
		}
	})
}

// TestBound: of a page with far too much the worst is shown.
func TestBound(t *testing.T) {
	var b strings.Builder
	for i := range mostComponents {
		fmt.Fprintf(&b, `{"name": "a%d", "status": "operational"},`, i)
	}
	s, err := read([]byte(`{"components": [`+b.String()+`{"name": "z", "status": "major_outage"}]}`), regexp.MustCompile(""))
	if err != nil {
		t.Fatal(err)
	}
	if !s.truncated || len(s.Components) != mostComponents || s.Components[0].Name != "z" {
		t.Errorf("%d components, truncated %t, first %s", len(s.Components), s.truncated, s.Components[0].Name)
	}
}

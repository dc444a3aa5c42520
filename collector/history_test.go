package collector

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// alertsAPI answers the alerts query with rows that a test sets.
type alertsAPI struct {
	rows      []alertRow
	truncated bool
	err       error
	window    string
	// ahead is how far the API's clock is ahead.
	ahead time.Duration
	takes time.Duration
}

func (a *alertsAPI) Query(_ context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	last := q.Filter.Rules[1]
	a.window = fmt.Sprint(last.Operator, last.Values)
	if a.err != nil {
		return insights.Answer{}, a.err
	}
	for _, r := range a.rows {
		*next().(*alertRow) = r
	}
	time.Sleep(a.takes)
	return insights.Answer{Rows: len(a.rows), Truncated: a.truncated, Created: time.Now().Add(a.ahead)}, nil
}

// alertsPoller polls an alerts collector in a test's own time.
type alertsPoller struct {
	t   *testing.T
	c   Collector
	api *alertsAPI
}

func newAlertsPoller(t *testing.T) *alertsPoller {
	o := testOptions()
	o.Started = time.Now()
	o.MaxAlertSeries = 1000
	c := newAlerts(o).(*alertsCollector)
	// What counts is on show from the beginning, so that each poll's page has
	// what the poll itself counted; TestFirstCountIsZero is about the rest.
	for _, severity := range severities {
		for _, category := range categories {
			c.history.raisedN.declare(alertCount{severity, category, ""})
			c.history.cleared.declare(alertCount{severity, category, "Auto"})
			c.history.cleared.declare(alertCount{severity, category, "No Data Timeout"})
		}
	}
	return &alertsPoller{t, c, &alertsAPI{}}
}

// page polls once and returns the page.
func (p *alertsPoller) page() []*dto.MetricFamily {
	p.t.Helper()
	builder := exposition.NewBuilder()
	emit := &Emitter{builder: builder, metrics: NewMetrics(prometheus.NewRegistry())}
	if err := p.c.Update(context.Background(), p.api, emit); err != nil {
		p.t.Fatal(err)
	}
	families, err := exposition.NewPage(builder.Parts(), nil).Families()
	if err != nil {
		p.t.Fatal(err)
	}
	return families
}

// series is how many series of some metrics the last answer makes.
func (p *alertsPoller) series(names ...string) (n int) {
	p.t.Helper()
	for _, f := range p.page() {
		if slices.Contains(names, f.GetName()) {
			n += len(f.Metric)
		}
	}
	return n
}

// poll polls once and returns the sums of the counters and of the open alerts.
func (p *alertsPoller) poll(rows ...alertRow) map[string]float64 {
	p.t.Helper()
	p.api.rows = rows
	sums := map[string]float64{}
	for _, f := range p.page() {
		for _, m := range f.Metric {
			switch f.GetName() {
			case alertsRaised.Name:
				sums["raised"] += m.GetCounter().GetValue()
			case alertsCleared.Name:
				if v := m.GetCounter().GetValue(); v > 0 {
					sums["cleared "+labelOf(m, "clear_reason")] += v
				}
			case alertsOpen.Name:
				sums["open"] += m.GetGauge().GetValue()
			}
		}
	}
	maps.DeleteFunc(sums, func(_ string, v float64) bool { return v == 0 })
	return sums
}

func labelOf(m *dto.Metric, name string) string {
	for _, l := range m.Label {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

func (p *alertsPoller) want(got map[string]float64, what string, want map[string]float64) {
	p.t.Helper()
	if !maps.Equal(got, want) {
		p.t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// row is an alert that was raised so long before now.
func row(id, state string, before time.Duration) alertRow {
	raised := insights.Time{Time: time.Now().Add(-before).Truncate(time.Millisecond)}
	r := alertRow{event: event{id: id, severity: "High", category: "RN", stateName: state, raised: raised, updated: raised}}
	if state == "Cleared" {
		r.clearReason = "Auto"
	}
	return r
}

type sums = map[string]float64

func TestCountsWhatHappensWhileItLooksOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newAlertsPoller(t)
		time.Sleep(10 * time.Second)
		old := row("old", "Raised", time.Hour)
		p.want(p.poll(old, row("gone", "Cleared", time.Hour)), "the first poll learns what there was", sums{"open": 1})

		time.Sleep(30 * time.Second)
		fresh := row("fresh", "Raised", time.Second)
		p.want(p.poll(old, fresh), "one is raised", sums{"open": 2, "raised": 1})
		p.want(p.poll(old, fresh), "it still is", sums{"open": 2, "raised": 1})

		time.Sleep(30 * time.Second)
		p.want(p.poll(old, fresh, row("flap", "Cleared", time.Second)), "one came and went in between", sums{"open": 2, "raised": 2, "cleared Auto": 1})

		time.Sleep(30 * time.Second)
		fresh.stateName, fresh.clearReason, fresh.severity = "Cleared", "No Data Timeout", "Critical"
		p.want(p.poll(old, fresh), "it is cleared, with another severity", sums{"open": 1, "raised": 2, "cleared Auto": 1, "cleared No Data Timeout": 1})
		p.want(p.poll(old, fresh), "once", sums{"open": 1, "raised": 2, "cleared Auto": 1, "cleared No Data Timeout": 1})

		time.Sleep(30 * time.Second)
		p.want(p.poll(old, row("fresh", "Raised", time.Second)), "it is raised again", sums{"open": 2, "raised": 3, "cleared Auto": 1, "cleared No Data Timeout": 1})
	})
}

func TestFirstPollCountsWhatWasRaisedAfterTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newAlertsPoller(t)
		time.Sleep(time.Minute)
		p.want(p.poll(row("a", "Raised", 30*time.Second), row("b", "Cleared", 30*time.Second), row("c", "Raised", 2*time.Minute)),
			"a and b happened since", sums{"open": 2, "raised": 2, "cleared Auto": 1})
	})
}

func TestOldAlertThatIsTouchedIsNotNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newAlertsPoller(t)
		p.poll()
		time.Sleep(10 * time.Hour)
		p.poll()
		time.Sleep(time.Minute)
		p.want(p.poll(row("a", "Cleared", 9*time.Hour)), "raised and cleared long ago", sums{})
		p.want(p.poll(row("b", "Raised", 20*time.Hour)), "open, and not there a moment ago", sums{"open": 1, "raised": 1})
	})
}

func TestAlertThatGoesWithoutAWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newAlertsPoller(t)
		a := row("a", "Raised", 0)
		p.poll(a)
		time.Sleep(time.Minute)
		p.api.truncated = true
		p.want(p.poll(), "an answer that is cut off proves nothing", sums{})
		p.api.truncated = false
		p.want(p.poll(), "a new reason shows zero first", sums{})
		p.want(p.poll(), "then what it counted", sums{"cleared unobserved": 1})
	})
}

func TestWindowReachesBackOverFailedPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newAlertsPoller(t)
		p.poll()
		for _, step := range []struct {
			gap  time.Duration
			want string
		}{{time.Minute, "last_n_hours[1]"}, {90 * time.Minute, "last_n_hours[3]"}, {30 * time.Hour, "last_n_hours[48]"}, {1000 * time.Hour, "last_n_days[30]"}} {
			time.Sleep(step.gap)
			if p.poll(); p.api.window != step.want {
				t.Errorf("after %s it asked for %s, want %s", step.gap, p.api.window, step.want)
			}
		}
	})
}

func TestAlertWithoutTimeHasTheTimeItFirstShowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newAlertsPoller(t)
		first := time.Now()
		bare := &event{id: "a", stateName: "Raised"}
		p.poll(alertRow{event: *bare})
		time.Sleep(time.Hour)
		p.poll(alertRow{event: *bare})
		if got := p.c.(*alertsCollector).history.raised(bare); !got.Equal(first) {
			t.Errorf("raised at %s, want %s", got, first)
		}
	})
}

// TestTimeThatComesAndGoes: an alert whose time the API gives now and then is
// one alert.
func TestTimeThatComesAndGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newAlertsPoller(t)
		p.poll()
		time.Sleep(time.Minute)
		dated := row("a", "Raised", 10*time.Second)
		timeless := dated
		timeless.raised = insights.Time{}
		for i, r := range []alertRow{timeless, dated, timeless, dated, timeless} {
			p.want(p.poll(r), fmt.Sprint("poll ", i), map[string]float64{"raised": 1, "open": 1})
			time.Sleep(time.Minute)
		}
		gone := timeless
		gone.stateName = "Cleared"
		p.poll(gone)
		p.want(p.poll(gone), "cleared", map[string]float64{"raised": 1, "cleared unknown": 1})
		again := row("a", "Raised", 10*time.Second)
		p.poll(again)
		p.want(p.poll(again), "raised again", map[string]float64{"raised": 2, "cleared unknown": 1, "open": 1})
	})
}

func TestHistoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("asks much with one goroutine")
	}
	synctest.Test(t, func(t *testing.T) {
		p := newAlertsPoller(t)
		for i := range 8 {
			rows := make([]alertRow, 10000)
			for j := range rows {
				rows[j] = row(fmt.Sprint(i, "/", j), "Cleared", 0)
				rows[j].clearReason = fmt.Sprint(i, j)
			}
			p.poll(rows...)
			time.Sleep(time.Minute)
		}
		h := p.c.(*alertsCollector).history
		if len(h.alerts) > maxHistory || len(h.cleared) > maxCounters+1 {
			t.Errorf("%d events and %d counters are kept, want at most %d and %d", len(h.alerts), len(h.cleared), maxHistory, maxCounters+1)
		}
		time.Sleep(historyLife + time.Hour)
		p.poll()
		if len(h.alerts) != 0 {
			t.Errorf("%d events are still kept long after", len(h.alerts))
		}
	})
}

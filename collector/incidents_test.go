package collector

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// incidentsAPI has incidents by their status, and may miss some of those that
// it counts.
type incidentsAPI struct {
	rows   []incidentRow
	missed int
	// refuses is the status of the answer to a filter with more words than one.
	refuses int
	words   []any
}

func (a *incidentsAPI) Query(_ context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	words := q.Filter.Rules[0].Values
	if q.Variant == "" {
		a.words = words
	}
	if len(words) > 1 && a.refuses != 0 {
		return insights.Answer{}, &insights.Error{Kind: insights.ErrUnavailable, Status: a.refuses}
	}
	answer := insights.Answer{Total: a.missed}
	for _, r := range a.rows {
		for _, word := range words {
			if r.stateName == word {
				*next().(*incidentRow) = r
				answer.Rows++
				answer.Total++
			}
		}
	}
	return answer, nil
}

func incident(id, status string, before time.Duration) incidentRow {
	raised := insights.Time{Time: time.Now().Add(-before).Truncate(time.Millisecond)}
	return incidentRow{event: event{id: id, severity: "Critical", category: "Network", stateName: status, raised: raised, updated: insights.Time{Time: time.Now()}}}
}

// pollIncidents polls once and returns what is open, and the sums of the counters.
func pollIncidents(t *testing.T, c Collector, api *incidentsAPI) string {
	t.Helper()
	builder := exposition.NewBuilder()
	emit := &Emitter{builder: builder, metrics: NewMetrics(prometheus.NewRegistry())}
	if err := c.Update(t.Context(), api, emit); err != nil {
		t.Fatal(err)
	}
	families, err := exposition.NewPage(builder.Parts(), nil).Families()
	if err != nil {
		t.Fatal(err)
	}
	open, raised, cleared := 0.0, 0.0, ""
	for _, f := range families {
		for _, m := range f.Metric {
			switch f.GetName() {
			case incidentsOpen.Name:
				open += m.GetGauge().GetValue()
			case incidentsRaised.Name:
				raised += m.GetCounter().GetValue()
			case incidentsCleared.Name:
				if reason := labelOf(m, "clear_reason"); reason != "" {
					cleared += fmt.Sprint(" ", reason, " ", m.GetCounter().GetValue())
				}
			}
		}
	}
	return fmt.Sprint(open, " open, ", raised, " raised, cleared", cleared)
}

// TestIncidents: what is raised and cleared while somebody looks on is counted,
// and what a page lost is not cleared.
func TestIncidents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := testOptions()
		o.Started = time.Now()
		c, api := newIncidents(o), &incidentsAPI{}
		old, pending := incident("a", "Raised", time.Hour), incident("b", "ClearPending", time.Hour)
		step := func(what, want string, missed int, rows ...incidentRow) {
			t.Helper()
			api.rows, api.missed = rows, missed
			if got := pollIncidents(t, c, api); got != want {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
			time.Sleep(time.Minute)
		}
		step("what was there before", "2 open, 0 raised, cleared", 0, old, pending)
		fresh := incident("c", "Raised", 0)
		step("one is raised, and is on show at zero", "3 open, 0 raised, cleared", 0, old, pending, fresh)
		step("then counts", "3 open, 1 raised, cleared", 0, old, pending, fresh)
		step("a page is missed", "3 open, 1 raised, cleared", 2, fresh)
		old.stateName, old.updated = "Cleared", insights.Time{Time: time.Now()}
		step("the API says that it is cleared", "2 open, 1 raised, cleared unknown 0", 0, pending, fresh, old)
		step("one is there no more", "1 open, 1 raised, cleared unknown 1 unobserved 0", 0, fresh, old)
		step("which was not there before", "1 open, 1 raised, cleared unknown 1 unobserved 1", 0, fresh, old)
	})
}

// TestIncidentFilterIsNarrowedWhereItHasToBe: the documents do not say that a
// filter may name all words for what is open.
func TestIncidentFilterIsNarrowedWhereItHasToBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, api := newIncidents(testOptions()), &incidentsAPI{refuses: http.StatusInternalServerError}
		api.rows = []incidentRow{incident("a", "Raised", time.Hour)}
		if got := pollIncidents(t, c, api); got != "1 open, 0 raised, cleared" || len(api.words) != 1 {
			t.Errorf("%s, asked for %v", got, api.words)
		}
		api.refuses = 0
		time.Sleep(narrowFor - time.Minute)
		if pollIncidents(t, c, api); len(api.words) != 1 {
			t.Errorf("soon after it is asked for %v", api.words)
		}
		time.Sleep(2 * time.Minute)
		if pollIncidents(t, c, api); len(api.words) != 3 {
			t.Errorf("later it is asked for %v", api.words)
		}
	})
}

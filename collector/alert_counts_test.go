package collector

import (
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// TestCountsAreOfTheLookback: the window is that of the flag.
func TestCountsAreOfTheLookback(t *testing.T) {
	q, err := json.Marshal(alertCounts(insights.WindowOver(3 * time.Hour)))
	if want := `{"filter":{"operator":"AND","rules":[{"property":"event_time","operator":"last_n_hours","values":[3]}]}}`; err != nil || string(q) != want {
		t.Errorf("asked is %s, %v; want %s", q, err, want)
	}
}

// TestCountsTakeThePlaceOfNoList: only where the counts are there and, where there
// was a list, only after an hour of answers that there is none.
func TestCountsTakeThePlaceOfNoList(t *testing.T) {
	const none, rows = `[]`, `[{"sub_tenant_id":"1","total_count":2}]`
	for name, c := range map[string]struct {
		before, list, counts string
		want                 error
		anHourLater          error
	}{
		"counts":                    {"", `"missing"`, rows, nil, nil},
		"no sub-tenant":             {"", `"missing"`, none, nil, nil},
		"neither":                   {"", `"missing"`, `"missing"`, insights.ErrMissing, insights.ErrMissing},
		"counts are not licensed":   {"", `"missing"`, `"unlicensed"`, insights.ErrMissing, insights.ErrMissing},
		"counts fail":               {"", `"missing"`, `"unavailable"`, insights.ErrUnavailable, insights.ErrUnavailable},
		"list fails":                {"", `"unavailable"`, rows, insights.ErrUnavailable, insights.ErrUnavailable},
		"list is not licensed":      {"", `"unlicensed"`, rows, insights.ErrUnlicensed, insights.ErrUnlicensed},
		"list was there":            {none, `"missing"`, rows, insights.ErrUnavailable, nil},
		"list was there and failed": {none, `"unavailable"`, rows, insights.ErrUnavailable, insights.ErrUnavailable},
	} {
		synctest.Test(t, func(t *testing.T) {
			collector, answers := newAlerts(testOptions()), cannedAPI{"alerts_list": json.RawMessage(c.counts)}
			api := newAvailability(answers, log.NewNopLogger())
			poll := func(list string) error {
				answers["prisma_sase_external_alerts_current"] = json.RawMessage(list)
				emit := &Emitter{builder: exposition.NewBuilder(), metrics: NewMetrics(prometheus.NewRegistry())}
				return collector.Update(t.Context(), api, emit)
			}
			if c.before != "" {
				if err := poll(c.before); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			if err := poll(c.list); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
			time.Sleep(time.Hour)
			if err := poll(c.list); !errors.Is(err, c.anHourLater) || (err == nil) != (c.anHourLater == nil) {
				t.Errorf("%s: got %v an hour later, want %v", name, err, c.anHourLater)
			}
		})
	}
}

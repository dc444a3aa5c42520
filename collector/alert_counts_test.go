package collector

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

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

// TestCountsTakeThePlaceOfNoList: only where there never was a list, and where
// the counts are there.
func TestCountsTakeThePlaceOfNoList(t *testing.T) {
	const none, rows = `[]`, `[{"sub_tenant_id":"1","total_count":2}]`
	for name, c := range map[string]struct {
		before, list, counts string
		want                 error
	}{
		"counts":                    {"", `"missing"`, rows, nil},
		"no sub-tenant":             {"", `"missing"`, none, nil},
		"neither":                   {"", `"missing"`, `"missing"`, insights.ErrMissing},
		"counts are not licensed":   {"", `"missing"`, `"unlicensed"`, insights.ErrMissing},
		"counts fail":               {"", `"missing"`, `"unavailable"`, insights.ErrUnavailable},
		"list fails":                {"", `"unavailable"`, rows, insights.ErrUnavailable},
		"list is not licensed":      {"", `"unlicensed"`, rows, insights.ErrUnlicensed},
		"list was there":            {none, `"missing"`, rows, insights.ErrMissing},
		"list was there and failed": {none, `"unavailable"`, rows, insights.ErrUnavailable},
	} {
		collector := newAlerts(testOptions())
		poll := func(list string) error {
			emit := &Emitter{builder: exposition.NewBuilder(), metrics: NewMetrics(prometheus.NewRegistry())}
			return collector.Update(context.Background(), cannedAPI{
				"prisma_sase_external_alerts_current": json.RawMessage(list),
				"alerts_list":                         json.RawMessage(c.counts),
			}, emit)
		}
		if c.before != "" {
			if err := poll(c.before); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if err := poll(c.list); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/promqltest"
)

// The counts of acme are a minute old, its details seven, and the counts have
// moved since. Globex waits for its first poll, and a tenant is nobody's child.
const oneChild = `load 1m
  prisma_access_provider_child_info{job="prisma", instance="one", provider="msp", child="acme", tsg_id="1"} 1x20
  prisma_access_provider_child_info{job="prisma", instance="one", provider="msp", child="globex", tsg_id="2"} 1x20
  prisma_access_provider_alerts{job="prisma", instance="one", provider="msp", child="acme", data_region="europe"} 2x20
  prisma_access_provider_alerts{job="prisma", instance="one", provider="msp", child="acme", data_region="americas"} 1x20
  prisma_access_provider_sites{job="prisma", instance="one", provider="msp", child="acme", data_region="europe", node_type="remote_network", state="down"} 4x20
  prisma_access_provider_sites{job="prisma", instance="one", provider="msp", child="acme", data_region="europe", node_type="remote_network", state="up"} 9x20
  prisma_access_provider_scrape_call_last_success_timestamp_seconds{job="prisma", instance="one", provider="msp", call="alerts", data_region="europe"} 540x20
  prisma_access_provider_scrape_call_last_success_timestamp_seconds{job="prisma", instance="one", provider="msp", call="alerts", data_region="americas"} 570x20
  prisma_access_alerts{job="prisma", instance="one", tenant="acme", prisma_severity="High", category="RN", state="raised"} 2x20
  prisma_access_alerts{job="prisma", instance="one", tenant="other", prisma_severity="High", category="RN", state="raised"} 7x20
  prisma_access_site_state{job="prisma", instance="one", tenant="acme", site="berlin", node_type="remote_network", state="down"} 1x20
  prisma_access_site_state{job="prisma", instance="one", tenant="acme", site="paris", node_type="remote_network", state="down"} 0x20
  prisma_access_scrape_collector_last_success_timestamp_seconds{job="prisma", instance="one", tenant="acme", collector="alerts"} 180x20
  prisma_access_scrape_collector_late{job="prisma", instance="one", tenant="acme", collector="alerts"} 1x20
  prisma_access_scrape_collector_late{job="prisma", instance="one", tenant="globex", collector="alerts"} 0x20
`

// TestChildrenOfProviders: what is counted of a child stands beside what its own
// last poll found, in rows that merge.
func TestChildrenOfProviders(t *testing.T) {
	t.Parallel()
	storage := promqltest.LoadedStorage(t, oneChild)
	t.Cleanup(func() { _ = storage.Close() })
	engine := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
	want := map[string]string{
		"A": "acme 3", "B": "acme 2", "C": "acme 4", "D": "acme 1", "E": "acme 60, globex 60", "F": "acme 420", "G": "acme 1, globex 0",
	}
	for _, q := range queries(t) {
		if q.panel != "Children of providers" {
			continue
		}
		expr, err := q.board.fill(q.Expr, nil)
		if err != nil {
			t.Fatal(err)
		}
		query, err := engine.NewInstantQuery(context.Background(), storage, nil, expr, time.Unix(600, 0))
		if err != nil {
			t.Fatal(err)
		}
		got, err := query.Exec(context.Background()).Vector()
		if err != nil {
			t.Fatalf("%s: %s", q.RefID, err)
		}
		var values []string
		for _, sample := range got {
			if labels := sample.Metric.String(); labels != fmt.Sprintf(`{child=%q, instance="one", provider="msp"}`, sample.Metric.Get("child")) {
				t.Errorf("%s: a row of %s", q.RefID, labels)
			}
			values = append(values, fmt.Sprint(sample.Metric.Get("child"), " ", sample.F))
		}
		slices.Sort(values)
		if text := strings.Join(values, ", "); text != want[q.RefID] {
			t.Errorf("%s: %s, want %s", q.RefID, text, want[q.RefID])
		}
		delete(want, q.RefID)
		query.Close()
	}
	if len(want) > 0 {
		t.Errorf("nobody asks %v", want)
	}
}

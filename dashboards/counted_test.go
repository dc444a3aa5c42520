package dashboards

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// countedPage is what the demo has not: a discovery, and a tenant whose alerts
// the API only counts.
const countedPage = `prisma_access_up{tenant="counted",sub_tenant=""} 1
prisma_access_alerts_counts_only{tenant="counted",sub_tenant=""} 1
prisma_access_alerts_raised_in_window{tenant="counted",sub_tenant="",alert_sub_tenant="1000000001"} 7
prisma_access_alerts_raised_in_window{tenant="counted",sub_tenant="",alert_sub_tenant="1000000002"} 3
prisma_access_alerts_raised_in_window_by_node_type{tenant="counted",sub_tenant="",alert_sub_tenant="1000000001",node_type="mobile_users"} 4
prisma_access_alerts_raised_in_window_by_node_type{tenant="counted",sub_tenant="",alert_sub_tenant="1000000002",node_type="mobile_users"} 2
prisma_exporter_discovery_success{tenant="provider"} 1
prisma_exporter_discovery_last_success_timestamp_seconds{tenant="provider"} 1.7e9
prisma_exporter_discovery_tenants{tenant="provider"} 2
prisma_exporter_discovery_left_out_tenants{tenant="provider"} 1
`

// serveCounted returns the address that countedPage is scraped from.
func serveCounted(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = w.Write([]byte(countedPage)) // a scrape that fails leaves panels empty
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// counted wants the tenant whose alerts are only counted to be told from one
// that has none open, and the demo's tenant to be as ever.
func (l *live) counted(ctx context.Context, t *testing.T) {
	wants := map[string]struct {
		value  float64 // of the tenant, or of all
		others bool    // whether other tenants are there, with alerts or none
	}{
		"overview / Open alerts by severity / G":          {value: 1},
		"overview / Tenants / B":                          {value: -1, others: true},
		"overview / Tenants / C":                          {value: -1, others: true},
		"alerts / Open alerts by severity / G":            {value: 1},
		"alerts / Tenants without the list of alerts / A": {value: 1},
		"alerts / Tenants without the list of alerts / B": {value: 10},
	}
	for _, q := range queries(t) {
		want, ok := wants[q.String()]
		if !ok {
			continue
		}
		delete(wants, q.String())
		expr, err := q.board.fill(q.target.Expr, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := l.instant(ctx, expr, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		var value float64
		others := false
		for _, r := range got {
			switch tenant := r.Metric["tenant"]; tenant {
			case "", "counted":
				value = r.value
			default:
				others = true
				if r.value < 0 {
					t.Errorf("%s: %g for tenant %s, which has the list", q, r.value, tenant)
				}
			}
		}
		if value != want.value || others != want.others {
			t.Errorf("%s: %g, others %t, want %g, others %t", q, value, others, want.value, want.others)
		}
	}
	for q := range wants {
		t.Errorf("there is no query %s", q)
	}
}

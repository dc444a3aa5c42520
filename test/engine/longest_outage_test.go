package engine

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/promqltest"
)

// TestLongestOutageFromTheFirstScrape asks the overview, beside "Sites down", for
// the longest outage: from the first scrape that sees a site down, when the rule
// PrismaSiteDown does not know of it yet, and without a jump when it does.
func TestLongestOutageFromTheFirstScrape(t *testing.T) {
	t.Parallel()
	// The site goes down after ten minutes and up again after thirty. The rule
	// knows two minutes later, and for half a minute longer than it lasts.
	storage := promqltest.LoadedStorage(t, `load 30s
  prisma_access_up{job="prisma", instance="one", tenant="acme"} 1x80
  prisma_access_site_state{job="prisma", instance="one", tenant="acme", site="berlin", state="down"} 0x19 1x39 0x20
  prisma_access_site_state{job="prisma", instance="one", tenant="acme", site="paris", state="down"} 0x80
  ALERTS_FOR_STATE{alertname="PrismaSiteDown", tenant="acme", site="berlin"} _x23 720x36 _x20
`)
	t.Cleanup(func() { _ = storage.Close() })
	engine := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
	asked := queries(t)
	i := slices.IndexFunc(asked, func(q query) bool { return q.Legend == "Longest outage" })
	if i < 0 {
		t.Fatal("no panel has the longest outage of a site")
	}
	expr, err := asked[i].board.fill(asked[i].Expr, nil)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Duration]time.Duration{
		9 * time.Minute: 0, 10 * time.Minute: 30 * time.Second, 11 * time.Minute: 90 * time.Second,
		12 * time.Minute: 2 * time.Minute, 20 * time.Minute: 10 * time.Minute, 30 * time.Minute: 0, 35 * time.Minute: 0,
	} {
		query, err := engine.NewInstantQuery(context.Background(), storage, nil, expr, time.Unix(0, 0).Add(at))
		if err != nil {
			t.Fatal(err)
		}
		got, err := query.Exec(context.Background()).Vector()
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || time.Duration(got[0].F*float64(time.Second)).Round(time.Second) != want {
			t.Errorf("after %s: %v, want %s", at, got, want)
		}
		query.Close()
	}
}

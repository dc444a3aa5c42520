package engine

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/tsdb"
)

// BenchmarkOverview asks once each time what the overview asks for its list of
// what is not healthy and for how many are in which state, for 1,000 tenants with
// four sites, eight tunnels and two locations each, of which one in fifty is down.
// docs/operations.md has the figures.
func BenchmarkOverview(b *testing.B) {
	db, err := tsdb.Open(b.TempDir(), promslog.NewNopLogger(), nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	began := time.Unix(1767225600, 0)
	at := began
	for range 20 {
		at = at.Add(interval)
		storeStates(b, db, at)
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 50e6, Timeout: 2 * time.Minute, EnableAtModifier: true})
	b.Cleanup(func() { _ = engine.Close() })
	for _, q := range queries(b) {
		if q.board.file != "overview.json" || !slices.Contains([]string{"Not healthy now", "Locations by state", "Sites by state", "Tunnels by state"}, q.panel) {
			continue
		}
		expr, err := q.board.fill(q.Expr, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("panel="+q.panel+"/query="+q.RefID, func(b *testing.B) {
			for range b.N {
				query, err := engine.NewInstantQuery(context.Background(), db, nil, expr, at)
				if !q.Instant {
					query, err = engine.NewRangeQuery(context.Background(), db, nil, expr, began, at, at.Sub(began)/30)
				}
				if err != nil {
					b.Fatal(err)
				}
				if err := query.Exec(context.Background()).Err; err != nil {
					b.Fatal(err)
				}
				query.Close()
			}
		})
	}
}

// storeStates stores what a scrape at a time finds of 1,000 tenants.
func storeStates(b *testing.B, db *tsdb.DB, at time.Time) {
	b.Helper()
	app := db.Appender(context.Background())
	store := func(name string, value float64, pairs ...string) {
		l := labels.FromStrings(append([]string{"__name__", name, "job", "prisma", "instance", "x:10058"}, pairs...)...)
		if _, err := app.Append(0, l, at.UnixMilli(), value); err != nil {
			b.Fatal(err)
		}
	}
	n := 0
	states := func(name string, words []string, pairs ...string) {
		n++
		for i, word := range words {
			value := 0.0
			if down := n%50 == 0; down == (i == len(words)-1) && (down || i == 0) {
				value = 1
			}
			store(name, value, append(pairs, "state", word)...)
		}
	}
	sites, tunnels := []string{"up", "unknown", "warning", "down"}, []string{"up", "unknown", "init", "inactive", "down"}
	for i := range 1000 {
		tenant := fmt.Sprintf("tenant-%04d", i)
		store("prisma_access_up", float64(min(i%100, 1)), "tenant", tenant)
		for _, collector := range []string{"alerts", "locations", "remote_networks", "tunnels"} {
			store("prisma_access_scrape_collector_success", float64(min(i%90, 1)), "tenant", tenant, "collector", collector)
			store("prisma_access_scrape_collector_last_success_timestamp_seconds", float64(at.Unix()), "tenant", tenant, "collector", collector)
		}
		for l := range 2 {
			states("prisma_access_location_state", sites, "tenant", tenant, "node_type", "remote_network", "location", fmt.Sprint("location-", l))
		}
		for s := range 4 {
			site := []string{"tenant", tenant, "node_type", "remote_network", "location", "location-0", "site", fmt.Sprint("site-", s)}
			states("prisma_access_site_state", sites, site...)
			for t := range 2 {
				states("prisma_access_tunnel_state", tunnels, append(site[:len(site):len(site)], "tunnel", fmt.Sprint("tunnel-", t), "instance_name", "FW_1")...)
			}
		}
	}
	if err := app.Commit(); err != nil {
		b.Fatal(err)
	}
}

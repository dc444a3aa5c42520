package engine

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/tsdb"
)

// BenchmarkEvaluation evaluates all rules once each time, over the pages of 1,000
// tenants and with half an hour behind it. docs/alerting.md has the figures.
func BenchmarkEvaluation(b *testing.B) {
	for _, c := range []struct {
		open       int
		concurrent bool // with Prometheus's feature concurrent-rule-eval
	}{{2000, false}, {20000, false}, {20000, true}} {
		b.Run(fmt.Sprintf("alerts=%d/concurrent=%t", c.open, c.concurrent), func(b *testing.B) {
			w := newWard(b, 1000, c.open, c.concurrent)
			for range 60 {
				w.scrape(w.recorded)
			}
			w.step()
			b.ResetTimer()
			w.spent = 0
			for range b.N {
				w.step()
			}
			b.ReportMetric(w.spent.Seconds()/float64(b.N), "cpu-s/op")
		})
	}
}

// ward is a Prometheus whose samples are written by hand.
type ward struct {
	b      *testing.B
	db     *tsdb.DB
	now    time.Time
	groups map[string]*rules.Group
	pages  []labels.Labels
	last   []labels.Labels // whose value is the time
	// recorded is what the rules have recorded by then.
	recorded []labels.Labels
	spent    time.Duration // of the processor, for evaluations alone
}

func newWard(b *testing.B, tenants, open int, concurrent bool) *ward {
	b.Helper()
	db, err := tsdb.Open(b.TempDir(), promslog.NewNopLogger(), nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	w := &ward{b: b, db: db, now: time.Unix(1767225600, 0)}
	for i := range tenants {
		tenant := fmt.Sprintf("tenant-%04d", i)
		series := func(name string, pairs ...string) labels.Labels {
			return labels.FromStrings(append([]string{"__name__", name, "job", "prisma", "instance", "x:10058", "tenant", tenant}, pairs...)...)
		}
		for _, collector := range []string{"alerts", "locations", "remote_networks", "service_connections", "tunnels", "mobile_users", "bandwidth"} {
			w.pages = append(w.pages, series("prisma_access_scrape_collector_success", "collector", collector))
			w.pages = append(w.pages, series("prisma_access_scrape_collector_duration_seconds", "collector", collector))
			w.last = append(w.last, series("prisma_access_scrape_collector_last_success_timestamp_seconds", "collector", collector))
		}
		w.pages = append(w.pages, series("prisma_access_up"), series("prisma_exporter_credential_valid"))
		w.last = append(w.last, series("prisma_access_site_state", "site", "hq", "node_type", "remote_network", "location", "US East", "state", "up"))
		for n := range open / tenants {
			id, site := fmt.Sprintf("%04d-%04d-4b7e-9c1d", i, n), fmt.Sprintf("site-%d", n)
			severity := []string{"Critical", "High", "Medium", "Low"}[n%4]
			w.pages = append(w.pages,
				series("prisma_access_alert_raised_timestamp_seconds", "alert_id", id, "prisma_severity", severity, "category", "RN", "code", "AL_RN_SITE_DOWN", "state", "raised"),
				series("prisma_access_alert_info", "alert_id", id, "message", "All tunnels for the Remote Network site "+site+" are down", "site", site, "location", "US East"))
			w.recorded = append(w.recorded,
				labels.FromStrings("__name__", "prisma_access:alert_shown_timestamp_seconds:max", "tenant", tenant, "alert_id", id, "prisma_severity", severity, "category", "RN", "code", "AL_RN_SITE_DOWN", "state", "raised", "site", site, "location", "US East"),
				labels.FromStrings("__name__", "prisma_access:alert_text_raised_timestamp_seconds:last", "tenant", tenant, "alert_id", id, "message", "All tunnels for the Remote Network site "+site+" are down"))
		}
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 50e6, Timeout: 2 * time.Minute, EnableAtModifier: true})
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc: rules.EngineQueryFunc(engine, db), Appendable: db, Queryable: db, Context: context.Background(), Logger: promslog.NewNopLogger(),
		NotifyFunc:             func(context.Context, string, ...*rules.Alert) {},
		ConcurrentEvalsEnabled: concurrent, MaxConcurrentEvals: 4, // Prometheus's default
	})
	files, err := globFiles("*.rules.yml")
	if err != nil {
		b.Fatal(err)
	}
	var errs []error
	w.groups, errs = manager.LoadGroups(interval, labels.EmptyLabels(), "", nil, false, files...)
	for _, err := range errs {
		b.Fatal(err)
	}
	for _, group := range w.groups {
		for _, rule := range group.AlertingRules() {
			rule.SetRestored(true) // else it writes no ALERTS
		}
	}
	return w
}

// scrape writes a scrape of everything, with what else is there at that time.
func (w *ward) scrape(beside []labels.Labels) {
	w.b.Helper()
	w.now = w.now.Add(interval)
	app := w.db.Appender(context.Background())
	write := func(all []labels.Labels, value float64) {
		for _, l := range all {
			if _, err := app.Append(0, l, w.now.UnixMilli(), value); err != nil {
				w.b.Fatal(err)
			}
		}
	}
	write(w.pages, 1)
	write(w.last, float64(w.now.Unix()))
	write(beside, float64(w.now.Unix()))
	if err := app.Commit(); err != nil {
		w.b.Fatal(err)
	}
}

// step is a scrape and an evaluation of all groups, each by a goroutine of its
// own as in Prometheus. The scrape does not count.
func (w *ward) step() {
	w.b.Helper()
	w.b.StopTimer()
	w.scrape(nil)
	w.b.StartTimer()
	before := processor(w.b)
	var groups sync.WaitGroup
	for _, group := range w.groups {
		groups.Go(func() { group.Eval(context.Background(), w.now) })
	}
	groups.Wait()
	w.spent += processor(w.b) - before
}

// processor is how long this process has had a processor: a figure that does not depend
// on what else the machine does.
func processor(b testing.TB) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

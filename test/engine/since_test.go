package engine

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/promqltest"
)

// The site goes down after ten minutes, the tunnel after six, and the rules know
// of the site alone. Another site is down since nobody knows when.
const sinceWhen = `load 15s
  prisma_access_up{job="prisma", instance="one", tenant="acme"} 1x80
  prisma_access_site_state{job="prisma", instance="one", tenant="acme", site="berlin", state="up"} 1x39 0x41
  prisma_access_site_state{job="prisma", instance="one", tenant="acme", site="berlin", state="down"} 0x39 1x41
  prisma_access_site_state{job="prisma", instance="one", tenant="acme", site="rome", state="up"} 0x80
  prisma_access_site_state{job="prisma", instance="one", tenant="acme", site="rome", state="unknown"} 1x80
  prisma_access_tunnel_state{job="prisma", instance="one", tenant="acme", site="paris", tunnel="t1", state="up"} 1x23 0x57
  prisma_access_tunnel_state{job="prisma", instance="one", tenant="acme", site="paris", tunnel="t1", state="init"} 0x23 1x57
  prisma_access_location_state{job="prisma", instance="one", tenant="acme", location="US East", state="up"} 1x80
  prisma_access_scrape_collector_success{job="prisma", instance="one", tenant="acme", collector="licenses"} 0x80
  ALERTS_FOR_STATE{alertname="PrismaSiteDown", tenant="acme", site="berlin"} _x48 720x32
`

// TestSinceWhen asks the overview since when something is not healthy, from the
// first scrape on, when no rule knows of it, and without a jump when one does.
// Everything has some age, so that the column is there.
func TestSinceWhen(t *testing.T) {
	t.Parallel()
	storage := promqltest.LoadedStorage(t, sinceWhen)
	t.Cleanup(func() { _ = storage.Close() })
	engine := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
	asked := queries(t)
	i := slices.IndexFunc(asked, func(q query) bool { return q.panel == "Not healthy now" && q.RefID == "B" })
	if i < 0 {
		t.Fatal("nothing says since when something is not healthy")
	}
	expr, err := asked[i].board.fill(asked[i].Expr, nil)
	if err != nil {
		t.Fatal(err)
	}
	// As the column reads them: what is longer than the time looked at has a
	// hundred years more, and what nobody knows the age of has 95 years.
	const longer, unknown = (3155760000 + 300) * time.Second, 3e9 * time.Second
	for at, want := range map[time.Duration]map[string]time.Duration{
		0:                {"rome": unknown, "licenses": unknown},
		4 * time.Minute:  {"rome": unknown, "licenses": unknown},
		6 * time.Minute:  {"rome": longer, "licenses": unknown, "t1": 15 * time.Second},
		8 * time.Minute:  {"rome": longer, "licenses": unknown, "t1": 135 * time.Second},
		10 * time.Minute: {"rome": longer, "licenses": unknown, "t1": 255 * time.Second, "berlin": 15 * time.Second},
		11 * time.Minute: {"rome": longer, "licenses": unknown, "t1": longer, "berlin": 75 * time.Second},
		12 * time.Minute: {"rome": longer, "licenses": unknown, "t1": longer, "berlin": 2 * time.Minute},
		20 * time.Minute: {"rome": longer, "licenses": unknown, "t1": longer, "berlin": 10 * time.Minute},
	} {
		query, err := engine.NewInstantQuery(context.Background(), storage, nil, expr, time.Unix(0, 0).Add(at))
		if err != nil {
			t.Fatal(err)
		}
		got, err := query.Exec(context.Background()).Vector()
		if err != nil {
			t.Fatal(err)
		}
		for _, sample := range got {
			name := sample.Metric.Get("collector") + sample.Metric.Get("tunnel")
			if name == "" {
				name = sample.Metric.Get("site")
			}
			age := (time.Duration(sample.F*float64(time.Millisecond)) + 24*time.Hour).Round(time.Second)
			if wanted, ok := want[name]; !ok || age != wanted {
				t.Errorf("after %s: %s is not healthy since %s, want %s", at, name, age, wanted)
			}
			delete(want, name)
		}
		for name := range want {
			t.Errorf("after %s: %s has no age", at, name)
		}
		query.Close()
	}
}

package engine

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// TestOutageIsOnePage lets a site go down with all its tunnels, for an hour. Prisma
// raises an alert for the site and one for each of two tunnels, and the state pages
// show them too: the pager is told of one thing, once, and everything else is
// there and inhibited.
func TestOutageIsOnePage(t *testing.T) { simulate(t, outageIsOnePage) }

func outageIsOnePage(t *testing.T) {
	ears := &ears{}
	keyFile := filepath.Join(t.TempDir(), "key")
	th := newTheatre(t, ears.take, "--prisma.tenant-id="+tenant, "--prisma.base-url=http://127.0.0.1:80", "--prisma.api-key-file="+keyFile)
	api, world := still(t, keyFile)
	th.network.Serve(t, "127.0.0.1:80", api)
	th.open()
	th.shows(`prisma_access_site_state{state="up"} == 1`)
	th.evaluations(20)

	site := th.prom.query(`topk(1, prisma_access_site_tunnels)`)[0].Metric.Get("site")
	tunnels := th.prom.query(`prisma_access_tunnel_state{state="up", site="` + site + `"}`)
	th.must(world.SetSiteState(site, simulator.Down))
	raise := func(severity, code, tunnel string) {
		world.RaiseAlert(simulator.Alert{Severity: severity, Category: "RN", Code: code, Site: site, Tunnel: tunnel, Message: code})
	}
	raise("High", "AL_RN_SITE_DOWN", "")
	for range 2 {
		raise("Medium", "AL_RN_PRIMARY_TUNNEL_DOWN", "t")
	}
	time.Sleep(time.Hour)

	compare(t, "what is told", ears.heard(), []string{"pager firing: RN site " + site + " down: all tunnels (High, " + tenant + ")"})

	fires := th.prom.query(`count by (alertname) (ALERTS{alertstate="firing", site="` + site + `"})`)
	got := map[string]float64{}
	for _, s := range fires {
		got[s.Metric.Get(model.AlertNameLabel)] = s.F
	}
	want := map[string]float64{"PrismaAlertHigh": 1, "PrismaAlertMedium": 2, "PrismaSiteDown": 1, "PrismaTunnelDown": float64(len(tunnels))}
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%v of %s fire, want %v: %v", got[name], name, n, got)
		}
	}
}

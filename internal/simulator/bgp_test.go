package simulator

import (
	"testing"
	"time"
)

// TestBGPIsLostUnderTunnelsThatStayUp: by the scenario, and by an act.
func TestBGPIsLostUnderTunnelsThatStayUp(t *testing.T) {
	if testing.Short() {
		t.Skip("asks much with one goroutine")
	}
	b := newBench(t, Options{})
	lost := 0
	for range 200 {
		b.clock.advance(time.Minute)
		now := b.clock.Now()
		for _, s := range b.world.sites {
			r := s.record(lastDay(now))
			if r["bgp_site_state_name"] == "Down" && r["site_state_name"] == "Up" && r["bgp_up_tunnels"] == int64(0) {
				lost++
			}
			if !s.hasBGP() && (r["bgp_site_state_name"] != "Unknown" || r["bgp_all_tunnels"] != int64(0)) {
				t.Fatalf("%s has BGP: %v", s.name, r)
			}
		}
	}
	if lost == 0 {
		t.Error("no site lost BGP alone within hours")
	}
	still := newBench(t, Options{Still: true})
	site := still.world.sites[0]
	if err := still.world.SetSiteBGP(site.name, Down); err != nil {
		t.Fatal(err)
	}
	if r := site.record(lastDay(still.clock.Now())); r["bgp_site_state_name"] != "Down" || r["site_state_name"] != "Up" {
		t.Errorf("%v", r)
	}
}

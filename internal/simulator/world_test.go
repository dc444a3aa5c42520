package simulator

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// everything is all rows of all resources, as text.
func everything(b *bench) string {
	var all []any
	for _, name := range []string{
		"edge_location_current_status", "rn_list", "sc_list", "tunnel_list", "connected_user_count", "current_connected_user_list",
		"location_gp_mobile_users_logins", "rn_bandwidth_allocated", "location_rn_bandwidth", "location_sc_bandwidth",
	} {
		body := `{}`
		if name == "edge_location_current_status" {
			body = `{"properties": [{"property": "edge_location_display_name"}, {"property": "mu_state_instance"}]}`
		}
		all = append(all, b.query(name, body).Data)
	}
	all = append(all, b.query(alerts, `{"properties": [{"property": "alert_id"}, {"property": "state"}, {"property": "message"}]}`).Data)
	return jsonText(all)
}

func TestSameSeedAndClockSameWorld(t *testing.T) {
	if testing.Short() {
		t.Skip("asks much with one goroutine")
	}
	one, same := newBench(t, Options{}), newBench(t, Options{})
	other := newBench(t, Options{Tenants: []Tenant{{ID: "t1", Key: "first-key", Seed: 7, Size: DemoSize}}})
	if everything(other) == everything(one) {
		t.Error("another seed makes the same world")
	}
	// What was asked before has no effect on what is answered now.
	one.clock.advance(5 * time.Minute)
	everything(one)
	one.clock.advance(5 * time.Minute)
	same.clock.advance(10 * time.Minute)
	if everything(one) != everything(same) {
		t.Error("the same seed and clock make another world")
	}
}

func TestSizes(t *testing.T) {
	for _, size := range []Size{
		{},
		DemoSize,
		{Users: 3},
		{RemoteNetworks: 1},
		{ServiceConnections: 2},
		{Tunnels: 9},
		{Alerts: 1},
		{Locations: 80, RemoteNetworks: 5, Tunnels: 20},
	} {
		b := newBench(t, Options{Tenants: []Tenant{{ID: "t1", Size: size}}, Still: true})
		sites := size.RemoteNetworks + size.ServiceConnections
		tunnels := max(size.Tunnels, sites)
		if sites == 0 {
			tunnels = 0
		}
		if len(b.world.Sites()) != sites || len(b.world.Tunnels()) != tunnels {
			t.Errorf("%+v: %d sites, %d tunnels", size, len(b.world.Sites()), len(b.world.Tunnels()))
		}
		if n := b.query("connected_user_count", `{}`).Data[0]["user_count"]; n != float64(size.Users) {
			t.Errorf("%+v: %v users", size, n)
		}
		for _, names := range [][]string{b.world.Sites(), b.world.Tunnels(), b.world.Locations()} {
			if slices.Sort(names); len(slices.Compact(names)) != len(slices.Compact(slices.Clone(names))) || slices.Contains(names, "") {
				t.Errorf("%+v: names %q", size, names)
			}
		}
		everything(b)
	}
}

func TestNamesAreUnique(t *testing.T) {
	w := newWorld("t", "", 1, Size{Locations: 100, RemoteNetworks: 500, ServiceConnections: 50, Tunnels: 1500}, clock{now: time.Now, speed: 1})
	for _, names := range [][]string{w.Sites(), w.Tunnels(), w.Locations()} {
		seen := map[string]bool{}
		for _, name := range names {
			if seen[name] {
				t.Errorf("%q is there twice", name)
			}
			seen[name] = true
		}
	}
}

func TestOptionsThatAreRefused(t *testing.T) {
	for name, o := range map[string]Options{
		"no tenants":      {},
		"twice":           {Tenants: []Tenant{{ID: "a"}, {ID: "a"}}},
		"no ID":           {Tenants: []Tenant{{}}},
		"blank key":       {Tenants: []Tenant{{ID: "a", Key: " k"}}},
		"negative":        {Tenants: []Tenant{{ID: "a", Size: Size{Users: -1}}}},
		"negative sub":    {Tenants: []Tenant{{ID: "a", SubTenants: map[string]Size{"s": {Users: -1}}}}},
		"no sub ID":       {Tenants: []Tenant{{ID: "a", SubTenants: map[string]Size{"": {}}}}},
		"resource":        {Tenants: []Tenant{{ID: "a", Nested: []string{"nope"}}}},
		"refusal":         {Tenants: []Tenant{{ID: "a", Refuse: map[string]Refusal{"nope": NotThere}}}},
		"speed":           {Tenants: []Tenant{{ID: "a"}}, Speed: -1},
		"no speed at all": {Tenants: []Tenant{{ID: "a"}}, Speed: math.NaN()},
		"token":           {Tenants: []Tenant{{ID: "a"}}, TokenLifetime: -1},
		"key file":        {Tenants: []Tenant{{ID: "a", KeyFile: "/nowhere/at/all"}}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestPinnedSite(t *testing.T) {
	b := newBench(t, Options{Still: true})
	site := b.world.Sites()[0]
	row := func() map[string]any {
		return b.query("rn_list", fmt.Sprintf(`{"filter": {"rules": [{"property": "site_name", "operator": "in", "values": [%q]},
			{"property": "event_time", "operator": "last_n_days", "values": [30]}]}}`, site)).Data[0]
	}
	if r := row(); r["site_state_name"] != "Up" || r["site_state"] != 1.0 || r["site_up_tunnels"] != 2.0 || r["avg_throughput"] == 0.0 {
		t.Errorf("at first: %v", r)
	}
	if err := b.world.SetSiteState(site, Down); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.clock.advance(4 * time.Minute)
		r := row()
		if r["site_state_name"] != "Down" || r["site_state"] != 0.0 || r["site_up_tunnels"] != 0.0 || r["site_disconnection"] != 1.0 {
			t.Errorf("down: %v", r)
		}
		// The event time of a site that is down stands still.
		if seen := time.UnixMilli(int64(r["event_time"].(float64))); seen.After(startOfTests) || seen.Before(startOfTests.Add(-2*time.Minute)) {
			t.Errorf("last seen %v", seen)
		}
	}
	if lost := row()["site_connection_duration"].(float64); lost < 11*60e3 || lost > 12*60e3 {
		t.Errorf("disconnected for %v ms", lost)
	}
	if err := b.world.SetSiteState(site, ""); err != nil {
		t.Fatal(err)
	}
	if r := row(); r["site_state_name"] != "Up" || r["site_disconnection"] != 0.0 {
		t.Errorf("given back: %v", r)
	}
	if err := b.world.SetSiteState(site, "Confused"); err != nil {
		t.Fatal(err)
	}
	if r := row(); r["site_state_name"] != "Confused" || r["site_state"] != 9.0 {
		t.Errorf("unknown word: %v", r)
	}
}

func TestPinnedTunnelsMakeTheSitesState(t *testing.T) {
	b := newBench(t, Options{Still: true})
	site := b.world.Sites()[24]
	tunnels := []string{"ike-" + site + "-primary", "ike-" + site + "-secondary"}
	state := func() string {
		r := b.query("sc_list", fmt.Sprintf(`{"filter": {"rules": [{"property": "site_name", "operator": "in", "values": [%q]}]}}`, site)).Data[0]
		return strings.TrimSpace(fmt.Sprintln(r["site_state_name"], r["site_state"], r["site_up_tunnels"], r["site_all_tunnels"]))
	}
	want := []string{"Up 2 2 2", "Warning 4 1 2", "Down 3 0 2"}
	for i, w := range want {
		if got := state(); got != w {
			t.Errorf("with %d tunnels down: %s, want %s", i, got, w)
		}
		if i < len(want)-1 {
			if err := b.world.SetTunnelState(tunnels[i], Down); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestPinnedLocation(t *testing.T) {
	b := newBench(t, Options{Still: true})
	const body = `{"properties": [{"property": "mu_state_instance"}, {"property": "rn_state_instance"}], "filter": {"rules": [{"property": "edge_location_display_name", "operator": "in", "values": ["US East"]}]}}`
	for state, want := range map[State]float64{Down: 0, Up: 1, Warning: 2} {
		if err := b.world.SetLocationState("US East", MobileUsers, state); err != nil {
			t.Fatal(err)
		}
		if row := b.query("edge_location_current_status", body).Data[0]; row["mu_state_instance"] != want || row["rn_state_instance"] != 1.0 {
			t.Errorf("%s: %v", state, row)
		}
	}
	for _, err := range []error{
		b.world.SetLocationState("Atlantis", MobileUsers, Down), b.world.SetLocationState("US East", "tv", Down),
		b.world.SetSiteState("nope", Down), b.world.SetTunnelState("nope", Down), b.world.ClearAlert("nope", ""),
	} {
		if err == nil {
			t.Error("no error for something that is not there")
		}
	}
}

func TestUnofferedServicesAreNull(t *testing.T) {
	b := newBench(t, Options{})
	w := b.post("edge_location_current_status", `{"properties": [{"property": "edge_location_display_name"}, {"property": "sc_state_instance"}]}`)
	var answer struct{ Data []map[string]json.RawMessage }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	nulls := 0
	for _, row := range answer.Data {
		if string(row["sc_state_instance"]) == "null" {
			nulls++
		}
	}
	if nulls == 0 || nulls == len(answer.Data) {
		t.Errorf("%d of %d locations have no service connections", nulls, len(answer.Data))
	}
}

func TestManyTenantsAreCheap(t *testing.T) {
	b := newBench(t, Options{Tenants: Fleet(1000, DemoSize)})
	if n := len(b.sim.TenantIDs()); n != 1000 {
		t.Fatalf("%d tenants", n)
	}
	built := 0
	for _, tenant := range b.sim.tenants {
		built += len(tenant.worlds)
	}
	if built != 1 {
		t.Errorf("%d worlds were built, one was asked for", built)
	}
}

func TestManyAtOnce(t *testing.T) {
	b := newBench(t, Options{})
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 3 {
				b.clock.advance(20 * time.Second)
				everything(b)
				id := b.world.RaiseAlert(Alert{})
				b.sim.SetFault("jwt", Fault{Kind: AnswerStatus, Status: 500, Hits: i + 1})
				b.exchange("t1", b.sim.Key("t1"))
				b.sim.ClearFaults()
				if err := b.world.SetSiteState(b.world.Sites()[i], Down); err != nil {
					t.Error(err)
				}
				if err := b.world.ClearAlert(id, ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

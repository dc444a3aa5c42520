package simulation

import (
	"testing"
	"time"
)

// TestShrink has something that needs two of five acts and one of four tenants: nothing else stays.
func TestShrink(t *testing.T) {
	s := Scenario{
		Seed: 7, Length: 2 * time.Hour, Every: time.Minute, Timeout: 10 * time.Second, Pair: true, Latency: time.Second, Found: 5, Companies: 1,
		Tenants: []Group{{Name: "a", Count: 3, API: "v1", Host: "a"}, {Name: "b", Count: 4, API: "v3", Host: "b", Shared: true, Subs: []string{"11"}}},
		Acts: []Act{
			{At: 5 * time.Minute, For: time.Minute, Do: "fault", What: "500", On: "queries"},
			{At: 65*time.Minute + 7*time.Second, For: 30 * time.Minute, Do: "fault", What: "401", On: "oauth2", Tenant: "b2", Chance: 0.5},
			{At: 66 * time.Minute, Do: "reload"},
			{At: 70 * time.Minute, For: 8 * time.Minute, Do: "rotate", Tenant: "b1"},
			{At: 90 * time.Minute, For: time.Minute, Do: "company fault", What: "503", On: "*"},
		},
	}
	got := s.Shrink(func(c Scenario) bool {
		var refused, rotated bool
		for _, a := range c.Acts {
			refused = refused || a.What == "401" && a.For >= time.Minute
			rotated = rotated || a.Do == "rotate"
		}
		return refused && rotated && c.tenant("b2").Shared
	})
	want := Scenario{
		Seed: 7, Length: got.Length, Every: 30 * time.Second, Timeout: 25 * time.Second, Collectors: []string{"alerts"},
		Tenants: []Group{{Name: "b", Count: 2, API: "v3", Host: "b", Shared: true}},
		Acts: []Act{
			{At: warmUp, For: got.Acts[0].For, Do: "fault", What: "401", On: "oauth2", Tenant: "b2"},
			{At: warmUp, Do: "rotate", Tenant: "b1"},
		},
	}
	if want.Acts[0].For > 2*time.Minute || want.Length > 10*time.Minute || got.String() != want.String() {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

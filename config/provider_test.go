package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestProviderDefaults: children are drilled down, and there may be many.
func TestProviderDefaults(t *testing.T) {
	d := loadProvider(t, "  template: {region: us}\n  provider: {}")
	if want := (Provider{Interval: time.Minute, DrillDown: true, DrillInterval: time.Hour}); d.Provider == nil || !reflect.DeepEqual(*d.Provider, want) {
		t.Errorf("the provider is %+v, want %+v", d.Provider, want)
	}
	if d.MaxTenants != 1000 {
		t.Errorf("at most %d tenants", d.MaxTenants)
	}
	if d := loadProvider(t, "  max_tenants: 7\n  template: {region: us}\n  provider: {}"); d.MaxTenants != 7 {
		t.Errorf("at most %d tenants where the file says 7", d.MaxTenants)
	}
	if d := loadProvider(t, "  template: {region: us}"); d.Provider != nil || d.MaxTenants != defaultMaxTenants {
		t.Errorf("without a provider: %+v, %d tenants", d.Provider, d.MaxTenants)
	}
}

// TestProviderMistakes: each with its line and what to write.
func TestProviderMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"{intervall: 1m}":                     `12: discovery 1000000000: provider: there is no field "intervall": did you mean interval?`,
		"{interval: 10s}":                     "provider.interval: 10s: use 30s to 5m",
		"{drill_interval: 1m}":                "provider.drill_interval: 1m0s: use 5m to 24h",
		"{regions: [US]}":                     `provider.regions: "US": write us`,
		"{regions: [us, americas]}":           `provider.regions: "americas" is there twice: leave one out`,
		`{regions: ["a b"]}`:                  `provider.regions: "a b": use one of us, eu`,
		"{drill_down: yes please}":            `provider.drill_down: "yes please" is neither true nor false`,
		"{regions: [us], regions: [eu]}":      "provider.regions: this is a duplicate of line 12",
		"{regions: us}":                       "provider.regions: this must be a list",
		"[]":                                  "provider: this must be a mapping, of drill_down, drill_interval, interval, regions",
		"{interval: 1m, drill_interval: 25h}": "use 5m to 24h",
	} {
		_, err := load(t, fmt.Sprintf(provider, "  template: {region: us}\n  provider: "+text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestChildrenOfAProvider: a child has the region that the hierarchy names, is
// drilled unless the file says otherwise, and has the name of its tenant even
// where that is configured by hand.
func TestChildrenOfAProvider(t *testing.T) {
	d := loadProvider(t, "  template: {region: us}\n  provider: {drill_interval: 2h}")
	groups := []Group{{ID: "1000000001", CDL: "9000000001", Region: "eu"}, {ID: "1000000002", CDL: "9000000002"}, {ID: "1000000003"}}
	hand := []Tenant{{Name: "by-hand", API: V2, ID: "1000000002", BaseURL: "https://x.example"}, {Name: "old", API: V1, ID: "1000000003"}, {Name: "other", API: V3, ID: "1000000009"}}
	found, left := d.Tenants(groups, hand, nil)
	if len(left) > 0 || len(found) != 2 || found[0].Region != "eu" || found[1].Region != "us" || found[0].DrillInterval != 2*time.Hour {
		t.Fatalf("found %+v, left out %v", found, left)
	}
	children := d.Children(groups, append(hand, found...))
	want := []Child{{"by-hand", "1000000002", "9000000002", "us"}, {"1000000001", "1000000001", "9000000001", "eu"}, {"1000000003", "1000000003", "", "us"}}
	if !reflect.DeepEqual(children, want) {
		t.Errorf("the children are %+v, want %+v", children, want)
	}
	if got := d.Provider.RegionsOf(children); !reflect.DeepEqual(got, []string{"eu", "us"}) {
		t.Errorf("asked are %v", got)
	}
	d.Provider.Regions = []string{"sg"}
	if got := d.Provider.RegionsOf(children); !reflect.DeepEqual(got, []string{"sg"}) {
		t.Errorf("asked are %v where the file says sg", got)
	}
	off := loadProvider(t, "  template: {region: us}\n  provider: {drill_down: false}")
	if found, _ := off.Tenants(groups, nil, nil); found[0].DrillInterval != 0 {
		t.Errorf("a child that is not drilled has %s", found[0].DrillInterval)
	}
}

func TestRegionNamed(t *testing.T) {
	for code, want := range map[string]string{"us01": "us", "UK01": "uk", "eu": "eu", "": "", "01": "", "a b": ""} {
		if got := RegionNamed(code); got != want {
			t.Errorf("%q is %q, want %q", code, got, want)
		}
	}
}

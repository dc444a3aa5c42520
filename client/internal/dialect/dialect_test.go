package dialect

import (
	"errors"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
)

// TestRegionsOfTheHeader: 3.0 calls two of them something else.
func TestRegionsOfTheHeader(t *testing.T) {
	want := map[string]string{"us": "americas", "eu": "europe", "uk": "uk", "sg": "sg", "ca": "ca", "jp": "jp", "au": "au", "de": "de", "in": "in"}
	for _, region := range config.Regions() {
		if got := (&config.Tenant{Region: region}).RegionWord(); got != want[region] || got == "" {
			t.Errorf("%s is %q, want %q", region, got, want[region])
		}
	}
}

// TestColumnsOfAConfiguration: its names come before the built-in ones, and
// where two columns have one name the same one is read each time.
func TestColumnsOfAConfiguration(t *testing.T) {
	own := map[string]string{"a": "own"}
	if got := translated(map[string]string{"a": "built-in", "b": "kept"}, own); got["a"] != "own" || got["b"] != "kept" {
		t.Errorf("columns are %v, want the configuration's over the built-in ones", got)
	}
	for range 100 {
		if got := inverse(map[string]string{"b": "same", "c": "same", "d": "own", "a": "own"}, own); got["same"] != "b" || got["own"] != "a" {
			t.Fatalf("rows are read into %v", got)
		}
	}
}

// TestAFamilyBesideInsights has a host of its own, whatever the version, unless
// the configuration says otherwise.
func TestAFamilyBesideInsights(t *testing.T) {
	q := insights.Query{Resource: insights.Incidents, Filter: insights.All(insights.In("status", "Raised"))}
	const path = "/incidents/v1/search"
	for _, c := range []struct {
		tenant config.Tenant
		want   string
	}{
		{config.Tenant{API: config.V3, Region: "eu"}, "https://api.strata.paloaltonetworks.com" + path},
		{config.Tenant{API: config.V2, Region: "eu"}, "https://api.strata.paloaltonetworks.com" + path},
		{config.Tenant{API: config.V2, BaseURL: "https://pa-eu01.api.prismaaccess.com"}, "https://api.strata.paloaltonetworks.com" + path},
		{config.Tenant{API: config.V3, Region: "eu", BaseURL: "https://relay.example/"}, "https://relay.example" + path},
		{config.Tenant{API: config.V3, Region: "eu", Paths: map[string]string{"incidents_search": "incidents/v2/search"}}, "https://api.strata.paloaltonetworks.com/incidents/v2/search"},
		{config.Tenant{API: config.V3, Region: "eu", Paths: map[string]string{"incidents_search": "https://api.sase.paloaltonetworks.com" + path}}, "https://api.sase.paloaltonetworks.com" + path},
	} {
		r, err := Of(c.tenant).Request(c.tenant, "", q, 2)
		if err != nil || r.URL != c.want || !r.Family || r.MaxPages == 0 {
			t.Errorf("the request is %+v, %v; want %s", r, err, c.want)
		}
		const body = `{"filter":{"rules":[{"property":"status","operator":"in","values":["Raised"]}]},"pagination":{"page_size":50,"page_number":2,"order_by":[{"property":"updated_time","order":"desc"}]}}`
		if string(r.Body) != body {
			t.Errorf("the body is %s", r.Body)
		}
		if region := r.Header.Get("X-PANW-Region"); c.tenant.Region != "" && region != "europe" {
			t.Errorf("the region is %q", region)
		}
	}
	v1 := config.Tenant{API: config.V1, Region: "eu"}
	if _, err := Of(v1).Request(v1, "", q, 1); !errors.Is(err, insights.ErrMissing) {
		t.Errorf("1.0 has no credential for it: %v", err)
	}
}

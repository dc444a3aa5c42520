package dialect

import (
	"fmt"
	"net/http"
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

// TestAFamilyBesideInsights: an API with GET, parameters and pages is a row
// that names it.
func TestAFamilyBesideInsights(t *testing.T) {
	d := Of(config.Tenant{API: config.V3})
	d.resources = map[string]resource{"licences": {family: &family{
		host: "https://api.example", paged: true,
		header: func(config.Tenant, string) http.Header { return http.Header{"X-Family": {"yes"}} },
		encode: func(q insights.Query, page int) (method, path string, body []byte, err error) {
			return http.MethodGet, fmt.Sprintf("/v1/%s?page=%d&kind=%v", q.Resource.Name, page, q.Filter.Rules[0].Values[0]), nil, nil
		},
	}}}
	q := insights.Query{Resource: insights.Resource{Name: "licences"}, Filter: insights.All(insights.In("kind", "edge"))}
	r, err := d.Request(config.Tenant{API: config.V3, ID: "1", Region: "eu"}, "", q, 2)
	if err != nil || r.Method != http.MethodGet || r.URL != "https://api.example/v1/licences?page=2&kind=edge" ||
		r.Body != nil || r.Header.Get("X-Family") != "yes" || r.Header.Get("X-PANW-Region") != "" || !r.Paged {
		t.Errorf("the request is %+v, %v", r, err)
	}
}

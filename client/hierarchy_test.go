package client

import (
	"errors"
	"net/http"
	"reflect"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
)

// TestHierarchy: both IDs and the region of all groups, in each form that the
// answer has been shown in.
func TestHierarchy(t *testing.T) {
	const child = `{"id":"1000000002","cdlTenantId":"9000000002","display_name":"Acme","license_activated":true,"region":["eu01"],"tenantLicenseType":"SASE","vertical":"x","children":[{"id":1000000003,"cdlTenantId":9000000003,"display_name":"Below","region":["","us01"]}]}`
	below := []config.Group{{ID: "1000000002", DisplayName: "Acme", CDL: "9000000002", Region: "eu"}, {ID: "1000000003", DisplayName: "Below", CDL: "9000000003", Region: "us"}}
	root := append([]config.Group{{ID: group, CDL: "9"}}, below...)
	for name, c := range map[string]struct {
		body string
		want []config.Group
	}{
		"object":         {`{"id":"` + group + `","cdlTenantId":"9","children":[` + child + `]}`, root},
		"list":           {`[{"id":"` + group + `","cdlTenantId":"9","children":[` + child + `]}]`, root},
		"items":          {`{"items":[` + child + `]}`, below},
		"envelope":       {`{"header":{"dataCount":1},"data":[` + child + `]}`, below},
		"none":           {`[]`, nil},
		"odd":            {`[{"id":null,"region":"eu01","children":{}},{"id":"1000000002","cdlTenantId":["x"],"region":["-"]}]`, []config.Group{{ID: "1000000002"}}},
		"without an end": {`{"id":"` + group + `","children":[{"children":[{"children":[]}]}]}`, []config.Group{{ID: group}}},
	} {
		api := &listener{rows: c.body}
		got, err := clientFor(t, tenantOf(t, config.V3), api).Hierarchy(t.Context())
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v\nwant %+v", name, got, err, c.want)
		}
		last := api.requests[len(api.requests)-1]
		if last.method != http.MethodGet || last.header.Get("X-PANW-Region") != "" || last.url != "https://api.sase.paloaltonetworks.com/mt/monitor/v1/agg/custom/tenant/hierarchy" {
			t.Errorf("%s: the call is %+v", name, last)
		}
	}
	for _, body := range []string{"<html>", `[1]`, `{"errorCode":"REST1","message":"no"}`} {
		if got, err := clientFor(t, tenantOf(t, config.V3), &listener{rows: body}).Hierarchy(t.Context()); err == nil {
			t.Errorf("%q is read as %+v", body, got)
		}
	}
}

// TestRegionsAreAskedApart: what one region refuses says nothing of another.
func TestRegionsAreAskedApart(t *testing.T) {
	asked := map[string]int{}
	c := clientFor(t, tenantOf(t, config.V3), authtest.API(func(r *http.Request) (*http.Response, error) {
		region := r.Header.Get("X-PANW-Region")
		switch {
		case r.URL.Path == "/oauth2/access_token":
			return authtest.Reply(200, `{"access_token":"t.o.k","expires_in":900}`), nil
		case r.URL.RequestURI() != "/mt/monitor/v1/agg/alerts/list?agg_by=tenant" || r.Method != http.MethodPost:
			t.Errorf("asked %s %s", r.Method, r.URL)
		}
		if asked[region]++; region == "uk" {
			return authtest.Reply(404, ""), nil
		}
		return authtest.Reply(200, `[{"sub_tenant_id":"1","total_count":2}]`), nil
	}))
	q := insights.Query{Resource: insights.AggregateAlerts, Properties: []insights.Property{{Name: "total_count"}}}
	for range 2 {
		if _, err := c.InRegion("uk").Query(t.Context(), q, ignoreRows); !errors.Is(err, insights.ErrMissing) {
			t.Errorf("uk: %v", err)
		}
		if answer, err := c.InRegion("us").Query(t.Context(), q, ignoreRows); err != nil || answer.Rows != 1 {
			t.Errorf("us: %+v, %v", answer, err)
		}
	}
	if asked["uk"] != 1 || asked["americas"] != 2 {
		t.Errorf("asked %v; want uk once, since it refused, and americas each time", asked)
	}
}

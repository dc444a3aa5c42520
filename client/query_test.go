package client

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
)

// TestQueriesOnTheWire: method, path, headers and body are those that the
// API's documentation shows.
func TestQueriesOnTheWire(t *testing.T) {
	month, err := insights.ParseWindow("30d")
	if err != nil {
		t.Fatal(err)
	}
	round := &insights.Format{Function: "round", Decimals: 2}
	for name, c := range map[string]struct {
		query insights.Query
		path  string
		body  string
	}{
		"count only": {
			insights.Query{Resource: insights.Resource{Feature: "gp_mobileusers", Name: "connected_user_count"}, Count: 5},
			"/api/sase/v1.0/resource/tenant/1/custom/query/gp_mobileusers/connected_user_count",
			`{"count":5}`,
		},
		"list": {
			insights.Query{Resource: insights.Resource{Feature: "remotenetworks", Name: "rn_list"}, Filter: insights.All(month.Of("event_time"))},
			"/api/sase/v1.0/resource/tenant/1/custom/query/remotenetworks/rn_list",
			`{"filter":{"operator":"AND","rules":[{"property":"event_time","operator":"last_n_days","values":[30]}]},"count":10000}`,
		},
		"properties": {
			insights.Query{
				Resource: insights.Resource{Name: "alerts_like"},
				Properties: []insights.Property{
					{Name: "alert_id"},
					{Name: "message", Alias: "Alert_Name"},
					{Name: "updated_time", Sort: &insights.Sort{Order: "desc", Sequence: 2}},
					{Name: "objects", Alias: "Objects", Function: insights.ToJSONString},
				},
				Filter: insights.Any(insights.NotIn("severity", "Notification"), insights.In("state", 0, 1)),
				Count:  100,
			},
			"/api/sase/v1.0/resource/tenant/1/query/alerts_like",
			`{"properties":[{"property":"alert_id"},{"property":"message","alias":"Alert_Name"},
			  {"property":"updated_time","sort":{"order":"desc","sequence":2}},
			  {"property":"objects","alias":"Objects","function":"to_json_string"}],
			  "filter":{"operator":"OR","rules":[{"property":"severity","operator":"not_in","values":["Notification"]},
			  {"property":"state","operator":"in","values":[0,1]}]},"count":100}`,
		},
		"histogram": {
			insights.Query{
				Resource:   insights.Resource{Name: "tunnel_status"},
				Properties: []insights.Property{{Name: "ingress", Function: insights.Avg, Format: round, Alias: "avg_ingress"}},
				Filter:     insights.All(insights.In("node_type", 48), month.Of("event_time")),
				Histogram:  month.Bucket("event_time"),
				Count:      100,
			},
			"/api/sase/v1.0/resource/tenant/1/query/tunnel_status",
			`{"histogram":{"property":"event_time","enableEmptyInterval":true,"range":"day","value":"30"},
			  "properties":[{"function":"avg","format":{"function":"round","value":2},"property":"ingress","alias":"avg_ingress"}],
			  "filter":{"operator":"AND","rules":[{"property":"node_type","operator":"in","values":[48]},
			  {"property":"event_time","operator":"last_n_days","values":[30]}]},"count":100}`,
		},
	} {
		var got *http.Request
		var body []byte
		f := newFixture(t, authtest.API(func(r *http.Request) (*http.Response, error) {
			if isToken(r) {
				if r.Method != http.MethodPost || r.URL.Path != "/api/sase/v1.0/jwt/tenant/1" || r.Header.Get("Authorization") != "ApiKey first-key" ||
					r.Header.Get("Content-Type") != "application/json" || r.ContentLength != 0 {
					t.Errorf("the exchange is %s %s %v", r.Method, r.URL, r.Header)
				}
				return authtest.Reply(200, `{"token":"a.b.c"}`), nil
			}
			got = r
			body, _ = io.ReadAll(r.Body)
			return authtest.Reply(200, noRows), nil
		}))
		if _, err := f.Scope("7").Query(t.Context(), c.query, ignoreRows); err != nil {
			t.Fatal(err)
		}
		if got.Method != http.MethodPost || got.URL.Path != c.path || !sameJSON(t, body, []byte(c.body)) {
			t.Errorf("%s: %s %s %s\nwant POST %s %s", name, got.Method, got.URL.Path, body, c.path, c.body)
		}
		for header, want := range map[string]string{
			"Authorization": "Bearer a.b.c", "Content-Type": "application/json", "Accept": "application/json",
			"Prisma-Tenant": "1:7", "X-Panw-Region": "", "Accept-Encoding": "",
		} {
			if got.Header.Get(header) != want {
				t.Errorf("%s: header %s is %q, want %q", name, header, got.Header.Get(header), want)
			}
		}
	}
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	for raw, target := range map[*[]byte]*any{&a: &x, &b: &y} {
		d := json.NewDecoder(bytes.NewReader(*raw))
		d.UseNumber()
		if err := d.Decode(target); err != nil {
			t.Fatalf("%s: %v", *raw, err)
		}
	}
	return reflect.DeepEqual(x, y)
}

// TestPathOverride: where a tenant has a resource elsewhere, it is asked there.
func TestPathOverride(t *testing.T) {
	var path string
	f := newFixture(t, authtest.API(func(r *http.Request) (*http.Response, error) {
		if isToken(r) {
			return authtest.Reply(200, `{"token":"a.b.c"}`), nil
		}
		path = r.URL.Path
		return authtest.Reply(200, noRows), nil
	}))
	f.tenant.Paths = map[string]string{"tunnel_list": "custom/query/other/tunnel_list"}
	if err := f.ask("tunnel_list"); err != nil || path != "/api/sase/v1.0/resource/tenant/1/custom/query/other/tunnel_list" {
		t.Errorf("%s, %v", path, err)
	}
}

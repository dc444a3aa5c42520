package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const (
	alertsQuery    = `{"filter":{"operator":"AND","rules":[{"property":"domain","operator":"in","values":["External","external"]},{"property":"event_time","operator":"last_n_days","values":[7]}]},"properties":[{"property":"sub_tenant_id"},{"property":"total_count"},{"property":"rn_count"}]}`
	sitesQuery     = `{"filter":{"rules":[{"property":"node_type","operator":"in","values":[51,48]},{"property":"site_state_name","operator":"in","values":["Up","Down"]}]},"properties":[{"property":"site_state_name"},{"property":"node_type"},{"property":"sub_tenant_id"},{"property":"site_name","function":"distinct_count","alias":"count"}]}`
	incidentsQuery = `{"count":5,"filter":{"rules":[{"property":"raised_time","operator":"last_n_days","values":["1"]},{"property":"status","operator":"equals","values":["Raised"]},{"property":"severity","operator":"in","values":["Critical","Warning"]}]},"properties":[{"property":"sub_tenant_id"},{"property":"total_count"},{"property":"critical_count"}]}`
	upgradesQuery  = `{"filter":{"operator":"AND","rules":[{"property":"start_date","operator":"equals","values":[["2023-05-01T01:00:00.000Z"]]},{"property":"end_date","operator":"equals","values":[["2023-05-01T01:00:00.000Z"]]}]},"properties":[{"property":"sub_tenant_id"},{"property":"current_version"},{"property":"status"}]}`
	gatewaysQuery  = `{"properties":[{"property":"status"},{"property":"gateway_count"},{"property":"sub_tenant_id"}]}`
)

// monitor asks Aggregate Monitoring as the account of a TSG and gives the rows of either form of its answer.
func (b *bench) monitor(tsg, tail, region, body string) (rows []map[string]any, status int, enveloped bool) {
	b.t.Helper()
	headers := []string{}
	if region != "" {
		headers = append(headers, "X-PANW-Region", region)
	}
	w := b.call(http.MethodPost, monitorHead+tail, "Bearer "+b.oauthToken(tsg, tsg), body, headers...)
	if w.Code != http.StatusOK {
		return nil, w.Code, false
	}
	var outer struct{ Data []map[string]any }
	if enveloped = strings.HasPrefix(w.Body.String(), "{"); enveloped {
		if err := json.Unmarshal(w.Body.Bytes(), &outer); err != nil {
			b.t.Fatal(err)
		}
		return outer.Data, w.Code, enveloped
	}
	if err := json.Unmarshal(w.Body.Bytes(), &rows); err != nil {
		b.t.Fatalf("%v\n%s", err, w.Body)
	}
	return rows, w.Code, enveloped
}

// TestAggregateMonitoring: a parent's counts are those of its children, by region and under either ID, in either form.
func TestAggregateMonitoring(t *testing.T) {
	b := groupBench(t, func(o *Options) {
		o.Still = true
		o.AggregateDelay = time.Minute
		o.Tenants[0].Size = Size{RemoteNetworks: 3, ServiceConnections: 1, Locations: 2}
	})
	b.world.RaiseAlert(Alert{Category: "RN"})
	b.world.RaiseIncident(Incident{})
	if err := b.world.SetSiteState(b.world.Sites()[0], Down); err != nil {
		t.Fatal(err)
	}
	if rows, _, _ := b.monitor(provider, "alerts/list?agg_by=tenant", "americas", alertsQuery); len(rows) != 0 {
		t.Errorf("before the delay is over, the rows are %v", rows)
	}
	b.clock.advance(2 * time.Minute)
	forms := map[bool]int{}
	for tail, c := range map[string]struct{ body, want string }{
		"alerts/list":                       {alertsQuery, "[map[rn_count:1 sub_tenant_id:1000000001 total_count:1]]"},
		"incidents/tenants":                 {incidentsQuery, "[map[critical_count:1 sub_tenant_id:1.000000001e+09 total_count:1]]"},
		"serviceConnectivity":               {sitesQuery, "[map[count:1 node_type:48 site_state_name:Down sub_tenant_id:9000000001] map[count:2 node_type:48 site_state_name:Up sub_tenant_id:9000000001] map[count:1 node_type:51 site_state_name:Up sub_tenant_id:9000000001]]"},
		"serviceConnectivity/gatewayStatus": {gatewaysQuery, "[map[gateway_count:2 status:Up sub_tenant_id:1000000001]]"},
		"upgrades/list":                     {upgradesQuery, "[map[current_version:PANOS-10.2.3 status:completed sub_tenant_id:1000000001] map[current_version:PANOS-10.2.4 status:scheduled sub_tenant_id:1000000001]]"},
	} {
		for _, region := range []string{"americas", ""} {
			rows, status, enveloped := b.monitor(provider, tail+"?agg_by=tenant", region, c.body)
			if forms[enveloped]++; fmt.Sprint(rows) != c.want || status != 200 {
				t.Errorf("%s %q: %d %v, want %s", tail, region, status, rows, c.want)
			}
		}
		for what, got := range map[string]func() ([]map[string]any, int, bool){
			"another region": func() ([]map[string]any, int, bool) { return b.monitor(provider, tail+"?agg_by=tenant", "sg", c.body) },
			"without agg_by": func() ([]map[string]any, int, bool) { return b.monitor(provider, tail, "americas", c.body) },
			"of another group": func() ([]map[string]any, int, bool) {
				return b.monitor(tsg2, tail+"?agg_by=tenant", "americas", c.body)
			},
		} {
			if rows, status, _ := got(); len(rows) != 0 || status != 200 {
				t.Errorf("%s, %s: %d %v", tail, what, status, rows)
			}
		}
		for what, body := range map[string]string{"no properties": `{"filter":{"rules":[]}}`, "a wrong one": strings.Replace(c.body, "sub_tenant_id", "tenant", 1), "no JSON": "x"} {
			if _, status, _ := b.monitor(provider, tail+"?agg_by=tenant", "americas", body); status != 400 {
				t.Errorf("%s, %s: %d", tail, what, status)
			}
		}
		if _, status, _ := b.monitor(provider, tail, "nowhere", c.body); status != 400 {
			t.Errorf("%s in no region: %d", tail, status)
		}
	}
	if forms[true] == 0 || forms[false] == 0 {
		t.Errorf("the forms of the answers are %v", forms)
	}
}

// TestQuotas: what each child may use, by product.
func TestQuotas(t *testing.T) {
	b := groupBench(t)
	for region, want := range map[string][]string{
		"americas": {`"tsg_id":"1000000001"`, `"sub_tenant_id":"9000000001"`, `"RN":{`, `"license_allocated_unit":"Mbps"`, `"expiry_ts":0`},
		"sg":       nil,
	} {
		w := b.call(http.MethodGet, monitorHead+"custom/license/quota?agg_by=tenant", "Bearer "+b.oauthToken(provider, provider), "", "X-PANW-Region", region)
		text := w.Body.String()
		for _, member := range want {
			if !strings.Contains(text, member) {
				t.Errorf("%d: %s has no %s", w.Code, text, member)
			}
		}
		if w.Code != http.StatusOK || want == nil && strings.Contains(text, "tsg_id") {
			t.Errorf("%s: %d %s", region, w.Code, text)
		}
	}
}

// TestHierarchy: all below a TSG with both IDs and the codes of their regions.
func TestHierarchy(t *testing.T) {
	b := groupBench(t)
	for i := range 2 {
		w := b.call(http.MethodGet, monitorHead+"custom/tenant/hierarchy", "Bearer "+b.oauthToken(holding, holding), "")
		text := w.Body.String()
		for _, want := range []string{`"id":"1000000009"`, `"cdlTenantId":"9000000001"`, `"region":["us01"]`, `"region":["eu01"]`, `"display_name":"One"`} {
			if w.Code != 200 || !strings.Contains(text, want) {
				t.Errorf("%d: %s has no %s", w.Code, text, want)
			}
		}
		if list := strings.HasPrefix(text, "["); list != (i == 1) {
			t.Errorf("answer %d is %.20s", i, text)
		}
	}
}

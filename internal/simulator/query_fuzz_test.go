package simulator

import (
	"net/http"
	"strings"
	"testing"
)

// FuzzQuery looks for bodies that the simulator neither answers nor refuses.
func FuzzQuery(f *testing.F) {
	f.Add(`{"properties": [{"property": "tunnel_throughput_egress", "function": "max"}], "histogram": {"property": "event_time", "range": "year", "value": 10000}, "filter": {"rules": [{"property": "event_time", "operator": "between", "values": [-9000000000000000000, 9000000000000000000]}]}}`)
	f.Add(`{"properties": [{"property": "node_type", "format": {"function": "ceil", "value": 10}, "sort": {"order": "desc", "sequence": 1}}], "filter": {"operator": "OR", "rules": [{"property": "node_type", "operator": "in", "values": [48]}]}, "count": 7}`)
	f.Add(`{"properties": [{"property": "event_time", "function": "distinct"}, {"property": "node_type", "function": "avg", "alias": "x"}], "filter": {"rules": [{"property": "event_time", "operator": "last_n_days", "values": [1]}]}}`)
	f.Fuzz(func(t *testing.T, body string) {
		b := newBench(t, Options{Tenants: []Tenant{{ID: "t1", Size: Size{RemoteNetworks: 2}}}})
		if w := b.post("tunnel_status", body); w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

// FuzzQuery3 does the same on 3.0, where more can be left out.
func FuzzQuery3(f *testing.F) {
	const hour = `"filter": {"rules": [{"property": "event_time", "operator": "last_n_hours", "values": [1]}]}`
	f.Add(`{"properties": ["*"], ` + hour + `, "count": 3}`)
	f.Add(`{"properties": [], ` + hour + `}`)
	f.Add(`{` + hour + `, "histogram": {"property": "event_time", "range": "minute", "value": 30, "enableEmptyInterval": true}}`)
	f.Add(`{"properties": ["*"], ` + hour + `, "histogram": {"property": "event_time", "range": "minute", "value": "30"}}`)
	f.Add(`{"filter": {"rules": []}}`)
	f.Fuzz(func(t *testing.T, body string) {
		b := newBench(t, Options{Tenants: []Tenant{{ID: "t1", TSG: tsg1, Size: Size{RemoteNetworks: 2}}}})
		for _, tail := range []string{"tunnel_status", "tunnels/tunnel_list", "alerts/alerts_list"} {
			if w := b.ask3(tail, body); w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
				t.Errorf("%s: %d %s", tail, w.Code, w.Body)
			}
		}
	})
}

// FuzzOAuth looks for forms that get a token for something else than they ask for, or no proper answer.
func FuzzOAuth(f *testing.F) {
	f.Add("grant_type=client_credentials&scope=tsg_id%3A" + tsg1)
	f.Add("grant_type=client_credentials&scope=tsg_id:" + tsg2)
	f.Add("grant_type=client_credentials&scope=tsg_id:" + tsg1 + "&scope=tsg_id:" + tsg2)
	f.Add("scope=;&grant_type=%")
	f.Fuzz(func(t *testing.T, form string) {
		b := groupBench(t)
		w := b.call("POST", "/oauth2/access_token", basic(clientIDOf(tsg1), b.sim.Secret(tsg1)), form, "Content-Type", "application/x-www-form-urlencoded")
		granted := w.Code == http.StatusOK && strings.Contains(w.Body.String(), `"scope":"tsg_id:`+tsg1+`"`)
		if refused := w.Code == http.StatusBadRequest && strings.Contains(w.Body.String(), `"error":`); !granted && !refused {
			t.Errorf("%q: %d %s", form, w.Code, w.Body)
		}
	})
}

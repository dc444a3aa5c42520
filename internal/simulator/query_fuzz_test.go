package simulator

import (
	"net/http"
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

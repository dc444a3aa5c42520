package simulator

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	month  = `{"filter": {"operator": "AND", "rules": [{"property": "event_time", "operator": "last_n_days", "values": [30]}]}}`
	placed = `{"filter": {"rules": [{"property": "event_time", "operator": "last_n_days", "values": [90]},
		{"property": "edge_location_display_name", "operator": "not_equals", "values": ["no_data"]}]}, "count": 5}`
)

// TestShapes sends requests of the vendor's shapes and looks for the columns of the vendor's answers.
func TestShapes(t *testing.T) {
	b := newBench(t, Options{})
	const site = "avg_egress avg_ingress avg_throughput cloud_provider cloud_region_name destination_ip destination_ip_string " +
		"edge_location_display_name event_time instance_public_ip instance_state instance_state_name node_type node_type_name " +
		"peak_throughput site_aggregate_capacity site_all_tunnels site_capacity site_connection_duration site_disconnection " +
		"site_name site_state site_state_name site_up_tunnels source_ip source_ip_string"
	for _, c := range []struct{ resource, body, columns string }{
		{"connected_user_count", `{"count": 5}`, "user_count"},
		{
			"current_connected_user_list",
			`{"filter": {"rules": [{"property": "edge_location_display_name", "operator": "equals", "values": ["US Central"]}]}}`,
			"gpuser_name num_connections pa_location user_location user_location_country",
		},
		{
			"edge_location_current_status",
			`{"properties": [{"property": "mu_state_instance"}, {"property": "edge_location_display_name"}],
			 "filter": {"rules": [{"property": "mu_state_instance", "operator": "in", "values": [0, 1]}]}}`,
			"edge_location_display_name mu_state_instance",
		},
		{
			"location_rn_bandwidth",
			`{"properties": [{"property": "edge_location_display_name", "alias": "location_name"}, {"property": "total_consumption"}],
			 "filter": {"rules": [{"property": "event_time", "operator": "last_n_days", "values": [30]},
			 {"property": "edge_location_display_name", "operator": "equals", "values": ["US East"]}]}, "count": 5}`,
			"location_name total_consumption",
		},
		{"location_sc_bandwidth", month, "edge_location_display_name total_consumption"},
		{"rn_bandwidth_allocated", placed, "allocated_aggregated_bw allocated_bw"},
		{"location_gp_mobile_users_logins", placed, "edge_location_display_name unique_users"},
		{"rn_list", month, site + " compute_location_display_name ipsec_node latest_site_aggregate_capacity latest_site_capacity"},
		{
			"sc_list",
			`{"filter": {"operator": "AND", "rules": [{"property": "node_type", "operator": "equals", "values": [51]},
			 {"property": "event_time", "operator": "last_n_days", "values": [30]}]}}`, site,
		},
		{
			"tunnel_list",
			`{"filter": {"operator": "AND", "rules": [{"property": "event_time", "operator": "last_n_days", "values": [30]},
			 {"property": "tunnel_state", "operator": "in", "values": [1]}]}}`,
			"avg_throughput cloud_provider cloud_region_name edge_location_display_name instance_name instance_public_ip instance_state " +
				"instance_state_name node_type node_type_name okyo_tunnel_type peak_throughput site_name sub_node_type " +
				"tunnel_connection_duration tunnel_disconnection tunnel_monitoring_state tunnel_monitoring_state_name tunnel_name " +
				"tunnel_state tunnel_state_name tunnel_type_name",
		},
	} {
		answer := b.query(c.resource, c.body)
		if answer.Header.Status.SubCode != 200 || answer.Header.DataCount != len(answer.Data) || len(answer.Data) == 0 {
			t.Errorf("%s: header %+v, %d rows", c.resource, answer.Header, len(answer.Data))
			continue
		}
		want := strings.Fields(c.columns)
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(answer.Data[0])); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", c.resource, got, want)
		}
	}
}

func TestAlertRowsLikeTheVendors(t *testing.T) {
	b := newBench(t, Options{Still: true})
	b.world.RaiseAlert(Alert{Site: `Lab "North" 2`, Location: "US East", Tunnel: `a\b`})
	b.clock.advance(90 * time.Second)
	row := b.query(alerts, `{"properties": [
		{"property": "alert_id"}, {"property": "severity"}, {"property": "message", "alias": "Alert_Name"},
		{"property": "raised_time"}, {"property": "updated_time", "sort": {"order": "desc", "sequence": 2}},
		{"property": "state", "sort": {"order": "desc", "sequence": 1}}, {"property": "category"}, {"property": "code"},
		{"property": "primary_impacted_objects", "alias": "Primary_Impacted_Objects", "function": "to_json_string"},
		{"property": "clear_reason"}, {"property": "age"},
		{"property": "resource_context", "alias": "related_objects", "function": "to_json_string"}],
		"filter": {"rules": [{"property": "severity", "operator": "not_in", "values": ["Notification"]}]}, "count": 100}`).Data[0]
	if row["age"] != 90.0 || row["clear_reason"] != "" || row["raised_time"] != float64(startOfTests.UnixMilli()) {
		t.Errorf("row %v", row)
	}
	var objects, related map[string]*string
	if err := json.Unmarshal([]byte(row["Primary_Impacted_Objects"].(string)), &objects); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(row["related_objects"].(string)), &related); err != nil {
		t.Fatal(err)
	}
	if *objects["site_name"] != `Lab "North" 2` || *objects["tunnel_name"] != `a\b` || objects["location"] != nil || *objects["tenant_id"] != "t1" || len(objects) != 6 {
		t.Errorf("impacted objects %v", row["Primary_Impacted_Objects"])
	}
	if *related["location"] != "US East" || related["user"] != nil || len(related) != 7 {
		t.Errorf("related objects %v", row["related_objects"])
	}
	// Without the function the column is an object.
	plain := b.query(alerts, `{"properties": [{"property": "resource_context"}]}`).Data[0]
	if _, isObject := plain["resource_context"].(map[string]any); !isObject {
		t.Errorf("resource_context is a %T", plain["resource_context"])
	}
}

func TestNestedForm(t *testing.T) {
	b := newBench(t, Options{Tenants: []Tenant{{ID: "t1", Nested: []string{alerts}}}, Still: true})
	b.world.RaiseAlert(Alert{ID: "a"})
	w := b.post(alerts, `{"properties": [{"property": "alert_id"}]}`)
	var answer struct {
		Header map[string]any
		Data   []struct {
			Header map[string]any
			Data   []map[string]any
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	inner := answer.Data[0]
	if answer.Header["rowCount"] != 1.0 || answer.Header["status"] != nil || answer.Header["dataCount"] != nil {
		t.Errorf("outer header %v", answer.Header)
	}
	if inner.Header["requestId"] != answer.Header["requestId"].(string)+":1" || inner.Header["name"] == nil || inner.Header["rowCount"] != 1.0 {
		t.Errorf("inner header %v", inner.Header)
	}
	if len(inner.Data) != 1 || inner.Data[0]["alert_id"] != "a" {
		t.Errorf("rows %v", inner.Data)
	}
}

func TestNoMatchIsAnEmptyArray(t *testing.T) {
	b := newBench(t, Options{Tenants: []Tenant{{ID: "t1"}}})
	for name := range resources {
		body := `{}`
		if resources[name].feature == "" {
			body = `{"properties": [{"property": "` + resources[name].columns[0].name + `"}]}`
		}
		if name == "connected_user_count" || name == "rn_bandwidth_allocated" {
			continue
		}
		w := b.post(name, body)
		if w.Code != 200 || !strings.Contains(w.Body.String(), `"dataCount":0`) || !strings.Contains(w.Body.String(), `"data":[]`) {
			t.Errorf("%s of an empty tenant: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestDecimalsHaveAPoint(t *testing.T) {
	b := newBench(t, Options{})
	if w := b.post("rn_bandwidth_allocated", `{}`); !strings.Contains(w.Body.String(), `000.0`) {
		t.Errorf("%s", w.Body)
	}
	if w := b.post("rn_list", `{}`); strings.Contains(w.Body.String(), `"site_capacity":50000.0`) {
		t.Error("an integer has a point")
	}
}

func TestPlaceholderLocation(t *testing.T) {
	b := newBench(t, Options{})
	for _, name := range []string{"location_gp_mobile_users_logins", "location_rn_bandwidth", "location_sc_bandwidth"} {
		with := columnOf[string](b.query(name, `{}`).Data, "edge_location_display_name")
		without := columnOf[string](b.query(name, `{"filter": {"rules": [{"property": "edge_location_display_name", "operator": "not_equals", "values": ["no_data"]}]}}`).Data, "edge_location_display_name")
		if !slices.Contains(with, noData) || slices.Contains(without, noData) || len(without) != len(with)-1 {
			t.Errorf("%s: with %v, without %v", name, with, without)
		}
	}
	all := b.query("rn_bandwidth_allocated", `{}`).Data[0]["allocated_bw"].(float64)
	known := b.query("rn_bandwidth_allocated", `{"filter": {"rules": [{"property": "edge_location_display_name", "operator": "not_in", "values": ["no_data"]}]}}`).Data[0]["allocated_bw"].(float64)
	sum := 0.0
	for _, row := range b.query("rn_list", `{"properties": [{"property": "latest_site_capacity"}]}`).Data {
		sum += row["latest_site_capacity"].(float64)
	}
	if known != sum || all <= known {
		t.Errorf("allocated %v with no_data, %v without, %v by the sites", all, known, sum)
	}
}

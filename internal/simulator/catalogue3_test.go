package simulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// tail3 is the path of a resource of 3.0 after query/.
func tail3(name string) string {
	return strings.TrimPrefix(resources3[name].feature+"/"+name, "/")
}

// TestShapes3 asks for all columns, in the three ways there are, and looks for those that rows of the world can have.
func TestShapes3(t *testing.T) {
	if testing.Short() {
		t.Skip("asks much with one goroutine")
	}
	b := groupBench(t)
	const site = "avg_throughput bgp_all_tunnels bgp_site_state bgp_site_state_name bgp_up_tunnels destination_ip destination_ip_string edge_location_display_name instance_state instance_state_name " +
		"median_throughput peak_throughput site_all_tunnels site_capacity site_connection_duration site_disconnection site_name " +
		"site_state site_state_name site_up_tunnels source_ip source_ip_string transport_type "
	want := map[string]string{
		"current_connected_user_count":    "user_count",
		"location_gp_mobile_users_logins": "edge_location_display_name unique_users unique_users_gp",
		"rn_list":                         site + "compute_location node_type site_aggregate_capacity site_city site_country site_location site_location_string",
		"sc_list":                         site,
		"tunnel_list": "avg_throughput destination_ip edge_location_display_name node_type p95_throughput peak_throughput site_name " +
			"source_ip transport_type tunnel_connection_duration tunnel_disconnection tunnel_monitoring_state " +
			"tunnel_monitoring_state_name tunnel_name tunnel_state tunnel_state_name",
		"tunnel_status":           "event_time node_type tunnel_throughput_egress tunnel_throughput_ingress",
		"location_rn_bandwidth":   "edge_location_display_name peak_consumption rn_sites_up total_consumption",
		"location_sc_bandwidth":   "edge_location_display_name peak_consumption sc_sites_up total_consumption",
		"alerts_list":             "mu_count rn_count sc_count sub_tenant_id total_count",
		"noc_location_list_rn_sc": "aggregate_status edge_location_display_name rn_count rn_status rn_up_count sc_count sc_up_count",
		alerts: "age alert_id category clear_reason code message primary_impacted_objects raised_time resource_context " +
			"severity severity_id state updated_time",
	}
	for name := range resources3 {
		filter := `"filter": {"rules": [{"property": "event_time", "operator": "last_n_hours", "values": [3]}]}`
		if name == alerts {
			filter = `"filter": {"rules": []}`
		}
		for _, properties := range []string{"", `"properties": ["*"], `} {
			w := b.ask3(tail3(name), "{"+properties+filter+"}")
			rows := b.rowsOf(w)
			if len(rows) == 0 {
				t.Errorf("%s: no rows", name)
				continue
			}
			columns := strings.Fields(want[name])
			slices.Sort(columns)
			// Alerts that are cleared have their time too.
			got := slices.DeleteFunc(slices.Sorted(maps.Keys(rows[0])), func(c string) bool { return c == "cleared_time" })
			if name == "noc_location_list_rn_sc" {
				got = slices.DeleteFunc(got, func(c string) bool { return c == "sc_status" })
			}
			if !slices.Equal(got, columns) {
				t.Errorf("%s:\n got %v\nwant %v", name, got, columns)
			}
			var answer struct{ Header struct{ Name string } }
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Header.Name != name {
				t.Errorf("%s: its header calls it %q (%v)", name, answer.Header.Name, err)
			}
		}
	}
}

func TestAddressesOf3AreTexts(t *testing.T) {
	b := groupBench(t)
	for _, name := range []string{"rn_list", "sc_list", "tunnel_list"} {
		texts := 0
		for _, row := range b.rowsOf(b.ask3(tail3(name), month)) {
			for _, column := range []string{"source_ip", "destination_ip"} {
				v, there := row[column]
				if _, isText := v.(string); there && !isText {
					t.Errorf("%s: %s is %v", name, column, v)
				}
				if there {
					texts++
				}
			}
		}
		if texts == 0 {
			t.Errorf("%s: no addresses", name)
		}
	}
}

func TestRefusalsOf3(t *testing.T) {
	b := groupBench(t)
	with := func(properties string) string {
		return `{"properties": [` + properties + `], ` + strings.TrimPrefix(anHour, "{")
	}
	const lists = "tunnels/tunnel_list"
	bare := func(text string) string { return text + "\n" }
	for _, c := range []struct{ tail, body, want string }{
		{lists, with(``), `{"message":"SELECT list must not be empty"}` + "\n"},
		{lists, with(`{"property": "instance_name"}`), `{"errorCode":"GCP10002","message":"Unrecognized name: instance_name"}` + "\n"},
		{lists, with(`{"property": "node_type_name"}`), `{"errorCode":"GCP10002","message":"Unrecognized name: node_type_name"}` + "\n"},
		{lists, `{"filter": {"rules": [{"property": "instance_state", "operator": "in", "values": [1]}]}}`, `{"errorCode":"GCP10002","message":"Unrecognized name: instance_state"}` + "\n"},
		{"sites/rn_list", with(`{"property": "compute_location_display_name"}`), `{"errorCode":"GCP10002","message":"Unrecognized name: compute_location_display_name"}` + "\n"},
		{"sites/sc_list", with(`{"property": "node_type"}`), `{"errorCode":"GCP10002","message":"Unrecognized name: node_type"}` + "\n"},
		{"tunnel_status", with(`{"property": "*"}`), `{"errorCode":"GCP10002","message":"Unrecognized name: *"}` + "\n"},
		{"sites/nothing", `{}`, `{"errorCode":"DATA10003","message":"Invalid resource 'nothing'"}` + "\n"},
		{lists, `{}`, bare("a time rule is required")},
		{lists, `{"filter": {"rules": []}}`, bare("a time rule is required")},
		{lists, `{"filter": {"rules": [{"property": "tunnel_state", "operator": "in", "values": [1]}]}}`, bare("a time rule is required")},
		{"sites/rn_list", `{}`, bare("a time rule is required")},
		{"sites/sc_list", `{}`, bare("a time rule is required")},
		{"tunnel_status", `{}`, bare("a time rule is required")},
		{users3, countUsers, bare("a time rule is required")},
		{"locations/location_gp_mobile_users_logins", `{}`, bare("a time rule is required")},
		{lists, with(`"*", "*"`), bare("a property must be an object")},
		{lists, `[]`, bare("the body must be an object")},
		{lists, `{"filter": {}}`, bare("filter has no rules")},
		{lists, `{"limit": 3}`, bare("unknown member 'limit' of the body")},
	} {
		w := b.ask3(c.tail, c.body)
		if w.Code != 400 || w.Body.String() != c.want {
			t.Errorf("%s %s: %d %s, want %s", c.tail, c.body, w.Code, w.Body, c.want)
		}
	}
	for _, tail := range []string{"alerts/alerts_list", "locations/noc_location_list_rn_sc", alerts} {
		for _, body := range []string{`{}`, `{"filter": {"rules": []}}`} {
			if w := b.ask3(tail, body); w.Code != 200 {
				t.Errorf("%s %s: %d %s", tail, body, w.Code, w.Body)
			}
		}
	}
	denied := b.ask3(users3, anHour, "Prisma-Tenant", tsg2)
	if denied.Code != 403 || denied.Body.String() != `{"errorCode":"REST10003","message":"Permission Denied"}`+"\n" {
		t.Errorf("denied: %d %s", denied.Code, denied.Body)
	}
}

func TestRefusedResourcesOf3(t *testing.T) {
	b := groupBench(t, func(o *Options) {
		o.Tenants[0].Refuse = map[string]Refusal{alerts: NotThere, "sc_list": NotFound, "tunnel_list": NotLicensed, "alerts_list": NotThere}
		o.Tenants[0].Nested = []string{"noc_location_list_rn_sc"}
	})
	for name, want := range map[string]struct {
		status int
		body   string
	}{
		alerts:        {400, `{"errorCode":"DATA10003","message":"Invalid resource 'prisma_sase_external_alerts_current'"}`},
		"alerts_list": {400, `{"errorCode":"DATA10003","message":"Invalid resource 'alerts_list'"}`},
		"sc_list":     {404, "Resource not found"},
		"tunnel_list": {400, `{"errorCode":"DATA10004","message":"Resource 'tunnel_list' is not licensed"}`},
	} {
		if w := b.ask3(tail3(name), anHour); w.Code != want.status || strings.TrimSpace(w.Body.String()) != want.body {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if w := b.ask3(tail3("noc_location_list_rn_sc"), `{}`); !strings.Contains(w.Body.String(), `"data":[{"header":{`) {
		t.Errorf("not nested: %.200s", w.Body)
	}
}

func TestHistogramOf3WantsAnInteger(t *testing.T) {
	b := groupBench(t)
	for value, want := range map[string]int{`30`: 200, `"30"`: 400, `30.5`: 400, `null`: 400} {
		body := fmt.Sprintf(`{"properties": [{"property": "tunnel_throughput_ingress", "function": "avg", "alias": "avg_ingress"}],
			"histogram": {"property": "event_time", "range": "minute", "value": %s, "enableEmptyInterval": true}, %s`, value, strings.TrimPrefix(anHour, "{"))
		w := b.ask3("tunnel_status", body)
		if w.Code != want {
			t.Errorf("value %s: %d %s", value, w.Code, w.Body)
		}
		if want == 200 && len(b.rowsOf(w)) != 2 {
			t.Errorf("value %s: %s", value, w.Body)
		}
	}
}

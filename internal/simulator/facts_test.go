package simulator

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestVersionsTellTheSame compares the rows of lists that more than one version has, by the columns that they share.
func TestVersionsTellTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("asks much with one goroutine")
	}
	b := groupBench(t)
	if err := b.world.SetSiteState(b.world.Sites()[0], Down); err != nil {
		t.Fatal(err)
	}
	b.clock.advance(5 * time.Minute)
	b.token = b.exchange("t1", "first-key")
	for _, c := range []struct{ name, tail2, tail3, shared string }{
		{
			"tunnel_list", "custom/query/tunnels/tunnel_list", "tunnels/tunnel_list",
			"tunnel_name site_name node_type edge_location_display_name tunnel_state tunnel_state_name tunnel_monitoring_state " +
				"tunnel_monitoring_state_name tunnel_disconnection tunnel_connection_duration avg_throughput peak_throughput",
		},
		{
			"rn_list", "custom/query/remotenetworks/rn_list", "sites/rn_list",
			"site_name node_type edge_location_display_name instance_state instance_state_name site_state site_state_name " +
				"site_up_tunnels site_all_tunnels site_capacity site_aggregate_capacity site_disconnection " +
				"site_connection_duration avg_throughput peak_throughput source_ip_string destination_ip_string",
		},
		{
			"sc_list", "custom/query/serviceconnections/sc_list", "sites/sc_list",
			"site_name edge_location_display_name site_state site_state_name site_up_tunnels site_all_tunnels site_capacity " +
				"avg_throughput peak_throughput",
		},
		{
			"location_gp_mobile_users_logins", "custom/query/locations/location_gp_mobile_users_logins",
			"locations/location_gp_mobile_users_logins", "edge_location_display_name unique_users",
		},
	} {
		one, two, three := b.query(c.name, month).Data, b.rowsOf(b.ask2(c.tail2, month)), b.rowsOf(b.ask3(c.tail3, month))
		if len(one) == 0 || !reflect.DeepEqual(one, two) {
			t.Errorf("%s: 1.0 has %d rows, 2.0 %d, and they differ", c.name, len(one), len(two))
		}
		if len(three) != len(one) {
			t.Errorf("%s: 1.0 has %d rows, 3.0 %d", c.name, len(one), len(three))
			continue
		}
		seen := 0
		for i := range one {
			for _, column := range strings.Fields(c.shared) {
				if !reflect.DeepEqual(one[i][column], three[i][column]) {
					t.Errorf("%s, row %d: %s is %v on 1.0 and %v on 3.0", c.name, i, column, one[i][column], three[i][column])
				}
				if three[i][column] != nil {
					seen++
				}
			}
			if place := one[i]["compute_location_display_name"]; place != three[i]["compute_location"] {
				t.Errorf("%s, row %d: the compute location is %v on 1.0 and %v on 3.0", c.name, i, place, three[i]["compute_location"])
			}
		}
		if seen < len(one)*len(strings.Fields(c.shared))*9/10 {
			t.Errorf("%s: only %d values on 3.0", c.name, seen)
		}
	}
	users := b.query("connected_user_count", countUsers).Data
	if three := b.rowsOf(b.ask3(users3, anHour)); !reflect.DeepEqual(users, three) {
		t.Errorf("users: %v on 1.0, %v on 3.0", users, three)
	}
	const ids = `{"properties": [{"property": "alert_id"}, {"property": "state"}, {"property": "age"}]}`
	if one, three := b.query(alerts, ids).Data, b.rowsOf(b.ask3(alerts, ids)); len(one) == 0 || !reflect.DeepEqual(one, three) {
		t.Errorf("alerts: %v on 1.0, %v on 3.0", one, three)
	}
}

package simulator

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestLocationsOf3(t *testing.T) {
	b := groupBench(t, func(o *Options) { o.Still = true })
	rows := func() map[string]map[string]any {
		named := map[string]map[string]any{}
		for _, row := range b.rowsOf(b.ask3("locations/noc_location_list_rn_sc", `{}`)) {
			named[row["edge_location_display_name"].(string)] = row
		}
		return named
	}
	sum := map[string]float64{}
	for name, row := range rows() {
		for _, column := range []string{"rn_count", "rn_up_count", "sc_count", "sc_up_count"} {
			sum[column] += row[column].(float64)
		}
		for kind, status := range map[string]any{"rn": row["rn_status"], "sc": row["sc_status"]} {
			if has := row[kind+"_count"] != 0.0; has != (status == "Up") || !has && status != nil {
				t.Errorf("%s: %s_status is %v of %v sites", name, kind, status, row[kind+"_count"])
			}
		}
	}
	if !reflect.DeepEqual(sum, map[string]float64{"rn_count": 24, "rn_up_count": 24, "sc_count": 4, "sc_up_count": 4}) {
		t.Errorf("sites %v", sum)
	}
	before := rows()["US East"]
	if err := b.world.SetSiteState(b.world.Sites()[0], Down); err != nil {
		t.Fatal(err)
	}
	if row := rows()["US East"]; row["rn_up_count"] != before["rn_up_count"].(float64)-1 || row["rn_count"] != before["rn_count"] || row["rn_status"] != "Up" {
		t.Errorf("one site down: %v, before %v", row, before)
	}
	if err := b.world.SetSiteState(b.world.Sites()[0], Warning); err != nil {
		t.Fatal(err)
	}
	if row := rows()["US East"]; row["rn_up_count"] != before["rn_up_count"] {
		t.Errorf("one site in warning: %v, before %v", row, before)
	}
	for state, want := range map[State]string{Down: "Down", Warning: "Up"} {
		if err := b.world.SetLocationState("US East", RemoteNetworks, state); err != nil {
			t.Fatal(err)
		}
		if row := rows()["US East"]; row["rn_status"] != want || row["aggregate_status"] != want {
			t.Errorf("%s: %v", state, row)
		}
	}
}

func TestLocationsOf3HaveSites(t *testing.T) {
	b := groupBench(t, func(o *Options) { o.Tenants[0].Size = Size{Locations: 5, RemoteNetworks: 1, Users: 10} })
	if rows := b.rowsOf(b.ask3("locations/noc_location_list_rn_sc", `{}`)); len(rows) != 1 || rows[0]["sc_status"] != nil || rows[0]["sc_count"] != 0.0 {
		t.Errorf("rows %v", rows)
	}
}

func TestAlertCountsOf3(t *testing.T) {
	b := groupBench(t, func(o *Options) { o.Still = true })
	below, err := b.sim.World("t1", "s1")
	if err != nil {
		t.Fatal(err)
	}
	for _, category := range []string{"MU", "RN", "RN", "DNS"} {
		b.world.RaiseAlert(Alert{Category: category})
	}
	b.clock.advance(2 * time.Hour)
	id := b.world.RaiseAlert(Alert{Category: "SC"})
	below.RaiseAlert(Alert{Category: "SC"})
	b.clock.advance(time.Minute)
	if err := b.world.ClearAlert(id, ""); err != nil {
		t.Fatal(err)
	}
	b.clock.advance(10 * time.Minute)
	row := func(id string, total, mu, rn, sc float64) map[string]any {
		return map[string]any{"sub_tenant_id": id, "total_count": total, "mu_count": mu, "rn_count": rn, "sc_count": sc}
	}
	for _, c := range []struct {
		body    string
		headers []string
		want    []map[string]any
	}{
		{`{}`, nil, []map[string]any{row(tsg1, 5, 1, 2, 1), row("s1", 1, 0, 0, 1)}},
		{anHour, nil, []map[string]any{row(tsg1, 1, 0, 0, 1), row("s1", 1, 0, 0, 1)}},
		{anHour, []string{"Prisma-Tenant", tsg1 + ":s1"}, []map[string]any{row("s1", 1, 0, 0, 1)}},
		{`{"properties": [{"property": "total_count", "function": "sum"}]}`, nil, []map[string]any{{"total_count": 6.0}}},
	} {
		if got := b.rowsOf(b.ask3("alerts/alerts_list", c.body, c.headers...)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %v:\n got %v\nwant %v", c.body, c.headers, got, c.want)
		}
	}
	// The default window is the last day.
	b.clock.advance(24 * time.Hour)
	if got := b.rowsOf(b.ask3("alerts/alerts_list", `{}`)); !reflect.DeepEqual(got, []map[string]any{row(tsg1, 0, 0, 0, 0), row("s1", 0, 0, 0, 0)}) {
		t.Errorf("a day later: %v", got)
	}
	week := strings.Replace(anHour, `"last_n_hours", "values": [1]`, `"last_n_days", "values": [7]`, 1)
	if got := b.rowsOf(b.ask3("alerts/alerts_list", week)); !reflect.DeepEqual(got[0], row(tsg1, 5, 1, 2, 1)) {
		t.Errorf("of the week: %v", got)
	}
}

// TestAlertCountsOfTheScenario takes two days apart, the first of which is longer ago than cleared alerts stay.
func TestAlertCountsOfTheScenario(t *testing.T) {
	b := groupBench(t)
	count := func(from, to time.Time) float64 {
		body := fmt.Sprintf(`{"filter": {"rules": [{"property": "event_time", "operator": "between", "values": [%d, %d]}]}}`, from.UnixMilli(), to.UnixMilli())
		return b.rowsOf(b.ask3("alerts/alerts_list", body))[0]["total_count"].(float64)
	}
	from, middle := startOfTests.Add(-48*time.Hour), startOfTests.Add(-24*time.Hour)
	first, second := count(from, middle), count(middle.Add(time.Millisecond), startOfTests)
	if both := count(from, startOfTests); first < 50 || second < 50 || first+second != both {
		t.Errorf("%v alerts on one day, %v on the next, %v on both", first, second, both)
	}
	rows := b.rowsOf(b.ask3(alerts, `{"properties": [{"property": "raised_time"}]}`))
	hour, known := startOfTests.Add(-time.Hour), 0.0
	for _, at := range columnOf[float64](rows, "raised_time") {
		if at >= float64(hour.UnixMilli()) {
			known++
		}
	}
	// An alert that was raised twice has one row, but counts twice.
	if got := count(hour, startOfTests); known == 0 || got < known {
		t.Errorf("%v alerts within the hour, of which %v have a row", got, known)
	}
}

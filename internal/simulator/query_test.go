package simulator

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const alerts = "prisma_sase_external_alerts_current"

func TestBodiesThatAreRefused(t *testing.T) {
	b := newBench(t, Options{})
	rule := func(r string) string {
		return `{"properties": [{"property": "alert_id"}], "filter": {"rules": [` + r + `]}}`
	}
	for _, c := range []struct{ body, code, details string }{
		{``, "DATA10003", "not JSON"},
		{`[]`, "DATA10003", "object"},
		{`null`, "DATA10003", "object"},
		{`{"properties": [{"property": "alert_id"}]} x`, "DATA10003", "goes on"},
		{`{"properties": []}`, "DATA10003", "SELECT list must not be empty"},
		{`{"properties": ["*"]}`, "DATA10003", "object"},
		{`{"properties": null}`, "DATA10003", "array"},
		{`{}`, "DATA10003", "required"},
		{`{"Properties": [{"property": "alert_id"}]}`, "DATA10003", "unknown member"},
		{`{"properties": [{"property": "alert_id"}], "limit": 3}`, "DATA10003", "unknown member"},
		{`{"properties": [{"property": "alert_id", "Alias": "x"}]}`, "DATA10003", "unknown member"},
		{`{"properties": [{"property": "nope"}]}`, "DATA10002", "Resource property 'nope' is not valid"},
		{`{"properties": [{"property": "customerApp"}]}`, "DATA10002", "customerApp"},
		{`{"properties": [{"alias": "x"}]}`, "DATA10003", "no property"},
		{`{"properties": [{"property": "alert_id"}, {"property": "code", "alias": "alert_id"}]}`, "DATA10003", "two columns"},
		{`{"properties": [{"property": "alert_id", "function": "median"}]}`, "DATA10003", "no function"},
		{`{"properties": [{"property": "alert_id", "function": "sum"}]}`, "DATA10003", "numeric"},
		{`{"properties": [{"property": "alert_id", "sort": {"order": "down"}}]}`, "DATA10003", "no order"},
		{`{"properties": [{"property": "age", "format": {"function": "chop"}}]}`, "DATA10003", "no function"},
		{`{"properties": [{"property": "alert_id"}], "count": 0}`, "DATA10003", "count"},
		{`{"properties": [{"property": "alert_id"}], "count": 10001}`, "DATA10003", "count"},
		{`{"properties": [{"property": "alert_id"}], "count": "5"}`, "DATA10003", "integer"},
		{`{"properties": [{"property": "alert_id"}], "addOnFilter": {}}`, "DATA10003", "not simulated"},
		{`{"properties": [{"property": "alert_id"}], "filter": {"operator": "XOR", "rules": []}}`, "DATA10003", "no operator"},
		{`{"properties": [{"property": "alert_id"}], "filter": {}}`, "DATA10003", "no rules"},
		{rule(`{"property": "nope", "operator": "in", "values": ["x"]}`), "DATA10002", "nope"},
		{rule(`{"property": "state", "operator": "eq", "values": ["x"]}`), "DATA10003", "no operator"},
		{rule(`{"property": "state", "operator": "in", "values": "x"}`), "DATA10003", "array"},
		{rule(`{"property": "state", "operator": "in"}`), "DATA10003", "no values"},
		{rule(`{"property": "state", "operator": "in", "values": []}`), "DATA10003", "0 values"},
		{rule(`{"property": "state", "operator": "equals", "values": ["a", "b"]}`), "DATA10003", "2 values"},
		{rule(`{"property": "state", "operator": "in", "values": [1]}`), "DATA10003", "compared"},
		{rule(`{"property": "age", "operator": "in", "values": ["1"]}`), "DATA10003", "compared"},
		{rule(`{"property": "state", "operator": "less", "values": ["a"]}`), "DATA10003", "number"},
		{rule(`{"property": "age", "operator": "last_n_days", "values": [1]}`), "DATA10003", "time"},
		{rule(`{"property": "raised_time", "operator": "last_n_days", "values": ["1"]}`), "DATA10003", "integers"},
		{rule(`{"property": "raised_time", "operator": "last_n_days", "values": [0]}`), "DATA10003", "one count"},
		{rule(`{"property": "raised_time", "operator": "last_n_hours", "values": [9000000000000000000]}`), "DATA10003", "one count"},
		{rule(`{"property": "raised_time", "operator": "between", "values": [1]}`), "DATA10003", "two times"},
		{rule(`{"property": "raised_time", "operator": "between", "values": [2, 1]}`), "DATA10003", "earlier"},
		{rule(`{"rules": []}`), "DATA10003", "unknown member"},
	} {
		w := b.post(alerts, c.body)
		if w.Code != 400 || codeOf(w) != c.code || !strings.Contains(w.Body.String(), c.details) {
			t.Errorf("%s: %d %s, want %s %q", c.body, w.Code, w.Body, c.code, c.details)
		}
	}
}

// alertBench has three alerts and no scenario: a High one cleared, a Low one and a Notification open.
func alertBench(t *testing.T) *bench {
	b := newBench(t, Options{Still: true})
	b.world.RaiseAlert(Alert{ID: "a", Severity: "High", Category: "RN", Site: "x"})
	b.clock.advance(10 * time.Minute)
	if err := b.world.ClearAlert("a", ""); err != nil {
		t.Fatal(err)
	}
	b.world.RaiseAlert(Alert{ID: "b", Severity: "Low", Category: "SC"})
	b.clock.advance(10 * time.Minute)
	b.world.RaiseAlert(Alert{ID: "c", Severity: "Notification", Category: "RN", State: RaisedChild})
	b.clock.advance(10 * time.Minute)
	b.token = b.exchange("t1", "first-key")
	return b
}

func TestRules(t *testing.T) {
	b := alertBench(t)
	ms := func(minutes int) int64 { return startOfTests.Add(time.Duration(minutes) * time.Minute).UnixMilli() }
	for _, c := range []struct{ operator, rules, want string }{
		{"AND", ``, "abc"},
		{"AND", `{"property": "severity", "operator": "not_in", "values": ["Notification"]}`, "ab"},
		{"AND", `{"property": "severity", "operator": "in", "values": ["High", "Low"]}`, "ab"},
		{"AND", `{"property": "severity", "operator": "equals", "values": ["High"]}`, "a"},
		{"AND", `{"property": "severity", "operator": "equal", "values": ["High"]}`, "a"},
		{"AND", `{"property": "severity", "operator": "equals", "values": ["high"]}`, ""},
		{"AND", `{"property": "severity", "operator": "not_equals", "values": ["High"]}`, "bc"},
		{"AND", `{"property": "severity", "operator": "not_equal", "values": ["High"]}`, "bc"},
		{"AND", `{"property": "severity_id", "operator": "greater", "values": [2]}`, "a"},
		{"AND", `{"property": "severity_id", "operator": "greater_or_equal", "values": [2]}`, "ab"},
		{"AND", `{"property": "severity_id", "operator": "less", "values": [4]}`, "b"},
		{"AND", `{"property": "severity_id", "operator": "less_or_equal", "values": [4]}`, "ab"},
		// A value that is not there satisfies no rule.
		{"AND", `{"property": "severity_id", "operator": "not_in", "values": [4]}`, "b"},
		{"AND", `{"property": "cleared_time", "operator": "last_n_hours", "values": [1]}`, "a"},
		{"AND", `{"property": "state", "operator": "in", "values": ["Raised", "RaisedChild"]}`, "bc"},
		{"AND", `{"property": "state", "operator": "in", "values": ["Raised"]}, {"property": "category", "operator": "in", "values": ["RN"]}`, ""},
		{"OR", `{"property": "state", "operator": "in", "values": ["Raised"]}, {"property": "category", "operator": "in", "values": ["RN"]}`, "abc"},
		{"OR", `{"property": "state", "operator": "in", "values": ["Raised"]}, {"property": "category", "operator": "in", "values": ["MU"]}`, "b"},
		{"AND", `{"property": "customerApp", "operator": "equals", "values": ["true"]}`, "abc"},
		{"AND", `{"property": "code", "operator": "in", "values": ["x"], "escapeValue": true}`, ""},
		{"AND", fmt.Sprintf(`{"property": "raised_time", "operator": "between", "values": [%d, %d]}`, ms(0), ms(10)), "ab"},
		{"AND", fmt.Sprintf(`{"property": "raised_time", "operator": "between", "values": [%d, %d]}`, ms(0)+1, ms(10)-1), ""},
		{"AND", `{"property": "raised_time", "operator": "last_n_minutes", "values": [15]}`, "c"},
		{"AND", `{"property": "updated_time", "operator": "last_n_minutes", "values": [25]}`, "abc"},
		{"AND", `{"property": "raised_time", "operator": "last_n_days", "values": [1]}`, "abc"},
		{"AND", `{"property": "raised_time", "operator": "last_n_weeks", "values": [1]}`, "abc"},
	} {
		body := fmt.Sprintf(`{"properties": [{"property": "alert_id", "sort": {"order": "asc", "sequence": 1}}], "filter": {"operator": %q, "rules": [%s]}}`, c.operator, c.rules)
		if got := strings.Join(columnOf[string](b.query(alerts, body).Data, "alert_id"), ""); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.operator, c.rules, got, c.want)
		}
	}
}

func TestWindowEndsWithTheLastFullMinute(t *testing.T) {
	b := newBench(t, Options{Still: true})
	body := `{"properties": [{"property": "alert_id"}], "filter": {"rules": [{"property": "raised_time", "operator": "last_n_hours", "values": [1]}]}}`
	b.world.RaiseAlert(Alert{ID: "new"})
	if rows := b.query(alerts, body).Data; len(rows) != 0 {
		t.Errorf("an alert of this minute is there: %v", rows)
	}
	b.clock.advance(time.Minute)
	if rows := b.query(alerts, body).Data; len(rows) != 1 {
		t.Errorf("an alert of the last minute is not there: %v", rows)
	}
}

func TestFunctionsAndGroups(t *testing.T) {
	b := alertBench(t)
	for _, c := range []struct {
		properties string
		want       []map[string]any
	}{
		{
			`{"property": "category", "sort": {"order": "asc", "sequence": 1}}, {"property": "alert_id", "function": "distinct_count", "alias": "count"}`,
			[]map[string]any{{"category": "RN", "count": 2.0}, {"category": "SC", "count": 1.0}},
		},
		{
			`{"property": "age", "function": "min", "alias": "low"}, {"property": "age", "function": "max", "alias": "high"}, {"property": "age", "function": "sum", "alias": "all"}, {"property": "age", "function": "count"}`,
			[]map[string]any{{"low": 600.0, "high": 1800.0, "all": 3600.0, "age": 3.0}},
		},
		{
			`{"property": "severity_id", "function": "avg", "format": {"function": "round", "value": 1}}`,
			[]map[string]any{{"severity_id": 3.0}},
		},
		{
			`{"property": "category", "function": "distinct", "sort": {"order": "desc", "sequence": 1}}`,
			[]map[string]any{{"category": "SC"}, {"category": "RN"}},
		},
		{
			`{"property": "severity_id", "sort": {"order": "desc", "sequence": 1}}, {"property": "alert_id", "alias": "id"}`,
			[]map[string]any{{"severity_id": 4.0, "id": "a"}, {"severity_id": 2.0, "id": "b"}, {"id": "c"}},
		},
		{
			`{"property": "alert_id"}, {"property": "category", "sort": {"order": "asc", "sequence": 1}}, {"property": "age", "sort": {"order": "asc", "sequence": 2}}`,
			[]map[string]any{
				{"alert_id": "c", "category": "RN", "age": 600.0},
				{"alert_id": "a", "category": "RN", "age": 1800.0},
				{"alert_id": "b", "category": "SC", "age": 1200.0},
			},
		},
	} {
		if got := b.query(alerts, `{"properties": [`+c.properties+`]}`).Data; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %v\nwant %v", c.properties, got, c.want)
		}
	}
}

func TestFormats(t *testing.T) {
	for _, c := range []struct {
		function string
		value    int
		in, want float64
	}{
		{"round", 2, 1.005001, 1.01},
		{"round", 0, 2.5, 3},
		{"ceil", 1, 1.21, 1.3},
		{"floor", 1, 1.29, 1.2},
		{"trunc", 0, -1.9, -1},
		{"floor", 0, -1.1, -2},
	} {
		if got := (&numberFormat{c.function, c.value}).apply(decimal(c.in)); got != decimal(c.want) {
			t.Errorf("%s %d of %v: %v, want %v", c.function, c.value, c.in, got, c.want)
		}
	}
}

func TestCountCutsOff(t *testing.T) {
	if testing.Short() {
		t.Skip("asks much with one goroutine")
	}
	b := newBench(t, Options{Tenants: []Tenant{{ID: "t1", Size: Size{Users: 12000}}}, Still: true})
	for body, want := range map[string]int{`{}`: 10000, `{"count": 10000}`: 10000, `{"count": 3}`: 3} {
		answer := b.query("current_connected_user_list", body)
		if len(answer.Data) != want || answer.Header.DataCount != want {
			t.Errorf("%s: %d rows, dataCount %d", body, len(answer.Data), answer.Header.DataCount)
		}
	}
}

func TestRequiredTimeRule(t *testing.T) {
	b := newBench(t, Options{RequireTimeRule: true})
	if w := b.post("tunnel_list", `{}`); w.Code != 400 {
		t.Errorf("without: %d", w.Code)
	}
	b.query("tunnel_list", `{"filter": {"rules": [{"property": "event_time", "operator": "last_n_hours", "values": [1]}]}}`)
	b.query("connected_user_count", `{}`)
}

func TestSortIsStableOverValuesOfOneRank(t *testing.T) {
	b := newBench(t, Options{})
	names := columnOf[string](b.query("rn_list", `{"properties": [{"property": "site_name"}, {"property": "node_type", "sort": {"order": "desc", "sequence": 1}}]}`).Data, "site_name")
	if !slices.Equal(names, b.world.Sites()[:24]) {
		t.Errorf("order changed: %v", names)
	}
}

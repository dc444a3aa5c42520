package simulator

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

func TestWindowsOfTheVendorsSamples(t *testing.T) {
	b := newBench(t, Options{})
	b.clock.now = time.Date(2022, 10, 13, 22, 9, 43, 0, time.UTC)
	b.token = b.exchange("t1", "first-key")
	for _, c := range []struct {
		operator   string
		n          int
		from, to   string
		fromEpoch  int64
		spelledOut string
	}{
		{"last_n_days", 30, "2022-09-13T00:00:00Z", "2022-10-13T22:08:59Z", 1663027200000, "last 30 day(s)"},
		{"last_n_hours", 3, "2022-10-13T19:09:00Z", "2022-10-13T22:08:59Z", 1665688140000, "last 3 hour(s)"},
		{"last_n_minutes", 15, "2022-10-13T21:54:00Z", "2022-10-13T22:08:59Z", 1665698040000, "last 15 minute(s)"},
	} {
		body := fmt.Sprintf(`{"filter": {"rules": [{"property": "event_time", "operator": %q, "values": [%d]}]}}`, c.operator, c.n)
		in := b.query("rn_list", body).Header.QueryInput
		want := &queryInput{TimeRange: c.spelledOut, EventTime: timeRange{c.from, c.to, c.fromEpoch, 1665698939000}}
		if !reflect.DeepEqual(in, want) {
			t.Errorf("%s %d: %+v, want %+v", c.operator, c.n, in, want)
		}
	}
	if in := b.query("connected_user_count", `{}`).Header.QueryInput; in != nil {
		t.Errorf("without a time rule: %+v", in)
	}
}

const throughput = `"properties": [
	{"function": "avg", "format": {"function": "round", "value": 2}, "property": "tunnel_throughput_ingress", "alias": "avg_ingress"},
	{"function": "max", "format": {"function": "round", "value": 2}, "property": "tunnel_throughput_egress", "alias": "peak_egress"}]`

func TestTunnelStatusHistogram(t *testing.T) {
	b := newBench(t, Options{})
	b.clock.now = time.Date(2022, 10, 13, 22, 9, 43, 0, time.UTC)
	b.token = b.exchange("t1", "first-key")
	answer := b.query("tunnel_status", `{"histogram": {"property": "event_time", "enableEmptyInterval": true, "range": "day", "value": "30"}, `+
		throughput+`, "filter": {"rules": [{"property": "node_type", "operator": "equals", "values": [48]},
		{"property": "event_time", "operator": "last_n_days", "values": [30]}]}, "count": 100}`)
	in := answer.Header.QueryInput
	if !in.Histogram || in.HistogramRange != "day" || in.HistogramValue != "30" {
		t.Errorf("query input %+v", in)
	}
	starts := columnOf[float64](answer.Data, "histogram_time")
	if !reflect.DeepEqual(starts, []float64{1663027200000, 1665619200000}) || !reflect.DeepEqual(starts, columnOf[float64](answer.Data, "event_time")) {
		t.Errorf("bucket starts %v", starts)
	}
	for _, row := range answer.Data {
		if row["avg_ingress"].(float64) <= 0 || row["peak_egress"].(float64) <= row["avg_ingress"].(float64) || len(row) != 4 {
			t.Errorf("row %v", row)
		}
	}
}

func TestHistogramWithoutFilling(t *testing.T) {
	b := newBench(t, Options{})
	answer := b.query("tunnel_status", `{"histogram": {"property": "event_time", "range": "hour"}, `+throughput+`,
		"filter": {"rules": [{"property": "node_type", "operator": "equals", "values": [51]},
		{"property": "event_time", "operator": "last_n_hours", "values": [24]}]}}`)
	if len(answer.Data) != 24 || answer.Header.QueryInput.Histogram {
		t.Fatalf("%d rows, %+v", len(answer.Data), answer.Header.QueryInput)
	}
	for i, row := range answer.Data {
		_, filled := row["histogram_time"]
		want := startOfTests.Truncate(time.Minute).Add(time.Duration(i-24) * time.Hour).UnixMilli()
		if filled || row["event_time"] != float64(want) {
			t.Errorf("row %v, want event_time %d", row, want)
		}
	}
}

func TestEmptyBuckets(t *testing.T) {
	b := newBench(t, Options{Still: true})
	b.world.RaiseAlert(Alert{ID: "a"})
	from := startOfTests.Add(-4 * time.Hour).UnixMilli()
	const hour = 3600_000
	for value, valid := range map[string]bool{`"3"`: true, `3`: true, `"three"`: false, `0`: false, `null`: false, `[3]`: false} {
		body := fmt.Sprintf(`{"properties": [{"property": "alert_id", "function": "distinct_count", "alias": "count"}],
			"histogram": {"property": "raised_time", "enableEmptyInterval": true, "range": "hour", "value": %s},
			"filter": {"rules": [{"property": "raised_time", "operator": "between", "values": [%d, %d]}]}}`, value, from, from+7*hour)
		if !valid {
			if w := b.post(alerts, body); w.Code != 400 {
				t.Errorf("value %s: %d", value, w.Code)
			}
			continue
		}
		want := []map[string]any{
			{"histogram_time": float64(from)},
			{"histogram_time": float64(from + 3*hour), "raised_time": float64(from + 3*hour), "count": 1.0},
			{"histogram_time": float64(from + 6*hour)},
		}
		if got := b.query(alerts, body).Data; !reflect.DeepEqual(got, want) {
			t.Errorf("value %s:\n got %v\nwant %v", value, got, want)
		}
	}
}

func TestHistogramRefusals(t *testing.T) {
	b := newBench(t, Options{})
	const rules = `, "filter": {"rules": [{"property": "event_time", "operator": "last_n_days", "values": [90]}]}}`
	for _, c := range []struct{ histogram, filter, code string }{
		{`{"property": "nope", "range": "hour"}`, rules, "DATA10002"},
		{`{"property": "node_type", "range": "hour"}`, rules, "DATA10003"},
		{`{"property": "event_time", "range": "second"}`, rules, "DATA10003"},
		{`{"property": "event_time"}`, rules, "DATA10003"},
		{`{"property": "event_time", "range": "hour"}`, "}", "DATA10003"},
		{`{"property": "event_time", "range": "minute"}`, rules, "DATA10003"},
	} {
		w := b.post("tunnel_status", `{"histogram": `+c.histogram+`, `+throughput+c.filter)
		if w.Code != 400 || codeOf(w) != c.code {
			t.Errorf("%s: %d %s", c.histogram, w.Code, w.Body)
		}
	}
}

func TestCalendarBuckets(t *testing.T) {
	from := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	for word, want := range map[string]time.Time{
		"week": from.AddDate(0, 0, 7), "month": from.AddDate(0, 1, 0), "year": from.AddDate(1, 0, 0), "minute": from.Add(time.Minute),
	} {
		h := &histogram{rangeWord: word}
		if got := h.advance(from, 1); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", word, got, want)
		}
	}
}

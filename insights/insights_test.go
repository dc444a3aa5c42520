package insights

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// TestQueriesEncode: what is left empty is left out, values are lists, and
// windows are spelled as the API's operators.
func TestQueriesEncode(t *testing.T) {
	day, err := ParseWindow("30D")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{Resource: Resource{Name: "x"}, Variant: "v", Urgency: Traffic}, `{}`},
		{Query{Count: 5}, `{"count":5}`},
		{Query{Filter: All(day.Of("event_time"))}, `{"filter":{"operator":"AND","rules":[{"property":"event_time","operator":"last_n_days","values":[30]}]}}`},
		{
			Query{Filter: Any(In("state", "Raised", "RaisedChild"), NotIn("severity", "Notification"))},
			`{"filter":{"operator":"OR","rules":[{"property":"state","operator":"in","values":["Raised","RaisedChild"]},{"property":"severity","operator":"not_in","values":["Notification"]}]}}`,
		},
		{
			Query{Properties: []Property{
				{Name: "message", Alias: "Alert_Name"},
				{Name: "state", Sort: &Sort{Order: "desc", Sequence: 1}},
				{Name: "resource_context", Alias: "related_objects", Function: ToJSONString},
				{Name: "tunnel_throughput_egress", Alias: "peak", Function: Max, Format: &Format{Function: "round", Decimals: 2}},
			}},
			`{"properties":[{"property":"message","alias":"Alert_Name"},{"property":"state","sort":{"order":"desc","sequence":1}},` +
				`{"property":"resource_context","alias":"related_objects","function":"to_json_string"},` +
				`{"property":"tunnel_throughput_egress","alias":"peak","function":"max","format":{"function":"round","value":2}}]}`,
		},
		{Query{Histogram: day.Bucket("event_time")}, `{"histogram":{"property":"event_time","range":"day","value":"30","enableEmptyInterval":true}}`},
		{Query{Histogram: WindowOver(time.Hour).Bucket("event_time")}, `{"histogram":{"property":"event_time","range":"hour","value":"1","enableEmptyInterval":true}}`},
	} {
		got, err := json.Marshal(c.q)
		if err != nil || string(got) != c.want {
			t.Errorf("got  %s (%v)\nwant %s", got, err, c.want)
		}
	}
}

func TestWindows(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "1h", time.Hour: "1h", time.Hour + 1: "3h", 4 * time.Hour: "24h", 25 * time.Hour: "48h",
		72 * time.Hour: "7d", 8 * 24 * time.Hour: "30d", 1000 * time.Hour * 24: "30d",
	} {
		if got := WindowOver(d).String(); got != want {
			t.Errorf("over %s is %s, want %s", d, got, want)
		}
	}
	if _, err := ParseWindow("15m"); err == nil || !strings.Contains(err.Error(), "1h, 3h, 24h, 48h, 7d, 30d") {
		t.Errorf("got %v", err)
	}
}

func TestClean(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "plain": "plain", "é東🏢": "é東🏢", "a\x00b": "a\uFFFDb", "a\xffb": "a\uFFFDb", "line\nbreak": "line break",
		"\x1b[31mred": "\uFFFD[31mred", "\u009b31m": "\uFFFD31m", "a\tb\r\nc": "a b  c", "cut\u2028here": "cut here",
		"abc\u202Egnp.exe": "abc\uFFFDgnp.exe", "\u2066x\u2069": "\uFFFDx\uFFFD", "\u061Cx\u200F": "\uFFFDx\uFFFD", "नमस्\u200dते": "नमस्\u200dते",
		strings.Repeat("x", 200): strings.Repeat("x", 200),
		strings.Repeat("x", 201): strings.Repeat("x", 197) + "…",
		strings.Repeat("é", 200): strings.Repeat("é", 98) + "…",
		strings.Repeat("東", 67):  strings.Repeat("東", 65) + "…",
	} {
		if got := Clean(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
}

// FuzzClean: whatever comes in, a label value comes out.
func FuzzClean(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b]0;title\a\u202Etxt.exe")
	f.Add("\x00\xff" + strings.Repeat("東", 100))
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) || len(got) > MaxText || strings.ContainsFunc(got, unicode.IsControl) || strings.ContainsAny(got, "\u202A\u202E\u2066\u200F\u061C") || Clean(got) != got {
			t.Errorf("%q became %q", s, got)
		}
	})
}

// numbered is a row that knows its place.
type numbered struct{ n int }

func (*numbered) Column(string) any { return nil }

func TestRowsStayWhereTheyAre(t *testing.T) {
	var rows []*numbered
	next := Rows(&rows)
	for i := range 3000 {
		next().(*numbered).n = i
	}
	for i, r := range rows {
		if r.n != i {
			t.Fatalf("row %d is %d", i, r.n)
		}
	}
	if len(rows) != 3000 {
		t.Errorf("%d rows", len(rows))
	}
}

func TestErrorsSayWhatIsKnown(t *testing.T) {
	cause := errors.New("connection refused")
	err := &Error{Kind: ErrMissing, Resource: "rn_list", Status: 400, Code: "DATA10003", Message: "Invalid resource", RequestID: "r-1", Err: cause}
	want := `rn_list: the tenant does not have this resource (HTTP 400, DATA10003, "Invalid resource", request r-1): connection refused`
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	if !errors.Is(err, ErrMissing) || !errors.Is(err, cause) || errors.Is(err, ErrRefused) {
		t.Error("errors.Is does not find the kind and the cause")
	}
	err.Until = time.Date(2026, 3, 4, 10, 11, 12, 0, time.UTC)
	if got := err.Error(); got != want+"; next try after 10:11:12 UTC" {
		t.Errorf("got %s", got)
	}
	if got := Cause(fmt.Errorf("two things: %w", err)); got != "two things: "+want {
		t.Errorf("got %s", got)
	}
	for status, want := range map[int]string{
		0:   "token: the API did not answer",
		429: "token: the API accepts no more calls for now (HTTP 429)",
		503: "token: the API cannot answer now (HTTP 503)",
	} {
		if got := (&Error{Kind: ErrUnavailable, Resource: "token", Status: status}).Error(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

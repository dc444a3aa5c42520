package wire

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// fullRow is a row with a column of every type.
type fullRow struct {
	Name   string
	State  insights.Word
	Count  insights.Number
	At     insights.Time
	Nested nestedRow
}

type nestedRow struct{ Site, Peer string }

func (r *fullRow) Column(name string) any {
	switch name {
	case "name":
		return &r.Name
	case "state":
		return &r.State
	case "count":
		return &r.Count
	case "at":
		return &r.At
	case "nested":
		return &r.Nested
	}
	return nil
}

func (r *nestedRow) Column(name string) any {
	switch name {
	case "site":
		return &r.Site
	case "peer":
		return &r.Peer
	}
	return nil
}

func decodeRows(body string) ([]fullRow, Envelope, error) {
	var rows []*fullRow
	e, err := Decode([]byte(body), insights.MaxRows, insights.Rows(&rows), insights.Clean)
	plain := make([]fullRow, len(rows))
	for i, r := range rows {
		plain[i] = *r
	}
	return plain, e, err
}

func numberOf(v float64) insights.Number { return insights.Number{Value: v, Valid: true} }
func millis(ms int64) insights.Time      { return insights.Time{Time: time.UnixMilli(ms)} }
func data(rows string) string            { return `{"header":{"requestId":"r"},"data":[` + rows + `]}` }
func one(r fullRow) []fullRow            { return []fullRow{r} }

func TestDecode(t *testing.T) {
	const inner = `{"header":{"createdAt":"2026-03-04T10:20:30Z","rowCount":1,"requestId":"r:1","name":"q"},"data":[{"name":"a"}]}`
	for name, c := range map[string]struct {
		body string
		want []fullRow
		odd  int
	}{
		"flat":             {data(`{"name":"a","count":1.5,"at":1665697909000,"nested":{"site":"s"}}`), one(fullRow{"a", "", numberOf(1.5), millis(1665697909000), nestedRow{"s", ""}}), 0},
		"nested":           {`{"header":{"rowCount":1,"requestId":"r"},"data":[` + inner + `]}`, one(fullRow{Name: "a"}), 0},
		"nested, several":  {`{"header":{},"data":[` + inner + `,` + inner + `]}`, []fullRow{{Name: "a"}, {Name: "a"}}, 0},
		"nested, reversed": {`{"header":{},"data":[{"data":[{"name":"a"}],"header":{}}]}`, one(fullRow{Name: "a"}), 0},
		"nested, empty":    {`{"header":{},"data":[{"header":{},"data":[]}]}`, nil, 0},
		"no header":        {`{"data":[{"name":"a"}]}`, one(fullRow{Name: "a"}), 0},
		"header last":      {`{"data":[{"name":"a"}],"header":{"requestId":"r"}}`, one(fullRow{Name: "a"}), 0},
		"odd header":       {`{"header":[1],"data":[{"name":"a"}]}`, one(fullRow{Name: "a"}), 0},
		"empty":            {data(""), nil, 0},
		"blanks":           {" \r\n\t" + data(`{"name":"a"}`) + "\n\n", one(fullRow{Name: "a"}), 0},
		"unknown columns":  {data(`{"x":[{"y":[1,2,{}]}],"name":"a","z":{"name":"b"}}`), one(fullRow{Name: "a"}), 0},
		"nulls":            {data(`{"name":null,"count":null,"at":null,"nested":null}`), []fullRow{{}}, 0},
		"wrong types":      {data(`{"name":1,"count":"1a","at":[1],"nested":[{}]},{"name":["a"],"count":{},"at":true,"nested":5}`), []fullRow{{}, {}}, 0},
		"no rows between":  {data(`null,{"name":"a"},7,"x",[],{},true,{"name":"b"}`), []fullRow{{Name: "a"}, {Name: "b"}}, 6},
		"name twice":       {data(`{"name":"a","name":"b"}`), one(fullRow{Name: "b"}), 0},
		"escapes":          {data(`{"n\u0061me":"\u00e9\n\"\\\/"}`), one(fullRow{Name: "é \"\\/"}), 0},
		"surrogates":       {data(`{"name":"\ud83d\ude00"}`), one(fullRow{Name: "😀"}), 0},
		"lone surrogate":   {data(`{"name":"a\ud83db"}`), one(fullRow{Name: "a\uFFFDb"}), 0},
		"low surrogate":    {data(`{"name":"\ude00"}`), one(fullRow{Name: "\uFFFD"}), 0},
		"invalid UTF-8":    {data("{\"name\":\"a\xff\xfeb\"}"), one(fullRow{Name: "a\uFFFDb"}), 0},
		"NUL":              {data(`{"name":"a\u0000b"}`), one(fullRow{Name: "a\uFFFDb"}), 0},
		"long text":        {data(`{"name":"` + strings.Repeat("é", 200) + `"}`), one(fullRow{Name: strings.Repeat("é", 98) + "…"}), 0},
		"numbers":          {data(`{"count":0},{"count":1e3},{"count":1E-2},{"count":9007199254740993},{"count":1e999}`), []fullRow{{Count: numberOf(0)}, {Count: numberOf(1000)}, {Count: numberOf(0.01)}, {Count: numberOf(9007199254740992)}, {}}, 0},
		"numbers in text":  {data(`{"count":"1","at":"1795303486000"},{"count":" -2.5e1 ","at":""},{"count":"0x10","at":"1e999"},{"count":"Inf"},{"count":"NaN"},{"count":""},{"count":"1_0"}`), []fullRow{{Count: numberOf(1), At: millis(1795303486000)}, {Count: numberOf(-25)}, {}, {}, {}, {}, {}}, 0},
		"times":            {data(`{"at":"2026-03-04T10:20:30Z"},{"at":"2021-07-02 23:12:13 UTC"},{"at":"2021-07-02 23:12:13"},{"at":"soon"},{"at":0},{"at":-5},{"at":1e300}`), []fullRow{{At: insights.Time{Time: time.Date(2026, 3, 4, 10, 20, 30, 0, time.UTC)}}, {At: insights.Time{Time: time.Date(2021, 7, 2, 23, 12, 13, 0, time.UTC)}}, {At: insights.Time{Time: time.Date(2021, 7, 2, 23, 12, 13, 0, time.UTC)}}, {}, {}, {}, {}}, 0},
		"JSON in text":     {data(`{"nested":"{\"site\":\"s\\u00e9\",\"peer\":null,\"x\":[1]}"},{"nested":"{\"site\":\"t\",\"peer\":\"\"p\"}"},{"nested":""},{"nested":"null"},{"nested":"{"}`), []fullRow{{Nested: nestedRow{"sé", ""}}, {Nested: nestedRow{"t", ""}}, {}, {}, {}}, 0},
		"text in text":     {data(`{"nested":"{\"site\":\"{\\\"site\\\":1}\"}"}`), one(fullRow{Nested: nestedRow{`{"site":1}`, ""}}), 0},
	} {
		rows, e, err := decodeRows(c.body)
		if err != nil || e.Failed() || e.Odd != c.odd || e.Rows != len(c.want) || fmt.Sprint(rows) != fmt.Sprint(append([]fullRow{}, c.want...)) {
			t.Errorf("%s: %+v, odd %d, %v; want %+v, odd %d", name, rows, e.Odd, err, c.want, c.odd)
		}
	}
}

func TestDecodeWhatIsNoAnswer(t *testing.T) {
	for body, want := range map[string]string{
		"":                                     "not a JSON object",
		"null":                                 "not a JSON object",
		"[]":                                   "not a JSON object",
		`"x"`:                                  "not a JSON object",
		"\uFEFF{}":                             "not a JSON object", // which whoever reads the answer has taken away
		"\n<!DOCTYPE html><html></html>":       "is a web page",
		"{}":                                   `no list "data"`,
		`{"header":{}}`:                        `no list "data"`,
		`{"data":null}`:                        `no list "data"`,
		`{"data":{}}`:                          `no list "data"`,
		`{"Data":[]}`:                          `no list "data"`,
		`{"data":[],"data":[{"name":"a"}]}`:    `two lists "data"`,
		`{"data":[{"header":{},"data":null}]}`: `a nested answer has no list`,
		`{"data":[{"header":{},"data":[],"data":[]}]}`: `two lists "data"`,
		`{"data":[{"header":{"a":1}}]}`:                `a nested answer has no list`,
		`{"data":[null,1]}`:                            "none of the 2 elements",
		data("") + "x":                                 "extra data after its end",
		data("") + data(""):                            "extra data after its end",
		data("") + "\x00":                              "extra data after its end",
		`{"data":[` + strings.Repeat("[", 20000):       "",
		`{"data":[{"name":"a"`:                         "",
		`{"data":[{"name":"a`:                          "",
		`{"data":[{"name":"a"]}`:                       "",
		`{"data":[{name:"a"}]}`:                        "",
		`{"data":[01]}`:                                "",
		"{\"data\":[{\"name\":\"a\nb\"}]}":             "",
	} {
		_, e, err := decodeRows(body)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, error %v, want %q", body, e, err, want)
		}
	}
	for body, code := range map[string]float64{
		`{"header":{"status":{"subCode":500}},"data":[]}`:                    500,
		`{"data":[{"name":"a"}],"header":{"status":{"x":[],"subCode":404}}}`: 404,
		`{"errorCode":"REST10001","message":"Failed"}`:                       0,
	} {
		if _, e, err := decodeRows(body); err != nil || !e.Failed() || e.SubCode != code {
			t.Errorf("%s: not taken for a failure: %+v, %v", body, e, err)
		}
	}
}

// TestRowsBeyond are counted and not taken, in inner answers too.
func TestRowsBeyond(t *testing.T) {
	for _, body := range []string{
		`{"header":{"dataCount":5},"data":[{"name":"a"},null,{"name":"b"},{"name":"c"},{"name":"d"},{"x":{"y":[{}]}}]}`,
		`{"data":[{"data":[{"name":"a"}]},null,{"data":[{"name":"b"},{"name":"c"}]},{"data":[{"name":"d"},{"name":"e"}]}]}`,
	} {
		var rows []*fullRow
		e, err := Decode([]byte(body), 3, insights.Rows(&rows), insights.Clean)
		if err != nil || e.Failed() || len(rows) != 3 || e.Rows != 3 || e.Odd != 1 || e.Beyond != 2 || rows[2].Name != "c" {
			t.Errorf("%s: %d rows, %+v, %v", body, len(rows), e, err)
		}
	}
	if _, err := Decode([]byte(`{"data":[{"name":"a"},{"name"}]}`), 1, func() insights.Row { return &fullRow{} }, insights.Clean); err == nil {
		t.Error("what comes behind the rows that are wanted may be no JSON")
	}
}

// TestDecodeTruncated cuts a good answer at every byte: none of the parts is
// an answer.
func TestDecodeTruncated(t *testing.T) {
	for _, body := range seedAnswers {
		for i := range len(body) {
			if rows, _, err := decodeRows(body[:i]); err == nil {
				t.Fatalf("the first %d bytes are taken for an answer of %d rows: %s", i, len(rows), body[:i])
			}
		}
	}
}

// TestDecodeAgreesWithEncodingJSON breaks good answers at random.
func TestDecodeAgreesWithEncodingJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	const alphabet = "{}[]\":,\\ue0123456789.+-tfnull \x00\xff\xc3éab"
	bodies := 20_000
	if os.Getenv("DRILL_HOURS") != "" {
		bodies = 1_000_000
	}
	for range bodies {
		body := []byte(seedAnswers[r.IntN(len(seedAnswers))])
		for range 1 + r.IntN(3) {
			i := r.IntN(len(body))
			switch r.IntN(4) {
			case 0:
				body[i] = alphabet[r.IntN(len(alphabet))]
			case 1:
				body = append(body[:i], body[i+1:]...)
			case 2:
				body = append(body[:i:i], append([]byte{alphabet[r.IntN(len(alphabet))]}, body[i:]...)...)
			case 3:
				j := r.IntN(len(body))
				i, j = min(i, j), max(i, j)
				body = append(body[:j:j], body[i:]...)
			}
		}
		agree(t, body)
	}
}

// agree wants of the decoder what encoding/json, an independent reader, makes
// of the same bytes.
func agree(t *testing.T, body []byte) {
	t.Helper()
	rows, e, err := decodeRows(string(body))
	want, odd, valid := referenceRows(body)
	if err == nil && !json.Valid(body) {
		t.Fatalf("%q is no JSON and is taken for an answer", body)
	}
	if err == nil && (e.short != "" || e.ErrorCode != "" || e.Overridden || e.SubCode >= 400) {
		return // which TestAnswersThatAreNone looks at
	}
	if err != nil || e.Failed() {
		if valid {
			t.Fatalf("%q: %v, encoding/json finds %d rows", body, err, len(want))
		}
		return
	}
	if !valid || e.Odd != odd || len(rows) != len(want) {
		t.Fatalf("%q: %d rows, %d odd; encoding/json finds %d and %d (valid %v)", body, len(rows), e.Odd, len(want), odd, valid)
	}
	for i := range rows {
		if !same(rows[i], want[i]) {
			t.Fatalf("%q: row %d is %+v, encoding/json finds %+v", body, i, rows[i], want[i])
		}
	}
}

package wire

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// FuzzNested: whatever stands in the place of what an alert is about, be it an
// object, a text that holds one, or neither, the alert itself is read.
func FuzzNested(f *testing.F) {
	f.Add(`{"site":"hq","peer":null}`, true)
	f.Add(`{"site":"broken " quote","peer":"p"}`, true)
	f.Add(`{"site":{"site":"deeper"},"peer":["x",{}]}`, false)
	f.Add(`"{\"site\":\"twice\"}"`, true)
	f.Add(`[{"site":"in a list"}]`, false)
	f.Add("{\"site\":\"\\ud800\x00\xff\",", true)
	f.Fuzz(func(t *testing.T, nested string, quoted bool) {
		value := []byte(nested)
		if quoted {
			value, _ = json.Marshal(nested)
		}
		if !json.Valid(value) {
			t.Skip()
		}
		body := `{"data":[{"name":"first","nested":` + string(value) + `,"count":7},{"name":"second","count":"8"}]}`
		rows, e, err := decodeRows(body)
		if err != nil || e.Rows != 2 || rows[0].Name != "first" || rows[0].Count != numberOf(7) || rows[1].Name != "second" || rows[1].Count != numberOf(8) {
			t.Fatalf("%s became %+v, %+v, %v", body, rows, e, err)
		}
		if rows[1].Nested != (nestedRow{}) {
			t.Errorf("%s: what the first row is about is told of the second: %+v", body, rows[1].Nested)
		}
		for _, s := range []string{rows[0].Nested.Site, rows[0].Nested.Peer} {
			if !utf8.ValidString(s) || len(s) > insights.MaxText {
				t.Errorf("%s: %q is no label value", body, s)
			}
		}
		agree(t, []byte(body))
	})
}

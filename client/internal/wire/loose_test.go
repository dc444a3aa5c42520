package wire

import (
	"fmt"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// claimRow has the columns that only the APIs beside Insights have.
type claimRow struct {
	name  string
	yes   insights.Bool
	names insights.Texts
	items []*claimRow
}

func (r *claimRow) Column(name string) any {
	switch name {
	case "name":
		return &r.name
	case "yes":
		return &r.yes
	case "names":
		return &r.names
	case "items":
		return insights.Rows(&r.items)
	}
	return nil
}

func (r *claimRow) String() string { return fmt.Sprint(r.name, r.yes, r.names, r.items) }

// TestDecodeLoose: rows alone, in an envelope, and one that is the answer.
func TestDecodeLoose(t *testing.T) {
	const row = `{"name":"a","yes":true,"names":["b",1,null,"c"],"items":[{"name":"d"},5,{"name":"e"}]}`
	const want = `[a{true true} [b c] [d{false false} [] [] e{false false} [] []]]`
	for body, rows := range map[string]string{
		`[` + row + `]`:                      want,
		`{"header":{},"data":[` + row + `]}`: want,
		row:                                  want,
		`[]`:                                 "[]",
		`{"data":[]}`:                        "[]",
		`[{"name":"a","yes":"true","names":"b","items":{}}]`: "[a{false false} [] []]",
	} {
		var got []*claimRow
		e, err := DecodeLoose([]byte(body), 10, insights.Rows(&got), insights.Clean)
		if err != nil || e.Failed() || fmt.Sprint(got) != rows || e.Rows != len(got) {
			t.Errorf("%s: %v, %+v, %v", body, got, e, err)
		}
	}
	for _, body := range []string{"", "null", `"a"`, "[1,2]", "{}", `[{"name":"a"}`, "<html>"} {
		var got []*claimRow
		if _, err := DecodeLoose([]byte(body), 10, insights.Rows(&got), insights.Clean); err == nil {
			t.Errorf("%s is taken for an answer", body)
		}
	}
	for _, body := range []string{`{"errorCode":"REST10001","message":"x"}`, `{"data":[],"header":{"status":{"subCode":500}}}`} {
		if e, err := DecodeLoose([]byte(body), 10, func() insights.Row { return nobody{} }, insights.Clean); err != nil || !e.Failed() {
			t.Errorf("%s: %+v, %v", body, e, err)
		}
	}
}

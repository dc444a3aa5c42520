package wire

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// seedAnswers have the shapes of the answers that the API's documentation
// shows, and some of their oddities.
var seedAnswers = []string{
	`{"header":{"createdAt":"2026-03-04T10:20:30Z","dataCount":2,"requestId":"8d730b93-c491-47fa-b9be-91a9b7077d33","queryInput":{"time_range":"last 30 day(s)","event_time":{"from":"2026-02-02T00:00:00Z","from_epoch":1769990400000}},"status":{"subCode":200}},"data":[{"name":"US East","count":1000000,"at":1665697909000},{"name":"Zürich","count":2500000.0,"at":null}]}`,
	`{"header":{"createdAt":"2026-03-04T10:20:30Z","rowCount":1,"requestId":"bfea7cd4"},"data":[{"header":{"requestId":"bfea7cd4:1","name":"newRaisedAlerts","queryInput":{}},"data":[{"at":1671179030000},{"at":1671189830000,"count":1}]}]}`,
	`{"data":[{"name":"a \"quoted\" \\ one\u00e9","nested":"{\"site\":\"s\",\"peer\":null}","x":["1",{"y":[]}]},{"nested":{"site":"t"}}]}`,
	`{"header":{},"data":[null,{"name":"\ud83d\ude00"},7]}`,
	`{"errorCode":"REST10001","message":"Failed to process request","details":"","values":[]}`,
	`{"header":{"status":{"subCode":500}},"data":[]}`,
}

// member is one member of an object, in the order of the text.
type member struct {
	name  string
	value json.RawMessage
}

// members reads an object with encoding/json, or nil.
func members(raw []byte) ([]member, bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	var list []member
	for d.More() {
		name, err := d.Token()
		var value json.RawMessage
		if err != nil || d.Decode(&value) != nil {
			return nil, false
		}
		list = append(list, member{name.(string), bytes.TrimSpace(value)})
	}
	return list, true
}

func isKind(raw []byte, kind byte) bool { return len(raw) > 0 && raw[0] == kind }

// referenceRows is the decoder once more, slow and plain.
func referenceRows(body []byte) (rows []fullRow, odd int, valid bool) {
	if !json.Valid(body) {
		return nil, 0, false
	}
	outer, ok := members(body)
	if !ok {
		return nil, 0, false
	}
	rows, odd, ok = referenceEnvelope(outer, true)
	if !ok || len(rows) == 0 && odd > 0 {
		return nil, 0, false
	}
	return rows, odd, true
}

func referenceEnvelope(list []member, outer bool) (rows []fullRow, odd int, ok bool) {
	hasData := false
	for _, m := range list {
		switch {
		case m.name == "header" && isKind(m.value, '{'):
			if failedHeader(m.value) {
				return nil, 0, false
			}
		case m.name == "data" && isKind(m.value, '['):
			var elements []json.RawMessage
			if hasData || json.Unmarshal(m.value, &elements) != nil {
				return nil, 0, false
			}
			hasData = true
			for _, element := range elements {
				r, o, ok := referenceElement(element, outer)
				if !ok {
					return nil, 0, false
				}
				rows, odd = append(rows, r...), odd+o
			}
		}
	}
	return rows, odd, hasData
}

func failedHeader(raw []byte) bool {
	header, _ := members(raw)
	for _, h := range header {
		if h.name != "status" || !isKind(h.value, '{') {
			continue
		}
		status, _ := members(h.value)
		for _, s := range status {
			var code float64
			if s.name == "subCode" && json.Unmarshal(s.value, &code) == nil && code >= 400 {
				return true
			}
		}
	}
	return false
}

func referenceElement(raw []byte, outer bool) (rows []fullRow, odd int, ok bool) {
	if !isKind(raw, '{') {
		return nil, 1, true
	}
	list, _ := members(raw)
	if len(list) == 0 {
		return nil, 1, true
	}
	if first := list[0]; outer && (first.name == "header" && isKind(first.value, '{') || first.name == "data" && isKind(first.value, '[')) {
		return referenceEnvelope(list, false)
	}
	var r fullRow
	for _, m := range list {
		switch m.name {
		case "name":
			referenceText(m.value, &r.Name)
		case "count":
			if v, ok := referenceNumber(m.value); ok {
				r.Count = numberOf(v)
			}
		case "at":
			referenceTime(m.value, &r.At)
		case "nested":
			referenceNested(m.value, &r.Nested)
		}
	}
	return []fullRow{r}, 0, true
}

func referenceText(raw []byte, target *string) {
	var s string
	if isKind(raw, '"') && json.Unmarshal(raw, &s) == nil {
		*target = insights.Clean(s)
	}
}

// quotedNumber is a text that is taken for a number.
var quotedNumber = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

func referenceNumber(raw []byte) (float64, bool) {
	var v float64
	var s string
	if isKind(raw, '"') && json.Unmarshal(raw, &s) == nil && quotedNumber.MatchString(strings.TrimSpace(s)) {
		v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		return v, err == nil
	}
	ok := len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9') && json.Unmarshal(raw, &v) == nil
	return v, ok
}

func referenceTime(raw []byte, target *insights.Time) {
	if v, ok := referenceNumber(raw); ok && v >= minMilliseconds && v < maxMilliseconds {
		target.Time = time.UnixMilli(int64(v))
	}
	var s string
	referenceText(raw, &s)
	for _, layout := range timeLayouts {
		if at, err := time.Parse(layout, s); err == nil {
			target.Time = at
			return
		}
	}
}

// referenceNested reads an object; of a text that holds a broken one, it
// takes what comes before the break, as far as that can be told.
func referenceNested(raw []byte, target *nestedRow) {
	var text string
	if isKind(raw, '"') && json.Unmarshal(raw, &text) == nil {
		if !json.Valid([]byte(text)) {
			target.Site, target.Peer = broken, broken
			return
		}
		raw = []byte(text)
	}
	if !isKind(raw, '{') {
		return
	}
	list, _ := members(raw)
	for _, m := range list {
		switch m.name {
		case "site":
			referenceText(m.value, &target.Site)
		case "peer":
			referenceText(m.value, &target.Peer)
		}
	}
}

// broken stands for what a broken text left behind.
const broken = "(anything)"

func same(got, want fullRow) bool {
	if want.Nested.Site == broken {
		got.Nested.Site = broken
	}
	if want.Nested.Peer == broken {
		got.Nested.Peer = broken
	}
	return sameText(got.Name, want.Name) && got.Count == want.Count && got.At.Equal(want.At.Time) &&
		sameText(got.Nested.Site, want.Nested.Site) && sameText(got.Nested.Peer, want.Nested.Peer)
}

var replacements = regexp.MustCompile("\uFFFD+")

// sameText does not mind how many replacements stand for what is no text, nor
// where a text was cut that is too long because of them.
func sameText(got, want string) bool {
	if got == want {
		return true
	}
	if !strings.Contains(want, "\uFFFD") {
		return false
	}
	got, want = replacements.ReplaceAllString(got, "\uFFFD"), replacements.ReplaceAllString(want, "\uFFFD")
	if cut := "…"; strings.HasSuffix(got, cut) || strings.HasSuffix(want, cut) {
		return strings.HasPrefix(got, "\uFFFD") == strings.HasPrefix(want, "\uFFFD")
	}
	return got == want
}

// FuzzDecode: no answer may crash the decoder, and what it makes of one
// is what encoding/json makes of it.
func FuzzDecode(f *testing.F) {
	for _, body := range seedAnswers {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) { agree(t, body) })
}

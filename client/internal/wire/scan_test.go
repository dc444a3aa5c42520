package wire

import (
	"encoding/json"
	"strings"
	"testing"
)

var oddJSON = []string{
	"", " ", "null", "nul", "nullx", "true", "false", "tru e", " \t\r\n{ } ", "{}}", "[]]", "[1,]", "[,1]", "[1 2]", "[1,,2]",
	`{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a" : 1 , "a" : 2}`, `{a:1}`, `{1:1}`, `{"a":1 "b":2}`, `{"a":1]`, `["a":1]`,
	"0", "-0", "-", "+1", "01", "1.", ".1", "1.5e+3", "1e", "1e+", "1E-2", "-1.e5", "1ee2", "0x1", "--1", "NaN",
	`"`, `"a`, `"\`, `"\"`, `"\u`, `"\u00e9"`, `"\u00E"`, `"\u00eg"`, `"\u00e`, `"\ud800"`, `"\x"`, `"\/\b\f\n\r\t\\\""`, "\"\n\"", "\"\x00\"", "\"\x1f\"", "\"\x7f\"", "\"\xff\"",
	"{}x", "{}\x00", "\uFEFF{}", "[1]/**/", `{"a":{"b":[{"c":null}]}}`, "\v1",
	strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth),
	strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1),
	strings.Repeat(`{"a":`, maxDepth) + "1" + strings.Repeat("}", maxDepth),
}

// FuzzValue: the scanner takes for JSON what encoding/json does.
func FuzzValue(f *testing.F) {
	for _, text := range oddJSON {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := scanner{json: text}
		value := s.value()
		s.next()
		whole := value != nil && s.at == len(text)
		if whole != json.Valid(text) {
			t.Fatalf("%.100q: taken for JSON: %v (%v); encoding/json: %v", text, whole, s.err, json.Valid(text))
		}
		if got := strings.Trim(string(text), " \t\r\n"); whole && string(value) != got {
			t.Fatalf("%.100q: the value is %.100q", got, value)
		}
	})
}

func TestErrorsSayWhereAndQuoteNothing(t *testing.T) {
	for body, want := range map[string]string{
		`{"data":[{"secret":"s]}`:          "invalid JSON: it ends at byte 23: unexpected EOF",
		`{"data":[{"secret":tru}]}`:        "invalid JSON at byte 19",
		`{"data":[{"secret" "s"}]}`:        "invalid JSON at byte 19",
		"{\"data\":[{\"secret\":\"\t\"}]}": "invalid JSON at byte 20",
	} {
		if _, _, err := decodeRows(body); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
}

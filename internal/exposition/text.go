package exposition

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

func appendLabel(buf []byte, name, value string) []byte {
	buf = append(append(buf, name...), '=', '"')
	if verbatim(value) {
		buf = append(buf, value...)
	} else {
		buf = appendEscaped(buf, strings.ToValidUTF8(value, "\uFFFD"))
	}
	return append(buf, '"')
}

// verbatim reports whether a label value is written as it is, as nearly all
// are: ASCII that needs no escape.
func verbatim(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c == '"' || c == '\\' || c == '\n' {
			return false
		}
	}
	return true
}

// appendEscaped writes a label value as the text format wants it.
func appendEscaped(buf []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		var escape string
		switch s[i] {
		case '\\':
			escape = `\\`
		case '"':
			escape = `\"`
		case '\n':
			escape = `\n`
		default:
			continue
		}
		buf = append(append(buf, s[start:i]...), escape...)
		start = i + 1
	}
	return append(buf, s[start:]...)
}

// appendValue writes a sample value; most of them are 0 or 1.
func appendValue(buf []byte, v float64) []byte {
	switch {
	case v == 1:
		return append(buf, '1')
	case v == 0:
		return append(buf, '0')
	case math.IsNaN(v):
		return append(buf, "NaN"...)
	case math.IsInf(v, 1):
		return append(buf, "+Inf"...)
	case math.IsInf(v, -1):
		return append(buf, "-Inf"...)
	case v == math.Trunc(v) && math.Abs(v) < 1e15:
		return strconv.AppendInt(buf, int64(v), 10)
	}
	return strconv.AppendFloat(buf, v, 'g', -1, 64)
}

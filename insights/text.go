package insights

import (
	"strings"
	"unicode/utf8"
)

// MaxText is the length, in bytes, of the longest text that is taken from an
// answer. Texts become label values, which everything downstream keeps.
const MaxText = 256

// ellipsis ends a text that was cut.
const ellipsis = "…"

// Clean makes a text of the API fit for a label value: valid UTF-8 of at most
// MaxText bytes and without NUL, which the lexer of Prometheus takes for the
// end of the page. Texts are cleaned when they are read, so that two that
// look the same on a page are the same to the code that looks for duplicates.
func Clean(s string) string {
	if len(s) <= MaxText && utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= MaxText {
		return s
	}
	end := MaxText - len(ellipsis)
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ellipsis
}

package insights

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxText is the length, in bytes, of the longest text that is taken from an
// answer. Texts become label values, which everything downstream keeps.
const MaxText = 200

// ellipsis ends a text that was cut.
const ellipsis = "…"

// LabelWord is a word of the vendor as a label value has it, such as in_progress for
// "In Progress".
func LabelWord(s string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), " ", "_")
}

// Clean makes a text of the API fit for a label value: Printable, and of at
// most MaxText bytes. Texts are cleaned when they are read, so that two that
// look the same on a page are the same to the code that looks for duplicates.
func Clean(s string) string {
	s = Printable(s)
	if len(s) <= MaxText {
		return s
	}
	end := MaxText - len(ellipsis)
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ellipsis
}

// Printable makes a text fit for a terminal, a log and a page: valid UTF-8
// without what these take for a command. White space of any kind is a space,
// other control characters and those that change the direction of writing are
// U+FFFD, which stands for what cannot be shown. Among the control characters
// are NUL, which the lexer of Prometheus takes for the end of the page, and
// the one that begins the escapes of a terminal.
func Printable(s string) string {
	if plain(s) || !strings.ContainsFunc(s, unprintable) && utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case !unprintable(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return utf8.RuneError
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// plain reports whether a text has nothing but letters, digits and signs of
// ASCII and spaces, as nearly all have.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// unprintable reports whether a character is more than what it looks like.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

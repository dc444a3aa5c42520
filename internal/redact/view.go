package redact

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf8"
)

// view is a text, folded, with its escapes decoded.
type view struct {
	text string
	// from says for each byte of text, and for its end, where in the original
	// it comes from.
	from []int
	// depth is how often escapes were decoded.
	depth int
}

// mostDepth bounds how often a text is decoded. Each program on the way may
// escape once more what it quotes.
const mostDepth = 3

// plain is the view of a text as it is.
func plain(s string) view {
	v := view{text: fold(s), from: make([]int, len(s)+1)}
	for i := range v.from {
		v.from[i] = i
	}
	return v
}

// fold makes alike what differs in case alone, or in how a space stands in the
// query of a URL. All bytes keep their places.
func fold(s string) string {
	b := []byte(s)
	for i, c := range b {
		switch {
		case 'A' <= c && c <= 'Z':
			b[i] = c + 'a' - 'A'
		case c == '+':
			b[i] = ' '
		}
	}
	return string(b)
}

// unescaped is a view with one more level of escapes decoded, if there is one.
func (v view) unescaped() (decoded view, more bool) {
	if v.depth == mostDepth {
		return v, false
	}
	var text []byte
	decoded.depth = v.depth + 1
	for i := 0; i < len(v.text); {
		c, length := unescape(v.text[i:])
		if length == 0 {
			c, length = v.text[i:i+1], 1
		} else {
			more = true
		}
		for range len(c) {
			decoded.from = append(decoded.from, v.from[i])
		}
		text = append(text, c...)
		i += length
	}
	decoded.text = fold(string(text))
	decoded.from = append(decoded.from, v.from[len(v.text)])
	return decoded, more
}

// unescape decodes the escape that a folded text begins with, and says
// how long it is: 0 for none.
func unescape(s string) (decoded string, length int) {
	switch s[0] {
	case '%':
		return numbered(s, 1, 3)
	case '&':
		end := strings.IndexByte(s[:min(len(s), 12)], ';') + 1
		if c := html.UnescapeString(s[:end]); c != s[:end] {
			return c, end
		}
	case '\\':
		if len(s) == 1 {
			return "", 0
		}
		switch s[1] {
		case 'u':
			return numbered(s, 2, 6)
		case 'x':
			return numbered(s, 2, 4)
		case '"', '\'', '\\', '/', '`':
			return s[1:2], 2
		}
	}
	return "", 0
}

// numbered decodes an escape whose hexadecimal number stands between two
// places. Two digits are a byte, more are a character.
func numbered(s string, from, to int) (decoded string, length int) {
	if len(s) < to {
		return "", 0
	}
	n, err := strconv.ParseUint(s[from:to], 16, 32)
	switch {
	case err != nil:
		return "", 0
	case to-from == 2:
		return string([]byte{byte(n)}), to
	}
	return string(utf8.AppendRune(nil, rune(n))), to
}

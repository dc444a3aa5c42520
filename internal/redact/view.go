package redact

import (
	"html"
	"strconv"
	"strings"
	"unicode"
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

// mostDepth bounds how often the escapes of a text are decoded. Each program on the way may
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

// unescaped is a view without what is not seen or, where there is nothing of that,
// with one more level of escapes decoded, if there is one.
func (v view) unescaped() (decoded view, more bool) {
	switch {
	case anywhere(v.text, unseen):
		return v.decoded(unseen), true
	case v.depth < mostDepth && anywhere(v.text, unescape):
		decoded = v.decoded(unescape)
		decoded.depth++
		return decoded, true
	}
	return v, false
}

// reading decodes what a folded text begins with, and says how long that is: 0 for
// nothing to decode.
type reading func(s string) (decoded string, length int)

// anywhere reports whether there is something to decode in a text.
func anywhere(s string, read reading) bool {
	for i := range len(s) {
		if _, length := read(s[i:]); length > 0 {
			return true
		}
	}
	return false
}

// escaped reports whether a text has anything to decode.
func escaped(s string) bool { return anywhere(s, unseen) || anywhere(fold(s), unescape) }

// decoded is a view with all decoded that there is to decode.
func (v view) decoded(read reading) view {
	var text []byte
	decoded := view{depth: v.depth}
	for i := 0; i < len(v.text); {
		c, length := read(v.text[i:])
		if length == 0 {
			c, length = v.text[i:i+1], 1
		}
		for range len(c) {
			decoded.from = append(decoded.from, v.from[i])
		}
		text = append(text, c...)
		i += length
	}
	decoded.text = fold(string(text))
	decoded.from = append(decoded.from, v.from[len(v.text)])
	return decoded
}

// unseen reads a character that has no look of its own, and only keeps the letters
// of a secret apart: format and control characters, what Unicode has as ignorable,
// and what stands for a character that cannot be shown.
func unseen(s string) (decoded string, length int) {
	switch c := s[0]; {
	case c == '\t', c == '\n', c == '\r', c >= ' ' && c < 0x7f:
		return "", 0
	case c <= 0x7f:
		return "", 1
	}
	r, size := utf8.DecodeRuneInString(s)
	if size > 1 && (r == utf8.RuneError || unicode.In(r, unicode.Cf, unicode.Cc, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)) {
		return "", size
	}
	return "", 0
}

// unescape reads an escape.
func unescape(s string) (decoded string, length int) {
	switch s[0] {
	case '%':
		return numbered(s, 1, 3)
	case '=':
		return quotedPrintable(s)
	case '&':
		end := strings.IndexByte(s[:min(len(s), 12)], ';') + 1
		if c := html.UnescapeString(s[:end]); c != s[:end] {
			return c, end
		}
	case '\\':
		return backslashed(s)
	}
	return "", 0
}

// backslashed reads an escape of JSON and of programming languages.
func backslashed(s string) (decoded string, length int) {
	if len(s) == 1 {
		return "", 0
	}
	c := s[1]
	white := strings.IndexByte("nrt", c)
	switch {
	case c == 'u' && strings.HasPrefix(s[2:], "{"):
		if end := strings.IndexByte(s[:min(len(s), 12)], '}'); end > 0 {
			if c, length := numbered(s[:end], 3, end); length > 0 {
				return c, end + 1
			}
		}
	case c == 'u':
		return numbered(s, 2, 6)
	case c == 'x':
		return numbered(s, 2, 4)
	case '0' <= c && c <= '3' && len(s) >= 4:
		if n, err := strconv.ParseUint(s[1:4], 8, 8); err == nil {
			return string([]byte{byte(n)}), 4
		}
	case strings.IndexByte("\"'\\/`", c) >= 0:
		return s[1:2], 2
	case white >= 0:
		return "\n\r\t"[white : white+1], 2
	}
	return "", 0
}

// quotedPrintable reads an escape of mail (RFC 2045, section 6.7): a byte, or the
// end of a line that goes on. Its line break may have become a space.
func quotedPrintable(s string) (decoded string, length int) {
	for _, soft := range []string{"=\r\n", "=\n", "=  ", "= "} {
		if strings.HasPrefix(s, soft) {
			return "", len(soft)
		}
	}
	return numbered(s, 1, 3)
}

// numbered reads an escape whose hexadecimal number stands between two
// places. Two digits behind an x or a sign are a byte, others are a character.
func numbered(s string, from, to int) (decoded string, length int) {
	if len(s) < to || from == to {
		return "", 0
	}
	n, err := strconv.ParseUint(s[from:to], 16, 32)
	switch {
	case err != nil:
		return "", 0
	case to-from == 2 && from < 3:
		return string([]byte{byte(n)}), to
	}
	return string(utf8.AppendRune(nil, rune(n))), to
}

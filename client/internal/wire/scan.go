package wire

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// scanner cuts JSON up and checks it on the way, in one pass, which takes half
// the time of checking first. It takes for JSON what encoding/json does. A
// member that comes twice counts as two, and text need not be UTF-8: both are a
// reason to mistrust a value, not to lose an answer.
//
// Behind the first error it stands at the end, where nothing comes any more.
type scanner struct {
	json  []byte
	at    int
	depth int
	err   error
}

// maxDepth is how deep objects and lists may stand in each other, as in
// encoding/json.
const maxDepth = 10000

// fail ends the reading. The error quotes nothing of the text.
func (s *scanner) fail() {
	switch {
	case s.err != nil:
	case s.at >= len(s.json):
		s.err = fmt.Errorf("invalid JSON: it ends at byte %d: %w", len(s.json), io.ErrUnexpectedEOF)
	default:
		s.err = fmt.Errorf("invalid JSON at byte %d", s.at)
	}
	s.at = len(s.json)
}

// next is the first byte of what comes next, 0 at the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.json); s.at++ {
		switch c := s.json[s.at]; c {
		case ' ', '\n', '\t', '\r':
		default:
			return c
		}
	}
	return 0
}

// skip passes over a sign, which has to come next.
func (s *scanner) skip(sign byte) {
	if s.next() != sign {
		s.fail()
		return
	}
	s.at++
}

// eachMember calls read for each member of the object that comes next, up to
// the first error; read has to consume the member's value.
func (s *scanner) eachMember(read func(name []byte) error) error {
	return s.each('{', '}', func() error {
		name := s.name()
		if s.err != nil {
			return s.err
		}
		return read(name)
	})
}

// eachElement calls read for each element of the list that comes next, up to
// the first error; read has to consume the element.
func (s *scanner) eachElement(read func() error) error { return s.each('[', ']', read) }

// each calls read for what stands between two signs, separated by commas.
func (s *scanner) each(begin, end byte, read func() error) error {
	s.skip(begin)
	if s.depth++; s.depth > maxDepth {
		s.fail()
	}
	for more := s.next() != end; more && s.err == nil; {
		if err := read(); err != nil {
			return err
		}
		if more = s.next() == ','; more {
			s.at++
		}
	}
	s.skip(end)
	s.depth--
	return s.err
}

// name consumes a member's name and the colon behind it.
func (s *scanner) name() []byte {
	if s.next() != '"' {
		s.fail()
	}
	name := s.value()
	s.skip(':')
	switch {
	case s.err != nil:
		return nil
	case bytes.IndexByte(name, '\\') >= 0:
		name, _ = jsontext.AppendUnquote(nil, name)
		return name
	}
	return name[1 : len(name)-1]
}

// value consumes the value that comes next and returns it as it stands, nil if
// it is none.
func (s *scanner) value() []byte {
	c := s.next()
	begin := s.at
	switch {
	case c == '"':
		s.string()
	case c == '{':
		_ = s.eachMember(func([]byte) error { s.value(); return nil })
	case c == '[':
		_ = s.eachElement(func() error { s.value(); return nil })
	case c == '-', '0' <= c && c <= '9':
		s.number()
	default:
		s.literal()
	}
	if s.err != nil {
		return nil
	}
	return s.json[begin:s.at]
}

// string passes over a string.
func (s *scanner) string() {
	for s.at++; ; s.at++ {
		s.at += plain(s.json[s.at:])
		switch {
		case s.at == len(s.json):
			s.fail()
			return
		case s.json[s.at] == '"':
			s.at++
			return
		case s.json[s.at] == '\\' && s.escape():
		default:
			s.fail()
			return
		}
	}
}

// plain is how much of a string comes before a byte that is more than text.
func plain(text []byte) int {
	for i, c := range text {
		if c < ' ' || c == '"' || c == '\\' {
			return i
		}
	}
	return len(text)
}

// escape passes over an escape but for its last byte.
func (s *scanner) escape() bool {
	const digits = 4
	if s.at++; s.at == len(s.json) {
		return false
	}
	if s.json[s.at] != 'u' {
		return strings.IndexByte(`"\/bfnrt`, s.json[s.at]) >= 0
	}
	behind := s.json[s.at+1:]
	s.at += min(digits, len(behind))
	return len(behind) >= digits && hexadecimal(behind[:digits])
}

func hexadecimal(digits []byte) bool {
	for _, c := range digits {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

// number passes over a number.
func (s *scanner) number() {
	s.sign('-')
	whole := s.sign('0') || s.digits()
	if !whole || s.sign('.') && !s.digits() {
		s.fail()
	}
	if s.sign('e') || s.sign('E') {
		if !s.sign('+') {
			s.sign('-')
		}
		if !s.digits() {
			s.fail()
		}
	}
}

// sign passes over a sign if it comes at once.
func (s *scanner) sign(sign byte) bool {
	if s.at < len(s.json) && s.json[s.at] == sign {
		s.at++
		return true
	}
	return false
}

// digits passes over digits, of which there has to be one.
func (s *scanner) digits() bool {
	begin := s.at
	for s.at < len(s.json) && '0' <= s.json[s.at] && s.json[s.at] <= '9' {
		s.at++
	}
	return s.at > begin
}

// literal passes over null, true or false.
func (s *scanner) literal() {
	for _, word := range []string{"null", "true", "false"} {
		if bytes.HasPrefix(s.json[s.at:], []byte(word)) {
			s.at += len(word)
			return
		}
	}
	s.fail()
}

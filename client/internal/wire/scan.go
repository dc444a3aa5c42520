package wire

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// scanner cuts up what has been found to be JSON, in which nothing can be
// wrong any more. A member that comes twice counts as two.
type scanner struct {
	json []byte
	at   int
}

// kind is the first byte of the value that comes next.
func (s *scanner) kind() byte { return s.json[s.at] }

// eachMember calls read for each member of the object that comes next, up to
// the first error; read has to consume the member's value.
func (s *scanner) eachMember(read func(name []byte) error) error {
	for s.skip(); s.kind() != '}'; s.skipComma() {
		name := unquoted(s.value())
		s.space()
		s.skip() // the colon
		if err := read(name); err != nil {
			return err
		}
	}
	s.at++
	return nil
}

// eachElement calls read for each element of the array that comes next, up to
// the first error; read has to consume the element.
func (s *scanner) eachElement(read func() error) error {
	for s.skip(); s.kind() != ']'; s.skipComma() {
		if err := read(); err != nil {
			return err
		}
	}
	s.at++
	return nil
}

// skip passes over one sign and the white space behind it.
func (s *scanner) skip() {
	s.at++
	s.space()
}

func (s *scanner) skipComma() {
	s.space()
	if s.kind() == ',' {
		s.skip()
	}
}

func (s *scanner) space() {
	for c := s.json[s.at]; c == ' ' || c == '\n' || c == '\t' || c == '\r'; c = s.json[s.at] {
		s.at++
	}
}

// value consumes the value that comes next and returns it as it stands.
func (s *scanner) value() []byte {
	begin := s.at
	for depth := 0; ; {
		switch s.kind() {
		case '"':
			s.string()
		case '{', '[':
			depth++
			s.at++
		case '}', ']':
			depth--
			s.at++
		case ',', ':', ' ', '\n', '\t', '\r':
			s.at++
		default:
			s.word()
		}
		if depth == 0 {
			return s.json[begin:s.at]
		}
	}
}

// string passes over a string.
func (s *scanner) string() {
	for s.at++; ; s.at++ {
		s.at += bytes.IndexByte(s.json[s.at:], '"')
		escapes := 0
		for s.json[s.at-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			s.at++
			return
		}
	}
}

// word passes over a number, true, false or null.
func (s *scanner) word() {
	for c := s.kind(); c != ',' && c != '}' && c != ']' && c > ' '; c = s.kind() {
		s.at++
	}
}

// unquoted is what a name says.
func unquoted(name []byte) []byte {
	if bytes.IndexByte(name, '\\') >= 0 {
		name, _ = jsontext.AppendUnquote(nil, name)
		return name
	}
	return name[1 : len(name)-1]
}

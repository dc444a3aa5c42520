// Package wire reads what the API answers: rows in their envelope. It parses
// and does nothing else.
package wire

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// The decoder is the token reader of the coming encoding/json/v2: as strict
// as encoding/json, from the same hands, and five times as fast where rows
// are read without reflection. The two options make it as lenient as
// encoding/json is: a member that comes twice and text that is not UTF-8 are
// a reason to mistrust a value, not to lose an answer.
var jsonOptions = []jsontext.Options{
	jsontext.AllowDuplicateNames(true),
	jsontext.AllowInvalidUTF8(true),
}

// decoder reads one answer, in the flat or the nested form. Nothing in a
// request tells which of the two will come back.
type decoder struct {
	json *jsontext.Decoder
	next func() insights.Row

	// names are the columns of the last row in their order. Rows of one
	// answer have the same columns, so a name is nearly always the one that
	// stood in its place before and needs no string of its own.
	names []string
	words map[string]string
	// texts are some of the last texts, in places that their hashes choose.
	seed  maphash.Seed
	texts [256]struct{ text, clean string }
	// text holds a string that had escapes; inner and nested read JSON inside
	// of a string.
	text   []byte
	inner  bytes.Buffer
	nested *jsontext.Decoder
}

// mostNames is more columns than any row has. An attack may have more.
const mostNames = 256

// Decode reads the body of an answer under HTTP 200 and has each row written to
// what next returns. Its errors quote nothing of the body. Rows that were
// written before it failed are no answer.
func Decode(body []byte, next func() insights.Row) (Envelope, error) {
	d := &decoder{json: jsontext.NewDecoder(bytes.NewBuffer(body), jsonOptions...), next: next, seed: maphash.MakeSeed()}
	var e Envelope
	if d.json.PeekKind() != '{' {
		return e, notJSON(body, "a JSON object")
	}
	err := eachMember(d.json, func(name []byte) error { return d.envelopeMember(&e, name, true, &e.hasData) })
	if err != nil {
		return e, withoutNames(err)
	}
	if err := atEnd(d.json); err != nil {
		return e, err
	}
	switch {
	case e.ErrorCode != "" && !e.hasData, e.SubCode >= 400:
		return e, nil // an error under HTTP 200
	case !e.hasData:
		return e, errors.New(`the answer has no list "data"`)
	case e.Rows == 0 && e.Odd > 0:
		return e, fmt.Errorf("none of the %d elements of data is a row", e.Odd)
	}
	return e, nil
}

// withoutNames is a syntax error without the path to it, which quotes the
// answer.
func withoutNames(err error) error {
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("no valid JSON at byte %d: %w", syntax.ByteOffset, syntax.Err)
	}
	return err
}

// atEnd wants nothing to follow what has been read.
func atEnd(d *jsontext.Decoder) error {
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the end of the answer")
	}
	return nil
}

// notJSON says of a body that is not what was wanted what it looks like.
func notJSON(body []byte, wanted string) error {
	if start := bytes.TrimSpace(body); bytes.HasPrefix(start, []byte("<")) {
		return errors.New("the answer is a web page, not JSON: something between here and the API answered in its place")
	}
	return errors.New("the answer is not " + wanted)
}

func (d *decoder) data(e *Envelope, outer bool) error {
	if _, err := d.json.ReadToken(); err != nil { // [
		return err
	}
	for {
		switch d.json.PeekKind() {
		case ']':
			_, err := d.json.ReadToken()
			return err
		case '{':
			if err := d.element(e, outer); err != nil {
				return err
			}
		default:
			e.Odd++
			if err := d.json.SkipValue(); err != nil {
				return err
			}
		}
	}
}

// element reads a row, or an inner envelope, which is known by its first
// member: an object "header" or a list "data".
func (d *decoder) element(e *Envelope, outer bool) error {
	var row insights.Row
	inner, innerData := false, false
	column := 0
	err := eachMember(d.json, func(name []byte) error {
		if column == 0 && outer {
			kind := d.json.PeekKind()
			inner = string(name) == "header" && kind == '{' || string(name) == "data" && kind == '['
		}
		column++
		if inner {
			return d.envelopeMember(e, name, false, &innerData)
		}
		if row == nil {
			row = d.next()
			e.Rows++
		}
		return d.value(d.json, row.Column(d.name(column-1, name)))
	})
	switch {
	case err != nil:
		return err
	case inner && !innerData:
		return errors.New(`an answer within the answer has no list "data"`)
	case row == nil && !inner:
		e.Odd++ // an object without members
	}
	return nil
}

// name returns a column's name, which stood in this place of the row before.
func (d *decoder) name(column int, name []byte) string {
	if column < len(d.names) {
		if d.names[column] != string(name) {
			d.names[column] = string(name)
		}
		return d.names[column]
	}
	s := string(name)
	if column < mostNames {
		d.names = append(d.names, s)
	}
	return s
}

// eachMember calls read for each member of the object that comes next; read
// has to consume the member's value. The name is good until it does.
func eachMember(d *jsontext.Decoder, read func(name []byte) error) error {
	if _, err := d.ReadToken(); err != nil { // {
		return err
	}
	var unquoted []byte
	for d.PeekKind() == '"' {
		raw, err := d.ReadValue()
		if err != nil {
			return err
		}
		name := []byte(raw[1 : len(raw)-1])
		if bytes.IndexByte(name, '\\') >= 0 {
			unquoted, _ = jsontext.AppendUnquote(unquoted[:0], raw)
			name = unquoted
		}
		if err := read(name); err != nil {
			return err
		}
	}
	_, err := d.ReadToken() // }
	return err
}

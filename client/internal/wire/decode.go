// Package wire reads what the API answers: rows in their envelope. It parses
// and does nothing else.
package wire

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// decoder reads one answer, in the flat or the nested form. Nothing in a
// request tells which of the two will come back.
type decoder struct {
	json scanner
	next func() insights.Row
	most int // rows
	// clean makes a label value of a text.
	clean func(string) string

	// places are the columns of the last row in their order. Rows of one
	// answer have the same columns, so a name is nearly always the one that
	// stood in its place before and needs no string of its own.
	places []column
	words  map[string]string
	// wrong and had are what is known of columns in any place.
	wrong map[string]int
	had   map[string]bool
	// texts are some of the last texts, in places that their hashes choose.
	seed  maphash.Seed
	texts [256]struct{ text, clean string }
	// text holds a string that had escapes, and inner one that is JSON, which
	// inText says is being read.
	text   []byte
	inner  []byte
	inText bool
}

// mostNames is more columns than any row has. An attack may have more.
const mostNames = 256

// Decode reads the body of an answer under HTTP 200 and has each row, up to as
// many as are wanted at most, written to what next returns, with texts as clean
// makes them, such as insights.Clean. Its errors quote nothing of the body. Rows
// that were written before it failed are no answer.
func Decode(body []byte, most int, next func() insights.Row, clean func(string) string) (Envelope, error) {
	var e Envelope
	d := &decoder{json: scanner{json: body}, next: next, most: most, clean: clean, seed: maphash.MakeSeed()}
	if d.json.next() != '{' {
		return e, notJSON(body, "a JSON object")
	}
	if err := d.envelope(&e, true); err != nil {
		return e, err
	}
	if d.json.next(); d.json.at < len(body) {
		return e, errors.New("the answer has extra data after its end")
	}
	e.Wrong, e.Filled = d.columns()
	switch {
	case e.ErrorCode != "", e.Refused():
		return e, nil // an error under HTTP 200
	case !e.hasData:
		return e, errors.New(`the answer has no list "data"`)
	case e.Rows == 0 && e.Odd > 0:
		return e, fmt.Errorf("none of the %d elements of data is a row", e.Odd)
	}
	return e, nil
}

// DecodeLoose is Decode for the APIs beside Insights, whose documents and whose
// answers differ: a list of rows stands alone or in an envelope, and an object
// that has no list "data" and is no error is a row by itself.
func DecodeLoose(body []byte, most int, next func() insights.Row, clean func(string) string) (Envelope, error) {
	d := &decoder{json: scanner{json: body}, next: next, most: most, clean: clean, seed: maphash.MakeSeed()}
	e := Envelope{hasData: true}
	var err error
	switch d.json.next() {
	case '[':
		err = d.json.eachElement(func() error { return d.element(&e, false) })
	case '{':
		if e, err := Decode(body, most, func() insights.Row { return nobody{} }, clean); err == nil || e.hasData {
			return Decode(body, most, next, clean)
		}
		err = d.element(&e, false)
	default:
		return e, notJSON(body, "JSON")
	}
	d.json.next()
	e.Wrong, e.Filled = d.columns()
	switch {
	case err != nil:
		return e, err
	case d.json.at < len(body):
		return e, errors.New("the answer has extra data after its end")
	case e.Rows == 0 && e.Odd > 0:
		return e, fmt.Errorf("none of the %d elements of the list is a row", e.Odd)
	}
	return e, nil
}

// nobody is a row that wants nothing.
type nobody struct{}

// Column implements insights.Row.
func (nobody) Column(string) any { return nil }

// notJSON says of a body that is not what was wanted what it looks like.
func notJSON(body []byte, wanted string) error {
	if start := bytes.TrimSpace(body); bytes.HasPrefix(start, []byte("<")) {
		return errors.New("the answer is a web page instead of JSON: a proxy or firewall answered instead of the API")
	}
	return errors.New("the answer is not " + wanted)
}

// element reads an element of data: a row, or an inner envelope, which is
// known by its first member: an object "header" or a list "data".
func (d *decoder) element(e *Envelope, outer bool) error {
	if d.json.next() != '{' {
		d.json.value()
		e.Odd++
		return nil
	}
	if outer && d.beginsEnvelope() {
		return d.envelope(e, false)
	}
	if e.Rows == d.most {
		d.json.value()
		e.Beyond++
		return nil
	}
	var row insights.Row
	column := 0
	err := d.json.eachMember(func(name []byte) error {
		if row == nil {
			row = d.next()
			e.Rows++
		}
		d.column(e, row, column, name)
		column++
		return nil
	})
	if row == nil {
		e.Odd++ // an object without members
	}
	return err
}

// beginsEnvelope looks at the first member of the object that comes next.
func (d *decoder) beginsEnvelope() bool {
	ahead := d.json
	if ahead.skip('{'); ahead.next() != '"' {
		return false
	}
	name := string(ahead.name())
	return name == "header" && ahead.next() == '{' || name == "data" && ahead.next() == '['
}

package wire

import (
	"bytes"
	"hash/maphash"
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// value reads a value into target, which insights.Row describes. A value of
// another kind is passed over.
func (d *decoder) value(raw []byte, target any) {
	kind := jsontext.Value(raw).Kind()
	switch target := target.(type) {
	case *string:
		if kind == '"' {
			*target = d.readText(raw)
		}
	case *insights.Number:
		if kind == '0' {
			readNumber(raw, target)
		}
	case *insights.Scalar:
		switch kind {
		case '0':
			readNumber(raw, &target.Number)
		case '"':
			target.Text = d.readText(raw)
		}
	case *insights.Time:
		switch kind {
		case '0':
			readMilliseconds(raw, target)
		case '"':
			readTime(d.readText(raw), target)
		}
	case insights.Row:
		switch kind {
		case '{':
			d.object(raw, target)
		case '"':
			if !d.inText { // once is what the API does
				d.objectInText(raw, target)
			}
		}
	}
}

// readText reads a string. What can be wrong with it is text that is no
// Unicode, and that is replaced.
func (d *decoder) readText(raw []byte) string {
	text := raw[1 : len(raw)-1]
	if bytes.IndexByte(text, '\\') >= 0 {
		d.text, _ = jsontext.AppendUnquote(d.text[:0], raw)
		text = d.text
	}
	return d.clean(text)
}

// clean returns a text as a label value. Rows of one answer have many texts in
// common, which are made once.
func (d *decoder) clean(text []byte) string {
	place := &d.texts[maphash.Bytes(d.seed, text)%uint64(len(d.texts))]
	if place.text != string(text) {
		place.text = string(text)
		place.clean = insights.Clean(place.text)
	}
	return place.clean
}

func readNumber(raw []byte, target *insights.Number) {
	// A number beyond float64 is no number to us.
	if v, err := parseNumber(raw); err == nil && !math.IsInf(v, 0) {
		*target = insights.Number{Value: v, Valid: true}
	}
}

// parseNumber reads a number, most of which are whole and short.
func parseNumber(raw []byte) (float64, error) {
	const exact = 15 // digits that a float64 holds
	whole := 0
	for i, c := range raw {
		if c < '0' || c > '9' || i == exact {
			return strconv.ParseFloat(string(raw), 64)
		}
		whole = whole*10 + int(c-'0')
	}
	return float64(whole), nil
}

// maxMilliseconds is the year 9999, behind which time.Time has no text form.
const maxMilliseconds = 253402300799000

func readMilliseconds(raw []byte, target *insights.Time) {
	var n insights.Number
	readNumber(raw, &n)
	if n.Valid && n.Value > 0 && n.Value < maxMilliseconds {
		target.Time = time.UnixMilli(int64(n.Value))
	}
}

// timeLayouts are the texts in which the API's documentation shows times.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05"}

func readTime(text string, target *insights.Time) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			target.Time = t
			return
		}
	}
}

func (d *decoder) object(raw []byte, row insights.Row) {
	object := scanner{json: raw}
	_ = object.eachMember(func(name []byte) error {
		target := row.Column(d.word(name))
		d.value(object.value(), target)
		return nil
	})
}

// word returns a name that has come before without making it anew. Objects
// inside of rows have the same few.
func (d *decoder) word(name []byte) string {
	if s, ok := d.words[string(name)]; ok {
		return s
	}
	s := string(name)
	if d.words == nil {
		d.words = map[string]string{}
	}
	if len(d.words) < mostNames {
		d.words[s] = s
	}
	return s
}

// objectInText reads an object that the API sends as JSON text inside of a
// string. The text may be broken, which must not cost the row, nor the members
// before the break.
func (d *decoder) objectInText(raw []byte, row insights.Row) {
	d.inner.Reset()
	text, _ := jsontext.AppendUnquote(d.inner.AvailableBuffer(), raw)
	if len(text) == 0 || text[0] != '{' {
		return
	}
	d.inner.Write(text)
	d.nested.Reset(&d.inner, jsonOptions...)
	d.inText = true
	defer func() { d.inText = false }()
	for _, err := d.nested.ReadToken(); err == nil && d.nested.PeekKind() == '"'; {
		var name, value jsontext.Value
		if name, err = d.nested.ReadValue(); err != nil {
			return
		}
		target := row.Column(d.word(unquoted(name)))
		if value, err = d.nested.ReadValue(); err == nil {
			d.value(value, target)
		}
	}
}

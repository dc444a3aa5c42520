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

// value reads the next value into target, which insights.Row describes. A
// value of another kind is passed over.
func (d *decoder) value(json *jsontext.Decoder, target any) error {
	kind := json.PeekKind()
	switch target := target.(type) {
	case *string:
		if kind == '"' {
			return d.readTextFrom(json, target)
		}
	case *insights.Number:
		if kind == '0' {
			return readNumber(json, target)
		}
	case *insights.Scalar:
		switch kind {
		case '0':
			return readNumber(json, &target.Number)
		case '"':
			return d.readTextFrom(json, &target.Text)
		}
	case *insights.Time:
		switch kind {
		case '0':
			return readMilliseconds(json, target)
		case '"':
			return d.readTimeFrom(json, target)
		}
	case insights.Row:
		switch kind {
		case '{':
			return d.object(json, target)
		case '"':
			if json != d.nested { // once is what the API does
				return d.objectInText(json, target)
			}
		}
	}
	return json.SkipValue()
}

func (d *decoder) readText(target *string) error        { return d.readTextFrom(d.json, target) }
func (d *decoder) readTime(target *insights.Time) error { return d.readTimeFrom(d.json, target) }

func (d *decoder) readTextFrom(json *jsontext.Decoder, target *string) error {
	raw, err := json.ReadValue()
	if err != nil {
		return err
	}
	text := []byte(raw[1 : len(raw)-1])
	if bytes.IndexByte(text, '\\') >= 0 {
		// The value is grammatical, so what can be wrong is text that is
		// no Unicode, and that has been replaced.
		d.text, _ = jsontext.AppendUnquote(d.text[:0], raw)
		text = d.text
	}
	*target = d.clean(text)
	return nil
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

func readNumber(json *jsontext.Decoder, target *insights.Number) error {
	raw, err := json.ReadValue()
	if err != nil {
		return err
	}
	// A number beyond float64 is no number to us.
	if v, err := parseNumber(raw); err == nil && !math.IsInf(v, 0) {
		*target = insights.Number{Value: v, Valid: true}
	}
	return nil
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

func readMilliseconds(json *jsontext.Decoder, target *insights.Time) error {
	var n insights.Number
	if err := readNumber(json, &n); err != nil {
		return err
	}
	if n.Valid && n.Value > 0 && n.Value < maxMilliseconds {
		target.Time = time.UnixMilli(int64(n.Value))
	}
	return nil
}

// timeLayouts are the texts in which the API's documentation shows times.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05"}

func (d *decoder) readTimeFrom(json *jsontext.Decoder, target *insights.Time) error {
	var text string
	if err := d.readTextFrom(json, &text); err != nil {
		return err
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			target.Time = t
			return nil
		}
	}
	return nil
}

func (d *decoder) object(json *jsontext.Decoder, row insights.Row) error {
	return eachMember(json, func(name []byte) error {
		return d.value(json, row.Column(d.word(name)))
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
// string. The text may be broken, which must not cost the row.
func (d *decoder) objectInText(json *jsontext.Decoder, row insights.Row) error {
	raw, err := json.ReadValue()
	if err != nil {
		return err
	}
	d.inner.Reset()
	text, _ := jsontext.AppendUnquote(d.inner.AvailableBuffer(), raw)
	if len(text) == 0 || text[0] != '{' {
		return nil
	}
	d.inner.Write(text)
	if d.nested == nil {
		d.nested = jsontext.NewDecoder(&d.inner, jsonOptions...)
	} else {
		d.nested.Reset(&d.inner, jsonOptions...)
	}
	_ = d.object(d.nested, row)
	return nil
}

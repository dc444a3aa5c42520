package wire

import (
	"bytes"
	"hash/maphash"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// fit is what became of a value.
type fit int

const (
	unwanted fit = iota // nobody asked for it
	none                // null, or an empty text for a number
	wrong               // of another type than wanted
	read                // a text, a list or an object, which may be empty
	filled              // a number, a time or a word
)

// value reads a value into target, which insights.Row describes. A value of
// another kind is passed over.
func (d *decoder) value(raw []byte, target any) fit {
	kind := jsontext.Value(raw).Kind()
	switch {
	case target == nil:
		return unwanted
	case kind == 'n':
		return none
	}
	switch target := target.(type) {
	case *string:
		if kind == '"' {
			*target = d.readText(raw)
			return read
		}
	case *insights.Word:
		if kind == '"' {
			*target = insights.Word(d.readText(raw))
			if strings.TrimSpace(string(*target)) == "" {
				return none
			}
			return filled
		}
	case *insights.Number:
		switch kind {
		case '0':
			return readNumber(raw, target)
		case '"':
			return readQuoted(d.readText(raw), target)
		}
	case *insights.Scalar:
		switch kind {
		case '0':
			return readNumber(raw, &target.Number)
		case '"':
			target.Text = d.readText(raw)
			return filled
		}
	case *insights.Bool:
		if kind == 't' || kind == 'f' {
			*target = insights.Bool{Value: kind == 't', Valid: true}
			return read
		}
	case *insights.Texts:
		if kind == '[' {
			d.list(raw, target)
			return read
		}
	case func() insights.Row:
		if kind == '[' {
			d.objects(raw, target)
			return read
		}
	case *insights.Time:
		switch kind {
		case '0':
			return readMilliseconds(raw, target)
		case '"':
			return readTime(d.readText(raw), target)
		}
	case insights.Row:
		switch kind {
		case '{':
			d.object(raw, target)
			return read
		case '"':
			if !d.inText { // once is what the API does
				d.objectInText(raw, target)
				return read
			}
		}
	}
	return wrong
}

// readQuoted reads a text that holds a decimal number and nothing else.
func readQuoted(quoted string, target *insights.Number) fit {
	quoted = strings.TrimSpace(quoted)
	switch {
	case quoted == "":
		return none
	case strings.Trim(quoted, "0123456789+-.eE") != "": // hexadecimal, or infinite
		return wrong
	}
	return readNumber([]byte(quoted), target)
}

// readText reads a string. What can be wrong with it is text that is no
// Unicode, and that is replaced.
func (d *decoder) readText(raw []byte) string {
	text := raw[1 : len(raw)-1]
	if bytes.IndexByte(text, '\\') >= 0 {
		d.text, _ = jsontext.AppendUnquote(d.text[:0], raw)
		text = d.text
	}
	return d.label(text)
}

// label returns a text as a label value. Rows of one answer have many texts in
// common, which are made once.
func (d *decoder) label(text []byte) string {
	place := &d.texts[maphash.Bytes(d.seed, text)%uint64(len(d.texts))]
	if place.text != string(text) {
		place.text = string(text)
		place.clean = d.clean(place.text)
	}
	return place.clean
}

func readNumber(raw []byte, target *insights.Number) fit {
	v, err := parseNumber(raw)
	if err != nil || math.IsInf(v, 0) {
		return wrong // a number beyond float64 is no number to us
	}
	*target = insights.Number{Value: v, Valid: true}
	return filled
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

// object reads the members of an object, up to where it is broken.
func (d *decoder) object(raw []byte, row insights.Row) {
	object := scanner{json: raw}
	_ = object.eachMember(func(name []byte) error {
		column := d.word(name)
		if value := object.value(); value != nil {
			d.note(column, d.value(value, row.Column(column)))
		}
		return nil
	})
}

// list reads the texts of a list, and passes over what is none.
func (d *decoder) list(raw []byte, target *insights.Texts) {
	elements := scanner{json: raw}
	_ = elements.eachElement(func() error {
		if value := elements.value(); value[0] == '"' && len(*target) < insights.MaxTexts {
			*target = append(*target, d.readText(value))
		}
		return nil
	})
}

// objects reads the objects of a list, and passes over what is none.
func (d *decoder) objects(raw []byte, next func() insights.Row) {
	elements := scanner{json: raw}
	_ = elements.eachElement(func() error {
		if value := elements.value(); value[0] == '{' {
			d.object(value, next())
		}
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
	d.inner, _ = jsontext.AppendUnquote(d.inner[:0], raw)
	if len(d.inner) == 0 || d.inner[0] != '{' {
		return
	}
	d.inText = true
	defer func() { d.inText = false }()
	d.object(d.inner, row)
}

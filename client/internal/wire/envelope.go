package wire

import (
	"errors"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// mostPages bounds what an answer says of how many pages there are.
const mostPages = 1000

// Envelope is what an answer says beside its rows.
type Envelope struct {
	// Created is the API's time of the answer, zero where it gives none.
	Created   time.Time
	RequestID string
	// ErrorCode and Message are those of an error under HTTP 200.
	ErrorCode, Message string
	// Rows counts the rows, and Odd the elements of data that are none.
	Rows, Odd int
	// SubCode is the header's own status, 0 where it has none. Only 200 is
	// documented.
	SubCode float64
	// Pages is how many pages there are, 0 where the answer does not tell.
	Pages int

	hasData bool
}

// Failed reports whether an answer under HTTP 200 is none. A list of no rows
// would read as "nothing is wrong".
func (e *Envelope) Failed() bool { return !e.hasData || e.SubCode >= 400 }

// envelopeMember reads a member of an object of header and data, and notes
// that there is data. Only the outer one may hold envelopes in place of rows.
func (d *decoder) envelopeMember(e *Envelope, name []byte, outer bool, hasData *bool) error {
	kind := d.json.PeekKind()
	switch {
	case string(name) == "header" && kind == '{':
		return d.header(e)
	case string(name) == "data" && kind == '[':
		if *hasData {
			return errors.New(`the answer has two lists "data"`)
		}
		*hasData = true
		return d.data(e, outer)
	case string(name) == "errorCode" && kind == '"':
		return d.readText(&e.ErrorCode)
	case string(name) == "message" && kind == '"':
		return d.readText(&e.Message)
	}
	return d.json.SkipValue()
}

func (d *decoder) header(e *Envelope) error {
	return eachMember(d.json, func(name []byte) error {
		switch kind := d.json.PeekKind(); {
		case string(name) == "requestId" && kind == '"':
			return d.readText(&e.RequestID)
		case string(name) == "createdAt" && kind == '"':
			var t insights.Time
			err := d.readTime(&t)
			e.Created = t.Time
			return err
		case string(name) == "status" && kind == '{':
			return d.status(e)
		case string(name) == "pagination" && kind == '{':
			return d.pagination(e)
		}
		return d.json.SkipValue()
	})
}

func (d *decoder) status(e *Envelope) error {
	return eachMember(d.json, func(name []byte) error {
		if string(name) != "subCode" || d.json.PeekKind() != '0' {
			return d.json.SkipValue()
		}
		var code insights.Number
		err := readNumber(d.json, &code)
		e.SubCode = max(e.SubCode, code.Value)
		return err
	})
}

// pagination is how the API tells that there is more than one page.
func (d *decoder) pagination(e *Envelope) error {
	return eachMember(d.json, func(name []byte) error {
		if string(name) != "page_count" || d.json.PeekKind() != '0' {
			return d.json.SkipValue()
		}
		var pages insights.Number
		err := readNumber(d.json, &pages)
		e.Pages = int(min(pages.Value, mostPages))
		return err
	})
}

package wire

import (
	"errors"
	"slices"
	"strings"
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
	// Rows counts the rows, and Odd the elements of data that are none. Beyond
	// counts what came behind as many rows as were wanted.
	Rows, Odd, Beyond int
	// SubCode is the header's own status, 0 where it has none. Only 200 is
	// documented, and of several it is the first that is another one.
	SubCode float64
	// Overridden says that the API put something else in the place of the
	// data, such as a zero: rows like that measure nothing. Observed where a
	// parent's token asked for a child.
	Overridden bool
	// Wrong counts by column the values that were of another type than wanted.
	Wrong map[string]int
	// Filled are the columns of numbers, times and words that have a value in at
	// least one row.
	Filled map[string]bool
	// Pages is how many pages there are, and Total how many rows they have, 0
	// where the answer does not tell.
	Pages, Total int

	hasData bool
	// short says that there are fewer rows than the answer says it has.
	short string
	// partial says that the answer says of itself that there is more.
	partial bool
	// remark is what the answer says beside its rows, where that counts only if it
	// has none.
	remark string
}

// Failed reports whether an answer under HTTP 200 is none. A list of no rows
// would read as "nothing is wrong". Nor is it one with fewer rows than it says
// it has, unless there are as many as the API gives at most. Where the API does
// not say why, Message does afterwards.
func (e *Envelope) Failed() bool {
	switch {
	case !e.hasData, e.Refused(), e.ErrorCode != "":
		return true
	case e.partial:
		e.Message = "the answer says that it is partial"
		return true
	case e.Overridden:
		e.Message = "the API has overridden the data: the tenant may be one that only a credential of its own may ask for"
		return true
	case e.short != "":
		e.Message = e.short
		return true
	case e.Rows+e.Beyond == 0 && e.remark != "":
		e.Message = "the answer has no rows and says: " + e.remark
		return true
	}
	return false
}

// Refused reports whether the answer has a status of its own that is not the one of
// an answer: as with HTTP's, also what is no error is none.
func (e *Envelope) Refused() bool { return e.SubCode < 0 || e.SubCode >= 100 && e.SubCode != 200 }

// envelope reads an object of header and data. Only the outer one may hold
// envelopes in place of rows.
func (d *decoder) envelope(e *Envelope, outer bool) error {
	hasData := false
	var said counted
	elements, before, odd := 0, e.Rows+e.Beyond, e.Odd
	err := d.json.eachMember(func(name []byte) error {
		switch kind, member := d.json.next(), memberName(name); {
		case string(name) == "header" && kind == '{':
			return d.header(e, &said)
		case string(name) == "data" && kind == '[':
			if hasData {
				return errors.New(`the answer has two lists "data"`)
			}
			hasData = true
			return d.json.eachElement(func() error {
				elements++
				return d.element(e, outer)
			})
		case member == "status":
			return d.status(e)
		case member == "statuscode":
			d.subCode(e, d.json.value())
		case member == "message":
			value := d.json.value()
			d.value(value, &e.Message)
			d.remark(e, "message", value)
		default:
			d.failureMember(e, member, d.json.value())
		}
		return nil
	})
	e.count(said, max(elements-(e.Odd-odd), e.Rows+e.Beyond-before))
	switch {
	case outer:
		e.hasData = hasData
	case err == nil && !hasData && e.ErrorCode == "":
		return errors.New(`a nested answer has no list "data"`)
	}
	return err
}

// totals are what a header calls a number of rows that need not be those of this
// answer. The first is the API's own.
var totals = []string{"rowcount", "totalcount"}

// header reads a header, and how many rows it says that there are.
func (d *decoder) header(e *Envelope, said *counted) error {
	return d.json.eachMember(func(name []byte) error {
		switch kind, member := d.json.next(), memberName(name); {
		case member == "requestid":
			d.value(d.json.value(), &e.RequestID)
		case member == "createdat" && kind == '"':
			var t insights.Time
			d.value(d.json.value(), &t)
			e.Created = t.Time
		case member == "datacount":
			said.rows = d.countOf(d.json.value())
		case slices.Contains(totals, member):
			said.something = d.countOf(d.json.value()) > 0 || said.something
		case member == "isresourcedataoverridden":
			e.Overridden = e.Overridden || d.flag(d.json.value())
		case member == "status":
			return d.status(e)
		case member == "pagination" && kind == '{':
			// How the API tells that there is more than one page.
			numbers := d.numbersIn("page_count", "total_count")
			e.Pages, e.Total = int(min(numbers[0], mostPages)), int(min(numbers[1], mostPages*insights.MaxRows))
		default:
			d.failureMember(e, member, d.json.value())
		}
		return nil
	})
}

// memberName is the name of a member that says something of the answer, without the
// differences between what documents, gateways and other APIs of the vendor write.
func memberName(name []byte) string {
	return strings.ToLower(strings.ReplaceAll(string(name), "_", ""))
}

// numbersIn are the largest numbers that the object that comes next has under
// some names, or 0.
func (d *decoder) numbersIn(wanted ...string) []float64 {
	most := make([]float64, len(wanted))
	_ = d.json.eachMember(func(name []byte) error {
		var n insights.Number
		value := d.json.value()
		if i := slices.Index(wanted, string(name)); i >= 0 {
			d.value(value, &n)
			most[i] = max(most[i], n.Value)
		}
		return nil
	})
	return most
}

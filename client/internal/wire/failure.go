package wire

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// mostErrorDepth is how deep an error may lie in another.
const mostErrorDepth = 3

// goodStatuses are words for an answer that is one. Only the number 200 is
// documented.
var goodStatuses = []string{"ok", "success", "successful", "succeeded", "complete", "completed"}

// counted is what an answer says of how many rows it has, below zero where it says
// what cannot be. What the nested form counts is not always the same, so that of it
// only none or some is believed.
type counted struct {
	rows      int
	something bool
}

func (d *decoder) countOf(raw []byte) int {
	var count insights.Number
	d.value(raw, &count)
	return int(max(-1, min(count.Value, insights.MaxRows)))
}

// count compares how many rows an answer says that it has with how many it has.
// The API gives insights.MaxRows at most.
func (e *Envelope) count(said counted, has int) {
	switch {
	case e.short != "", e.Pages > 1: // one of several pages may count the rows of all
	case has < said.rows && has < insights.MaxRows:
		e.short = fmt.Sprintf("the answer has %d rows but reports %d", has, said.rows)
	case has == 0 && said.rows < 0:
		e.short = fmt.Sprintf("the answer has no rows and reports %d", said.rows)
	case has == 0 && said.something:
		e.short = "the answer has no rows and says that it has some"
	}
}

// status reads the status of an answer: an object with a code in it, or the
// code alone.
func (d *decoder) status(e *Envelope) error {
	if d.json.next() != '{' {
		d.subCode(e, d.json.value())
		return nil
	}
	return d.json.eachMember(func(name []byte) error {
		switch value, member := d.json.value(), memberName(name); member {
		case "subcode", "code", "statuscode":
			d.subCode(e, value)
		case "message":
			d.value(value, &e.Message)
		default:
			d.failureMember(e, member, value)
		}
		return nil
	})
}

// subCode takes in a code of a status: a number, in quotes or not, a word, or false.
// A word that is not known to be a good one is an error.
func (d *decoder) subCode(e *Envelope, raw []byte) {
	var number insights.Number
	var word string
	if d.value(raw, &number) == filled {
		if !e.Refused() {
			e.SubCode = number.Value
		}
		return
	}
	if d.value(raw, &word); string(raw) == "false" {
		word = string(raw)
	}
	if word = strings.TrimSpace(word); word != "" && !slices.Contains(goodStatuses, strings.ToLower(word)) {
		e.ErrorCode = cmp.Or(e.ErrorCode, word)
	}
}

// errorMembers are the members that are there to tell of an error. The first is the
// API's own, and clients in the field look for others.
var errorMembers = []string{"errorCode", "error_code", "error", "errors"}

// holdsError reports whether a member of this name is there to tell of an error, in
// any case.
func holdsError(name string) bool {
	if name == "" || name[0]|' ' != 'e' { // which is asked of every column that nobody wants
		return false
	}
	return slices.ContainsFunc(errorMembers, func(member string) bool { return strings.EqualFold(member, name) })
}

// partialMembers are what members are called that say of an answer that there is
// more. None is documented.
var partialMembers = []string{"partial", "ispartial", "truncated", "istruncated", "incomplete", "isincomplete"}

// failureMember takes in a member of an envelope, its header or its status, by its
// memberName, in case it tells of a failure: as an error does, or in the words of
// gateways.
func (d *decoder) failureMember(e *Envelope, name string, raw []byte) {
	switch name {
	case "fault":
		d.readError(e, raw, 0)
	case "success":
		if text := strings.Trim(string(raw), `" `); strings.EqualFold(text, "false") {
			e.ErrorCode = cmp.Or(e.ErrorCode, "success: false")
		}
	default:
		e.partial = e.partial || slices.Contains(partialMembers, name) && d.flag(raw)
		d.remark(e, name, raw)
		d.errorMember(e, name, raw)
	}
}

// remarks are what members are called that an answer may have in place of its rows,
// and remarkParts what their names have in them. None is documented beside rows.
var (
	remarks     = []string{"message", "code", "reason", "title", "detail", "details", "description"}
	remarkParts = []string{"err", "exception", "warn", "message"}
)

// remark takes in a member beside no rows that may say why there are none, such as
// a gateway's: an empty list would read as "nothing is wrong".
func (d *decoder) remark(e *Envelope, name string, raw []byte) {
	if !slices.Contains(remarks, name) && !slices.ContainsFunc(remarkParts, func(part string) bool { return strings.Contains(name, part) }) {
		return
	}
	said := strings.TrimSpace(string(raw))
	switch jsontext.Value(raw).Kind() {
	case 'n', 'f':
		return
	case '"':
		said = strings.TrimSpace(d.readText(raw))
	case '[', '{':
		if len(strings.Trim(said, "[]{} \t\r\n")) == 0 {
			return
		}
	}
	number, err := strconv.ParseFloat(said, 64)
	if said == "" || err == nil && (number == 0 || number >= 200 && number < 300) || slices.Contains(goodStatuses, strings.ToLower(said)) {
		return
	}
	e.remark = cmp.Or(e.remark, said)
}

// errorMember takes in a member, in case it tells of an error.
func (d *decoder) errorMember(e *Envelope, name string, raw []byte) {
	if holdsError(name) {
		d.readError(e, raw, 0)
	}
}

// readError reads an error: a code, a text, an object with either, or a list
// of such. What is empty is none.
func (d *decoder) readError(e *Envelope, raw []byte, depth int) {
	if depth > mostErrorDepth {
		return
	}
	inside := scanner{json: raw}
	switch kind := jsontext.Value(raw).Kind(); kind {
	case '"', '0', 't':
		code := string(raw)
		if kind == '"' {
			code = d.readText(raw)
		}
		if strings.TrimSpace(code) != "0" {
			e.ErrorCode = cmp.Or(e.ErrorCode, code)
		}
	case '[':
		_ = inside.eachElement(func() error {
			d.readError(e, inside.value(), depth+1)
			return nil
		})
	case '{':
		empty := true
		_ = inside.eachMember(func(name []byte) error {
			empty = false
			switch value, member := inside.value(), memberName(name); {
			case member == "code", holdsError(member):
				d.readError(e, value, depth+1)
			case member == "message", member == "faultstring":
				d.value(value, &e.Message)
			}
			return nil
		})
		if !empty {
			e.ErrorCode = cmp.Or(e.ErrorCode, "an error without a code")
		}
	}
}

// notFlagged are words for no.
var notFlagged = []string{"", "false", "no", "n", "none", "null", "off"}

// flag reads a member that says yes, however it is written: what is neither yes
// nor no says more than nothing.
func (d *decoder) flag(raw []byte) bool {
	switch jsontext.Value(raw).Kind() {
	case 't':
		return true
	case 'n', 'f', '[', '{':
		return false
	}
	var s insights.Scalar
	d.value(raw, &s)
	if s.Number.Valid {
		return s.Number.Value != 0
	}
	text := strings.ToLower(strings.TrimSpace(s.Text))
	number, err := strconv.ParseFloat(text, 64)
	return !slices.Contains(notFlagged, text) && (err != nil || number != 0)
}

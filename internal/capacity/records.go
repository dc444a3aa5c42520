package capacity

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// countRecords is how many records an answer has: as many as a list has
// elements, or one where the answer is an object.
func countRecords(body []byte) (int, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	records := 1
	switch d.PeekKind() {
	case '[':
		n, err := skipList(d)
		if err != nil {
			return 0, withoutText(err)
		}
		records = n
	case '{':
		if err := skipRecord(d); err != nil {
			return 0, err
		}
	default:
		if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
			return 0, errors.New("the answer is a web page instead of JSON: a proxy or firewall answered instead of the API")
		}
		return 0, errors.New("the answer is not a JSON list or object")
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return 0, errors.New("the answer has extra data after its end")
	}
	return records, nil
}

// errorMembers are what an object has that is an error and no record.
var errorMembers = []string{"error", "errors", "errorCode", "error_code", "fault"}

// skipRecord reads over an object that stands alone, and fails where it is an error:
// one such object would count as a record.
func skipRecord(d *jsontext.Decoder) error {
	if _, err := d.ReadToken(); err != nil { // {
		return withoutText(err)
	}
	failed := false
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return withoutText(err)
		}
		isError := slices.Contains(errorMembers, name.String())
		value, err := d.ReadValue()
		if err != nil {
			return withoutText(err)
		}
		failed = failed || isError && !slices.Contains([]string{"null", "false", `""`, "[]", "{}", "0"}, string(value))
	}
	if _, err := d.ReadToken(); err != nil { // }
		return withoutText(err)
	}
	if failed {
		return errors.New("the answer is an error and not a record")
	}
	return nil
}

// skipList reads over a list and returns how many elements it has.
func skipList(d *jsontext.Decoder) (n int, err error) {
	if _, err := d.ReadToken(); err != nil { // [
		return 0, err
	}
	for d.PeekKind() != ']' {
		if err := d.SkipValue(); err != nil {
			return 0, err
		}
		n++
	}
	_, err = d.ReadToken() // ]
	return n, err
}

// withoutText is a syntax error without the path to it, which quotes the
// answer.
func withoutText(err error) error {
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("invalid JSON at byte %d: %w", syntax.ByteOffset, syntax.Err)
	}
	return err
}

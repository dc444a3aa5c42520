package capacity

import (
	"bytes"
	"errors"
	"fmt"
	"io"

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
		if err := d.SkipValue(); err != nil {
			return 0, withoutText(err)
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

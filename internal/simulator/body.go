package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// members is a JSON object of a request whose members were checked: encoding/json alone would take "Values" for
// "values", and a client that relies on it would fail only at the real API.
type members map[string]json.RawMessage

func readMembers(raw json.RawMessage, where string, allowed ...string) (members, *refusal) {
	var m members
	if err := json.Unmarshal(raw, &m); err != nil || m == nil {
		return nil, invalidParameter(where+" must be an object", where)
	}
	for name := range m {
		if !slices.Contains(allowed, name) {
			return nil, invalidParameter(fmt.Sprintf("unknown member '%s' of %s", name, where), name)
		}
	}
	return m, nil
}

// has tells whether a member is there; null counts as there, so that it is refused by its type.
func (m members) has(name string) bool { return m[name] != nil }

func (m members) text(name string) (string, *refusal) {
	var text *string
	if !m.has(name) {
		return "", nil
	}
	if err := json.Unmarshal(m[name], &text); err != nil || text == nil {
		return "", invalidParameter(name+" must be a string", name)
	}
	return *text, nil
}

func (m members) requiredText(name, where string) (string, *refusal) {
	text, no := m.text(name)
	if no == nil && text == "" {
		no = invalidParameter(fmt.Sprintf("%s has no %s", where, name), name)
	}
	return text, no
}

// word is a text that must be one of the allowed words; the first one is the default.
func (m members) word(name string, allowed ...string) (string, *refusal) {
	text, no := m.text(name)
	if no != nil {
		return "", no
	}
	if !m.has(name) {
		return allowed[0], nil
	}
	if !slices.Contains(allowed, text) {
		return "", invalidParameter(fmt.Sprintf("'%s' is no %s", text, name), text)
	}
	return text, nil
}

func (m members) integer(name string, missing int) (int, *refusal) {
	if !m.has(name) {
		return missing, nil
	}
	var n *int
	if err := json.Unmarshal(m[name], &n); err != nil || n == nil {
		return 0, invalidParameter(name+" must be an integer", name)
	}
	return *n, nil
}

func (m members) flag(name string) (bool, *refusal) {
	if !m.has(name) {
		return false, nil
	}
	var b *bool
	if err := json.Unmarshal(m[name], &b); err != nil || b == nil {
		return false, invalidParameter(name+" must be a boolean", name)
	}
	return *b, nil
}

func (m members) list(name string) ([]json.RawMessage, *refusal) {
	var items []json.RawMessage
	if err := json.Unmarshal(m[name], &items); err != nil || items == nil {
		return nil, invalidParameter(name+" must be an array", name)
	}
	return items, nil
}

// checkJSON refuses what is not exactly one JSON value.
func checkJSON(body []byte) *refusal {
	decoder := json.NewDecoder(bytes.NewReader(body))
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		return invalidParameter("the body is not JSON", "body")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return invalidParameter("the body goes on after its JSON value", "body")
	}
	return nil
}

package simulator

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// A filter is the rules of a query; the zero filter lets everything through.
type filter struct {
	anyRule bool
	rules   []rule
}

// A rule is one condition. Exactly one of the ways to compare is set: a span of time, or a test of the value.
type rule struct {
	column column
	format *numberFormat
	span   *window
	test   func(v any) bool
}

func readFilter(raw json.RawMessage, r *resource, now time.Time) (filter, *refusal) {
	m, no := readMembers(raw, "filter", "operator", "rules")
	if no != nil {
		return filter{}, no
	}
	operator, no := m.word("operator", "AND", "OR")
	if no != nil {
		return filter{}, no
	}
	f := filter{anyRule: operator == "OR"}
	if !m.has("rules") {
		return f, invalidParameter("filter has no rules", "rules")
	}
	items, no := m.list("rules")
	if no != nil {
		return f, no
	}
	for _, item := range items {
		one, no := readRule(item, r, now)
		if no != nil {
			return f, no
		}
		f.rules = append(f.rules, one)
	}
	return f, nil
}

func readRule(raw json.RawMessage, r *resource, now time.Time) (rule, *refusal) {
	m, no := readMembers(raw, "a rule", "property", "operator", "values", "format", "subQuery", "escapeValue")
	if no != nil {
		return rule{}, no
	}
	if m.has("subQuery") {
		return rule{}, invalidParameter("subQuery is not simulated", "subQuery")
	}
	if _, no = m.flag("escapeValue"); no != nil {
		return rule{}, no
	}
	name, no := m.requiredText("property", "a rule")
	if no != nil {
		return rule{}, no
	}
	c, known := r.column(name)
	if !known {
		return rule{}, invalidProperty(name)
	}
	made := rule{column: c}
	if m.has("format") {
		if made.format, no = readFormat(m["format"]); no != nil {
			return made, no
		}
	}
	operator, no := m.requiredText("operator", "a rule")
	if no != nil {
		return made, no
	}
	if !m.has("values") {
		return made, invalidParameter("a rule has no values", "values")
	}
	items, no := m.list("values")
	if no != nil {
		return made, no
	}
	if isTimeOperator(operator) {
		made.span, no = readWindow(c, operator, items, now)
		return made, no
	}
	made.test, no = readTest(c, operator, items)
	return made, no
}

// window is the time that the filter limits the query to, by its first time rule.
func (f filter) window() (window, bool) {
	for _, r := range f.rules {
		if r.span != nil {
			return *r.span, true
		}
	}
	return window{}, false
}

// windowOn is the window of the first time rule on one column.
func (f filter) windowOn(column string) (window, bool) {
	i := slices.IndexFunc(f.rules, func(r rule) bool { return r.span != nil && r.column.name == column })
	if i < 0 {
		return window{}, false
	}
	return *f.rules[i].span, true
}

func (f filter) match(row record) bool {
	if len(f.rules) == 0 {
		return true
	}
	for _, r := range f.rules {
		if r.match(row) == f.anyRule {
			return f.anyRule
		}
	}
	return !f.anyRule
}

// match compares as a database does: a value that is not there satisfies no rule, not even a negative one.
func (r rule) match(row record) bool {
	if r.column.wholeQuery {
		return true
	}
	v := r.format.apply(row[r.column.name])
	if v == nil {
		return false
	}
	if r.span != nil {
		at, isNumber := toNumber(v)
		return isNumber && r.span.holds(int64(at))
	}
	return r.test(v)
}

// readValues reads a rule's values in the column's type.
func readValues(c column, items []json.RawMessage) ([]any, *refusal) {
	values := make([]any, 0, len(items))
	for _, item := range items {
		var v any
		if err := json.Unmarshal(item, &v); err != nil {
			return nil, invalidParameter("a value cannot be read", "values")
		}
		_, isNumber := v.(float64)
		_, isText := v.(string)
		numeric := c.kind == number || c.kind == instant
		if numeric && !isNumber || c.kind == text && !isText || c.kind == object || c.kind == list {
			return nil, invalidParameter(fmt.Sprintf("'%s' cannot be compared with %s", c.name, item), string(item))
		}
		values = append(values, v)
	}
	return values, nil
}

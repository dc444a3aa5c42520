package simulator

import (
	"encoding/json"
	"fmt"
	"time"
)

// The bounds of a query's count.
const (
	defaultCount = 10000
	maxCount     = 10000
)

// A query is a request body that was understood and found valid for its resource.
type query struct {
	resource  *resource
	selected  []selection
	filter    filter
	histogram *histogram
	count     int
	// span is the time that the query looks at; spanGiven tells whether a rule of the query says so.
	span      window
	spanGiven bool
}

// notSimulated are documented members whose effect on the answer no source tells. Ignoring them silently would let a
// client believe in an effect.
var notSimulated = []string{"addOnFilter", "computeDataRowsProcessed", "includeRecordNumber"}

// readQuery understands a body as the API does at the given time.
func readQuery(body []byte, r *resource, now time.Time) (*query, *refusal) {
	if no := checkJSON(body); no != nil {
		return nil, no
	}
	allowed := append([]string{"properties", "filter", "histogram", "count"}, notSimulated...)
	m, no := readMembers(body, "the body", allowed...)
	if no != nil {
		return nil, no
	}
	for _, name := range notSimulated {
		if m.has(name) {
			return nil, invalidParameter(name+" is not simulated", name)
		}
	}
	q := &query{resource: r}
	if q.count, no = m.integer("count", defaultCount); no != nil {
		return nil, no
	}
	if q.count < 1 || q.count > maxCount {
		return nil, invalidParameter(fmt.Sprintf("count must be 1 to %d", maxCount), "count")
	}
	if m.has("filter") {
		if q.filter, no = readFilter(m["filter"], r, now); no != nil {
			return nil, no
		}
	}
	if q.selected, no = readSelections(m, r); no != nil {
		return nil, no
	}
	q.span, q.spanGiven = q.filter.window()
	if !q.spanGiven {
		q.span = lastDay(now)
	}
	if m.has("histogram") {
		if q.histogram, no = readHistogram(m["histogram"], q); no != nil {
			return nil, no
		}
	}
	return q, q.checkNames()
}

// readSelections understands "properties". Custom resources answer with their own columns when it is left out, as the
// vendor's samples do; general resources are tables and want to be told.
func readSelections(m members, r *resource) ([]selection, *refusal) {
	if !m.has("properties") {
		if r.feature == "" && !r.language.anyColumns {
			return nil, invalidParameter("properties are required", "properties")
		}
		return r.allColumns(), nil
	}
	items, no := m.list("properties")
	if no != nil {
		return nil, no
	}
	if len(items) == 0 {
		return nil, emptySelect()
	}
	if r.language.anyColumns && len(items) == 1 && string(items[0]) == `"*"` {
		return r.allColumns(), nil
	}
	selected := make([]selection, 0, len(items))
	for _, item := range items {
		s, no := readSelection(item, r)
		if no != nil {
			return nil, no
		}
		selected = append(selected, s)
	}
	return selected, nil
}

// checkNames refuses two columns of one name, since a row can hold only one of them.
func (q *query) checkNames() *refusal {
	seen := make(map[string]bool)
	if q.histogram != nil {
		seen["histogram_time"] = true
		seen[q.histogram.name] = true
	}
	for _, s := range q.selected {
		if seen[s.name] {
			return invalidParameter(fmt.Sprintf("two columns are called '%s'", s.name), s.name)
		}
		seen[s.name] = true
	}
	return nil
}

// readSelection understands one property object.
func readSelection(raw json.RawMessage, r *resource) (selection, *refusal) {
	m, no := readMembers(raw, "a property", "property", "alias", "function", "format", "sort")
	if no != nil {
		return selection{}, no
	}
	name, no := m.requiredText("property", "a property")
	if no != nil {
		return selection{}, no
	}
	c, known := r.column(name)
	if !known || c.filterOnly {
		return selection{}, invalidProperty(name)
	}
	s := selection{column: c, name: name}
	if m.has("alias") {
		if s.name, no = m.requiredText("alias", "a property"); no != nil {
			return s, no
		}
	}
	if s.function, no = m.word("function", append([]string{""}, functions...)...); no != nil {
		return s, no
	}
	if needsNumber(s.function) && c.kind != number && c.kind != instant {
		return s, invalidParameter(fmt.Sprintf("%s needs a numeric property, '%s' is none", s.function, name), name)
	}
	if m.has("format") {
		if s.format, no = readFormat(m["format"]); no != nil {
			return s, no
		}
		if c.kind != number && s.function != "count" && s.function != "distinct_count" {
			return s, invalidParameter(fmt.Sprintf("'%s' is no number to format", name), name)
		}
	}
	if m.has("sort") {
		s.sort, no = readSort(m["sort"])
	}
	return s, no
}

package simulator

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// A selection is one column of the answer.
type selection struct {
	column   column
	name     string
	function string
	format   *numberFormat
	sort     *sorting
}

// run answers the query from the resource's records.
func (q *query) run(records iter.Seq[record]) []record {
	var rows []record
	if q.folds() {
		rows = q.group(records)
	} else {
		for r := range records {
			if q.filter.match(r) {
				rows = append(rows, q.project(r))
			}
		}
	}
	q.order(rows)
	return rows
}

// folds tells whether rows are made of many records each.
func (q *query) folds() bool {
	return q.histogram != nil || q.resource.total || slices.ContainsFunc(q.selected, func(s selection) bool {
		return aggregates(s.function) || s.function == "distinct"
	})
}

func (q *query) project(r record) record {
	row := make(record, len(q.selected))
	for _, s := range q.selected {
		if v, there := s.value(r); there {
			row[s.name] = s.format.apply(v)
		}
	}
	return row
}

func (s selection) value(r record) (v any, there bool) {
	v, there = r[s.column.name]
	if v != nil && s.function == "to_json_string" {
		v = jsonText(v)
	}
	return v, there
}

// order sorts by the properties that ask for it, by their sequence. Values that are not there come last.
func (q *query) order(rows []record) {
	keys := slices.DeleteFunc(slices.Clone(q.selected), func(s selection) bool { return s.sort == nil })
	if h := q.histogram; h != nil && h.sort != nil {
		keys = append(keys, selection{name: h.startColumn(), sort: h.sort})
	}
	slices.SortStableFunc(keys, func(a, b selection) int { return cmp.Compare(a.sort.sequence, b.sort.sequence) })
	if len(keys) == 0 {
		return
	}
	slices.SortStableFunc(rows, func(a, b record) int {
		for _, key := range keys {
			if c := compareValues(a[key.name], b[key.name], key.sort.descending); c != 0 {
				return c
			}
		}
		return 0
	})
}

func compareValues(a, b any, descending bool) int {
	if a == nil || b == nil {
		return cmp.Compare(btoi(a == nil), btoi(b == nil))
	}
	c := 0
	x, xNumber := toNumber(a)
	y, yNumber := toNumber(b)
	if xNumber && yNumber {
		c = cmp.Compare(x, y)
	} else {
		c = strings.Compare(textOf(a), textOf(b))
	}
	if descending {
		return -c
	}
	return c
}

func textOf(v any) string {
	if s, isText := v.(string); isText {
		return s
	}
	return jsonText(v)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

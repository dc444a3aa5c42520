package simulator

import (
	"fmt"
	"iter"
	"maps"
	"strings"
)

// disturbRecords is where faults get at what a query picks from.
func (f *Fault) disturbRecords(r *resource, records iter.Seq[record]) iter.Seq[record] {
	switch f.kind() {
	case RowFlood:
		return flood(r, records, f.Rows)
	case DuplicateRows:
		return func(yield func(record) bool) {
			for one := range records {
				for range 2 {
					if !yield(one) {
						return
					}
				}
			}
		}
	}
	return records
}

// flood repeats the records under new names until there are n of them.
func flood(r *resource, records iter.Seq[record], n int) iter.Seq[record] {
	return func(yield func(record) bool) {
		sent := 0
		for round := 0; sent < n; round++ {
			before := sent
			for one := range records {
				if sent == n {
					return
				}
				if name, isText := one[r.identity].(string); isText && round > 0 {
					one = maps.Clone(one)
					one[r.identity] = fmt.Sprintf("%s~%d", name, round)
				}
				if !yield(one) {
					return
				}
				sent++
			}
			// Nothing can be made of no records.
			if sent == before {
				return
			}
		}
	}
}

// disturbRows is where faults get at the rows of an answer.
func (f *Fault) disturbRows(rows []record) []record {
	switch f.kind() {
	case WrongTypes:
		for _, row := range rows {
			for name, v := range row {
				row[name] = wrongType(v)
			}
		}
	case BrokenText:
		for _, row := range rows {
			for name, v := range row {
				if s, isText := v.(string); isText && strings.HasPrefix(s, "{") {
					row[name] = strings.Replace(s, ":\"", ":\"\"", 1)
				}
			}
		}
	}
	return rows
}

// wrongType is a value of another type that says the same or nothing.
func wrongType(v any) any {
	switch x := v.(type) {
	case string:
		return []any{x}
	case int64, decimal:
		return map[string]any{"value": x}
	case []string:
		return int64(len(x))
	}
	return true
}

// disturbEnvelope is where faults get at an answer's form.
func (f *Fault) disturbEnvelope(e envelope) any {
	rows, flat := e.Data.([]record)
	switch f.kind() {
	case NullData:
		e.Data = nil
	case NoHeader:
		return map[string]any{"data": e.Data}
	case NestedData:
		if flat {
			inner := e.Header
			inner.RequestID, inner.Status, inner.RowCount, inner.DataCount = inner.RequestID+":1", nil, inner.DataCount, nil
			one := 1
			outer := header{CreatedAt: inner.CreatedAt, RowCount: &one, RequestID: e.Header.RequestID}
			return envelope{outer, []envelope{{inner, rows}}}
		}
	case NotRows:
		mixed := []any{nil, "row", 7, []any{}}
		for _, row := range rows {
			mixed = append(mixed, row)
		}
		e.Data = mixed
	}
	return e
}

package simulator

import "iter"

// kind is the type of a column, as far as rules and functions care.
type kind int

const (
	text kind = iota
	number
	// instant is a number too: epoch milliseconds.
	instant
	object
	list
)

// A column of a resource.
type column struct {
	name string
	kind kind
	// filterOnly columns can be filtered by but not asked for.
	filterOnly bool
	// wholeQuery rules steer how the rows are made, so they are not tried on each row.
	wholeQuery bool
}

// A resource is something that can be queried.
type resource struct {
	name string
	// feature is the path segment before a custom resource's name, on 3.0 perhaps two; general resources have none.
	feature string
	// language is that of the version.
	language *language
	columns  []column
	// total resources answer with the sum of their records.
	total bool
	// timed resources have a time rule in the vendor's example.
	timed bool
	// silent resources do not repeat the window in the answer.
	silent bool
	// identity is the column that tells rows apart.
	identity string
	records  func(w *World, span window) iter.Seq[record]
}

func (r *resource) column(name string) (column, bool) {
	for _, c := range r.columns {
		if c.name == name {
			return c, true
		}
	}
	return column{}, false
}

func (r *resource) allColumns() []selection {
	var all []selection
	for _, c := range r.columns {
		if !c.filterOnly {
			all = append(all, selection{column: c, name: c.name})
		}
	}
	return all
}

// of makes columns of one kind.
func of(k kind, names ...string) []column {
	columns := make([]column, len(names))
	for i, name := range names {
		columns[i] = column{name: name, kind: k}
	}
	return columns
}

func filterOnly(columns ...column) []column {
	for i := range columns {
		columns[i].filterOnly = true
	}
	return columns
}

func joined(parts ...[]column) []column {
	var all []column
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

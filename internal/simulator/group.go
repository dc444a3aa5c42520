package simulator

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// A group is the records that share a bucket and their keys.
type group struct {
	bucket int
	keys   record
	// folds go along with the query's selections; nil where a selection is a key.
	folds []*fold
}

// group folds the records into one row a group, in the order of the buckets and of first sight.
func (q *query) group(records iter.Seq[record]) []record {
	groups := make(map[string]*group)
	var ordered []*group
	for r := range records {
		bucket, inside := q.bucketOf(r)
		if !inside || !q.filter.match(r) {
			continue
		}
		id, keys := q.keysOf(r)
		id = jsonText(bucket) + id
		g := groups[id]
		if g == nil {
			g = q.newGroup(bucket, keys)
			groups[id] = g
			ordered = append(ordered, g)
		}
		for i, f := range g.folds {
			if f != nil {
				f.add(r[q.selected[i].column.name])
			}
		}
	}
	// A total is there even when nothing is in it.
	if len(ordered) == 0 && q.histogram == nil && q.onlyFolds() {
		ordered = append(ordered, q.newGroup(0, nil))
	}
	slices.SortStableFunc(ordered, func(a, b *group) int { return cmp.Compare(a.bucket, b.bucket) })
	return q.groupRows(ordered)
}

func (q *query) bucketOf(r record) (bucket int, inside bool) {
	if q.histogram == nil {
		return 0, true
	}
	at, isTime := r[q.histogram.property].(int64)
	if !isTime {
		return 0, false
	}
	bucket = q.histogram.bucket(at)
	return bucket, bucket >= 0
}

// foldOf is the aggregation that a column is under; a resource that is a total sums what it is not told to.
func (q *query) foldOf(s selection) string {
	if q.resource.total && !aggregates(s.function) {
		return "sum"
	}
	if aggregates(s.function) {
		return s.function
	}
	return ""
}

func (q *query) onlyFolds() bool {
	return !slices.ContainsFunc(q.selected, func(s selection) bool { return q.foldOf(s) == "" })
}

func (q *query) keysOf(r record) (string, record) {
	var id strings.Builder
	keys := make(record)
	for _, s := range q.selected {
		if q.foldOf(s) != "" {
			continue
		}
		v, there := s.value(r)
		if there {
			keys[s.name] = s.format.apply(v)
		}
		id.WriteString("\x00" + keyOf(v))
	}
	return id.String(), keys
}

func (q *query) newGroup(bucket int, keys record) *group {
	g := &group{bucket, keys, make([]*fold, len(q.selected))}
	for i, s := range q.selected {
		if function := q.foldOf(s); function != "" {
			g.folds[i] = newFold(function)
		}
	}
	return g
}

// groupRows makes the rows, and between them the empty buckets where they are asked for: those hold only their time.
func (q *query) groupRows(groups []*group) []record {
	var rows []record
	next := 0
	fill := func(until int) {
		for ; q.histogram != nil && q.histogram.fillEmpty && next < until; next++ {
			rows = append(rows, record{"histogram_time": q.histogram.starts[next].UnixMilli()})
		}
	}
	for _, g := range groups {
		fill(g.bucket)
		next = max(next, g.bucket+1)
		row := make(record)
		for name, v := range g.keys {
			row[name] = v
		}
		for i, s := range q.selected {
			if f := g.folds[i]; f != nil {
				row[s.name] = s.format.apply(f.result())
			}
		}
		if h := q.histogram; h != nil {
			start := h.starts[g.bucket].UnixMilli()
			row[h.name] = start
			// Without the filling, a row has only the property's own column for its bucket.
			if h.fillEmpty {
				row["histogram_time"] = start
			}
		}
		rows = append(rows, row)
	}
	if q.histogram != nil {
		fill(len(q.histogram.starts))
	}
	return rows
}

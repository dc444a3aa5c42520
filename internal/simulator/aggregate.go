package simulator

import "fmt"

// functions are those of a property. to_json_string is the only one that works row by row.
var functions = []string{"sum", "min", "max", "avg", "count", "distinct_count", "distinct", "to_json_string"}

func needsNumber(function string) bool {
	switch function {
	case "sum", "min", "max", "avg":
		return true
	}
	return false
}

// aggregates tells whether a function folds many rows into one; the columns beside it become group keys.
func aggregates(function string) bool {
	return needsNumber(function) || function == "count" || function == "distinct_count"
}

// A fold is one aggregated column of one group.
type fold struct {
	function string
	n        int64
	sum      float64
	low      float64
	high     float64
	fraction bool
	seen     map[string]bool
}

func newFold(function string) *fold {
	f := &fold{function: function}
	if function == "distinct_count" {
		f.seen = make(map[string]bool)
	}
	return f
}

// add takes a value in; values that are not there are left out, as a database does.
func (f *fold) add(v any) {
	if v == nil {
		return
	}
	if f.seen != nil {
		f.seen[keyOf(v)] = true
	}
	f.n++
	x, isNumber := toNumber(v)
	if !isNumber {
		return
	}
	if _, whole := v.(int64); !whole {
		f.fraction = true
	}
	f.sum += x
	if f.n == 1 || x < f.low {
		f.low = x
	}
	if f.n == 1 || x > f.high {
		f.high = x
	}
}

// result is the folded value; there is no sum, extreme or average of nothing.
func (f *fold) result() any {
	switch f.function {
	case "count":
		return f.n
	case "distinct_count":
		return int64(len(f.seen))
	}
	if f.n == 0 {
		return nil
	}
	x := map[string]float64{"sum": f.sum, "min": f.low, "max": f.high, "avg": f.sum / float64(f.n)}[f.function]
	if f.function == "avg" || f.fraction {
		return decimal(x)
	}
	return int64(x)
}

// keyOf makes values of any type comparable; the type keeps 1 and "1" apart.
func keyOf(v any) string {
	switch v.(type) {
	case string, int64, decimal:
		return fmt.Sprintf("%T:%v", v, v)
	}
	return fmt.Sprintf("%T:%s", v, jsonText(v))
}

func jsonText(v any) string { return string(encode(v)) }

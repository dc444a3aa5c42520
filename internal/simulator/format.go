package simulator

import (
	"encoding/json"
	"math"
)

// numberFormat is the "format" of a property or a rule.
type numberFormat struct {
	function string
	decimals int
}

func readFormat(raw json.RawMessage) (*numberFormat, *refusal) {
	m, no := readMembers(raw, "format", "function", "value")
	if no != nil {
		return nil, no
	}
	f := &numberFormat{}
	if _, no = m.requiredText("function", "format"); no != nil {
		return nil, no
	}
	if f.function, no = m.word("function", "round", "ceil", "floor", "trunc"); no != nil {
		return nil, no
	}
	if f.decimals, no = m.integer("value", 0); no != nil {
		return nil, no
	}
	if f.decimals < 0 || f.decimals > 10 {
		return nil, invalidParameter("format takes 0 to 10 decimals", "value")
	}
	return f, nil
}

// apply formats numbers and leaves the rest alone. A missing format is no format.
func (f *numberFormat) apply(v any) any {
	x, isNumber := toNumber(v)
	if f == nil || !isNumber {
		return v
	}
	scale := math.Pow10(f.decimals)
	cut := map[string]func(float64) float64{
		"round": math.Round, "ceil": math.Ceil, "floor": math.Floor, "trunc": math.Trunc,
	}[f.function]
	return decimal(cut(x*scale) / scale)
}

// sorting is the "sort" of a property.
type sorting struct {
	descending bool
	sequence   int
}

func readSort(raw json.RawMessage) (*sorting, *refusal) {
	m, no := readMembers(raw, "sort", "order", "sequence")
	if no != nil {
		return nil, no
	}
	order, no := m.word("order", "asc", "desc")
	if no != nil {
		return nil, no
	}
	s := &sorting{descending: order == "desc"}
	if s.sequence, no = m.integer("sequence", 1); no != nil {
		return nil, no
	}
	if s.sequence < 1 {
		return nil, invalidParameter("sort sequences start at 1", "sequence")
	}
	return s, nil
}

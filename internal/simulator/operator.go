package simulator

import (
	"encoding/json"
	"fmt"
	"slices"
)

// readTest makes the test of an operator that compares values. Both spellings of equality are in the documentation, one
// in its list and one in its samples, so both work.
func readTest(c column, operator string, items []json.RawMessage) (func(v any) bool, *refusal) {
	switch operator {
	case "equal", "equals", "not_equal", "not_equals", "in", "not_in":
		return readMembership(c, operator, items)
	case "greater", "greater_or_equal", "less", "less_or_equal":
		return readOrder(c, operator, items)
	}
	return nil, invalidParameter(fmt.Sprintf("'%s' is no operator", operator), operator)
}

func readMembership(c column, operator string, items []json.RawMessage) (func(v any) bool, *refusal) {
	several := operator == "in" || operator == "not_in"
	if len(items) == 0 || !several && len(items) != 1 {
		return nil, invalidParameter(fmt.Sprintf("%s does not take %d values", operator, len(items)), "values")
	}
	values, no := readValues(c, items)
	if no != nil {
		return nil, no
	}
	wanted := operator == "equal" || operator == "equals" || operator == "in"
	return func(v any) bool {
		if x, isNumber := toNumber(v); isNumber {
			v = x
		}
		return slices.Contains(values, v) == wanted
	}, nil
}

func readOrder(c column, operator string, items []json.RawMessage) (func(v any) bool, *refusal) {
	if c.kind != number && c.kind != instant {
		return nil, invalidParameter(fmt.Sprintf("%s needs a number, '%s' is none", operator, c.name), c.name)
	}
	if len(items) != 1 {
		return nil, invalidParameter(operator+" takes one value", "values")
	}
	values, no := readValues(c, items)
	if no != nil {
		return nil, no
	}
	bound, _ := values[0].(float64)
	return func(v any) bool {
		x, isNumber := toNumber(v)
		if !isNumber {
			return false
		}
		switch operator {
		case "greater":
			return x > bound
		case "greater_or_equal":
			return x >= bound
		case "less":
			return x < bound
		}
		return x <= bound
	}, nil
}

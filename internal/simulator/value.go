package simulator

import (
	"encoding/json"
	"math"
	"strconv"
)

// A record is one row of a resource before a query picks from it. Its values are int64, decimal, string, []string, nil,
// or a struct for the columns that hold one. A column that a row lacks is not in the map.
type record map[string]any

// A decimal is a number that always shows a decimal point, as the API writes throughputs and sums.
type decimal float64

// MarshalJSON writes 0 as 0.0.
func (d decimal) MarshalJSON() ([]byte, error) {
	x := float64(d)
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return strconv.AppendFloat(nil, x, 'f', 1, 64), nil
	}
	return strconv.AppendFloat(nil, x, 'f', -1, 64), nil
}

func toNumber(v any) (float64, bool) {
	switch x := v.(type) {
	case int64:
		return float64(x), true
	case decimal:
		return float64(x), true
	}
	return 0, false
}

// rounded is a figure as the API's own columns show it, with two decimals.
func rounded(x float64) decimal { return decimal(math.Round(x*100) / 100) }

// encode writes a value that an answer holds; all of those encode.
func encode(v any) []byte {
	encoded, _ := json.Marshal(v)
	return encoded
}

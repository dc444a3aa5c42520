package insights

// MaxRows is the most rows that the API returns to one query, and what it
// returns when a query does not say how many it wants.
const MaxRows = 10000

// Resource names what a query asks. General resources have no feature;
// custom ones, which the API makes per tenant, live under one.
type Resource struct {
	Feature string
	Name    string
	// OfRegion says that each row is about a thing that the tenant has in the
	// region that was asked, such as a site. A count is a row where there is
	// nothing, too, and the APIs beside Insights need not know regions.
	OfRegion bool
}

// Urgency orders the queries that wait for their share of the API budget.
type Urgency int

// The urgencies, first come first served among equals.
const (
	Alerts Urgency = iota
	Health
	Traffic
)

// Query is one question. It encodes to the body that the API wants; what is
// left empty is left out, because that is how the API's own examples ask for
// all columns or all rows.
type Query struct {
	Resource Resource `json:"-"`
	// Variant tells queries of one resource apart that can fail apart, such
	// as those for columns that not every tenant has.
	Variant string  `json:"-"`
	Urgency Urgency `json:"-"`

	Properties []Property `json:"properties,omitempty"`
	Filter     *Filter    `json:"filter,omitempty"`
	Histogram  *Histogram `json:"histogram,omitempty"`
	// Count is the most rows wanted, MaxRows when it is zero.
	Count int `json:"count,omitempty"`
}

// Name is what the query is called in logs and metrics.
func (q Query) Name() string {
	if q.Variant == "" {
		return q.Resource.Name
	}
	return q.Resource.Name + "/" + q.Variant
}

// Property is a column that comes back, under its alias where it has one.
type Property struct {
	Name     string   `json:"property"`
	Alias    string   `json:"alias,omitempty"`
	Function Function `json:"function,omitempty"`
	Format   *Format  `json:"format,omitempty"`
	Sort     *Sort    `json:"sort,omitempty"`
}

// Function is computed over a column. Columns without one become the groups
// of those that have one.
type Function string

// The functions of the API.
const (
	Sum           Function = "sum"
	Min           Function = "min"
	Max           Function = "max"
	Avg           Function = "avg"
	CountOf       Function = "count"
	DistinctCount Function = "distinct_count"
	Distinct      Function = "distinct"
	ToJSONString  Function = "to_json_string"
)

// Format rounds a number: Function is ceil, floor, round or trunc, Decimals
// how many places stay.
type Format struct {
	Function string `json:"function"`
	Decimals int    `json:"value"`
}

// Sort orders the rows by a property; Sequence is its place among the sort
// keys, from 1.
type Sort struct {
	Order    string `json:"order"`
	Sequence int    `json:"sequence"`
}

// Filter chooses the rows that count. The API documents no groups of rules
// inside groups.
type Filter struct {
	Operator string `json:"operator,omitempty"`
	Rules    []Rule `json:"rules"`
}

// Rule is one condition on a column. Values is a list even for one value.
type Rule struct {
	Property string `json:"property"`
	Operator string `json:"operator"`
	Values   []any  `json:"values"`
}

// All is the filter of rows that meet every rule.
func All(rules ...Rule) *Filter { return &Filter{Operator: "AND", Rules: rules} }

// Any is the filter of rows that meet at least one rule.
func Any(rules ...Rule) *Filter { return &Filter{Operator: "OR", Rules: rules} }

// In holds for rows whose property is one of the values. It is the form of
// equality on which the API's operator list and all of its examples agree.
func In(property string, values ...any) Rule {
	return Rule{Property: property, Operator: "in", Values: values}
}

// NotIn holds for rows whose property is none of the values.
func NotIn(property string, values ...any) Rule {
	return Rule{Property: property, Operator: "not_in", Values: values}
}

// Histogram sorts the rows into buckets of Value × Range along a time column.
type Histogram struct {
	Property string `json:"property"`
	Range    string `json:"range"`
	// Value is text because the API's examples for 1.0 and 2.0 send text.
	Value               string `json:"value,omitempty"`
	EnableEmptyInterval bool   `json:"enableEmptyInterval,omitempty"`
}

package dialect

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
)

// recentEvents is what a resource of another version is filtered by when 1.0
// asks for what is now: the shortest span that the examples of 3.0 use.
var recentEvents = insights.WindowOver(3 * time.Hour)

// Request is a query in the words of a tenant's API.
type Request struct {
	Method, URL string
	Body        []byte
	// Header is what the API wants beside the token.
	Header http.Header
	// MaxPages is how many pages are asked for at most, where the answer tells how
	// many there are and each has a request of its own; 0 for one answer.
	MaxPages int
	// Family says that the API is one beside Insights, to which a credential may
	// have no right, and whose answers need no envelope.
	Family bool
	// columns are what the API calls columns, and 1.0 for each.
	columns map[string]string
}

// Request puts a page of a query, which is in the words of 1.0, into those of
// the tenant's version and of its configuration. Pages count from 1. Its errors
// are of type *insights.Error and come before anything is asked.
func (d Dialect) Request(t config.Tenant, subTenant string, q insights.Query, page int) (Request, error) {
	r := d.resource(q.Resource)
	if r.family != nil {
		return r.family.request(t, subTenant, q, page)
	}
	if path, ok := t.Paths[q.Resource.Name]; ok {
		r = resource{path: path} // what is known of another path says nothing of this one
	}
	if r.path == "" {
		return Request{}, &insights.Error{
			Kind: insights.ErrMissing, Resource: q.Resource.Name,
			Err: fmt.Errorf("the exporter knows no such resource in %s: if the tenant has it, configure its path", d.Name),
		}
	}
	own := t.Columns[q.Resource.Name]
	columns := translated(r.columns, own)
	if q.Count == 0 {
		q.Count = insights.MaxRows
	}
	q, err := r.rewrite(q, columns)
	if err != nil {
		return Request{}, err
	}
	body, err := d.encode(q)
	if err != nil {
		return Request{}, &insights.Error{Kind: insights.ErrRefused, Resource: q.Resource.Name, Err: err}
	}
	return Request{
		Method: http.MethodPost, URL: t.Endpoint() + d.root(t.ID) + r.path, Body: body,
		Header: d.header(t, subTenant), columns: inverse(columns, own),
	}, nil
}

// Digest names the request: others of the same resource ask for something else.
func (r Request) Digest() string {
	sum := sha256.Sum256([]byte(r.Method + " " + r.URL + "\n" + r.Header.Get(regionHeader) + "\n" + string(r.Body)))
	return string(sum[:])
}

// translated are the column names of a version with those of a configuration
// over them.
func translated(builtIn, own map[string]string) map[string]string {
	if len(own) == 0 {
		return builtIn
	}
	columns := make(map[string]string, len(builtIn)+len(own))
	for _, names := range []map[string]string{builtIn, own} {
		for name, theirs := range names {
			columns[name] = theirs
		}
	}
	return columns
}

// inverse are the names of 1.0 by those of a version. Where two columns have
// one name, the configuration's own comes first, then the first by name: a row
// has one place for a value, and it must be the same each time.
func inverse(columns, own map[string]string) map[string]string {
	ours := make(map[string]string, len(columns))
	for _, names := range []map[string]string{own, columns} {
		for _, name := range slices.Sorted(maps.Keys(names)) {
			theirs := names[name]
			if _, taken := ours[theirs]; theirs != "" && !taken {
				ours[theirs] = name
			}
		}
	}
	return ours
}

// rewrite names the columns of a query as the resource does.
func (r resource) rewrite(q insights.Query, columns map[string]string) (insights.Query, error) {
	var absent string
	column := func(name string) string {
		theirs, ok := columns[name]
		switch {
		case !ok:
			return name
		case theirs == "":
			absent = name
		}
		return theirs
	}
	if q.Properties = slices.Clone(q.Properties); r.whole {
		q.Properties = nil
	}
	for i, p := range q.Properties {
		q.Properties[i].Name = column(p.Name)
	}
	if q.Filter != nil {
		filter := *q.Filter
		filter.Rules = slices.DeleteFunc(slices.Clone(filter.Rules), func(rule insights.Rule) bool { return slices.Contains(r.implied, rule.Property) })
		for i, rule := range filter.Rules {
			filter.Rules[i] = insights.Rule{Property: column(rule.Property), Operator: rule.Operator, Values: r.values(rule)}
		}
		if q.Filter = &filter; len(filter.Rules) == 0 {
			q.Filter = nil
		}
	}
	if q.Histogram != nil {
		histogram := *q.Histogram
		histogram.Property = column(histogram.Property)
		q.Histogram = &histogram
	}
	if absent != "" {
		return q, &insights.Error{
			Kind: insights.ErrNoColumn, Resource: q.Name(),
			Err: fmt.Errorf("the exporter knows no column %s in the tenant's API version: if it exists, configure its name", absent),
		}
	}
	if r.timed != "" && q.Filter == nil {
		q.Filter = insights.All(recentEvents.Of(r.timed))
	}
	return q, nil
}

// values are what a rule compares with, in words where the resource has them.
func (r resource) values(rule insights.Rule) []any {
	words := r.words[rule.Property]
	values := slices.Clone(rule.Values)
	for i, v := range values {
		if n, ok := v.(int); ok && words[n] != "" {
			values[i] = words[n]
		}
	}
	return values
}

// encode is the query as the body of a request.
func (d Dialect) encode(q insights.Query) ([]byte, error) {
	if q.Histogram == nil || !d.numericBuckets {
		return json.Marshal(q)
	}
	length, err := strconv.Atoi(q.Histogram.Value)
	if err != nil {
		return nil, fmt.Errorf("length of the histogram's buckets: %w", err)
	}
	type histogram struct {
		insights.Histogram
		Value int `json:"value"`
	}
	return json.Marshal(struct {
		insights.Query
		Histogram histogram `json:"histogram"`
	}{q, histogram{*q.Histogram, length}})
}

// Rows has rows written under the names that the query knows.
func (r Request) Rows(next func() insights.Row) func() insights.Row {
	if len(r.columns) == 0 {
		return next
	}
	row := &renamedRow{columns: r.columns} // for all rows: they come one after the other
	return func() insights.Row {
		row.Row = next()
		return row
	}
}

// renamedRow is a row whose columns the API calls something else.
type renamedRow struct {
	insights.Row
	columns map[string]string
}

// Column implements insights.Row.
func (r *renamedRow) Column(name string) any {
	if ours, ok := r.columns[name]; ok {
		name = ours
	}
	return r.Row.Column(name)
}

// Package insights is the vocabulary of the Prisma Access Insights query API:
// what can be asked, where the rows of an answer go, and how a question can
// fail. Collectors ask in these words and the client answers in them, so that
// neither has to know the other.
package insights

import (
	"context"
	"strconv"
	"time"
)

// API asks Insights on behalf of one scope: a tenant, or one of its
// sub-tenants.
type API interface {
	// Query posts q and has each row of the answer written to what next
	// returns. When it fails, the rows that were written before are not an
	// answer and must be thrown away. Errors are of type *Error where the
	// API was asked at all.
	Query(ctx context.Context, q Query, next func() Row) (Answer, error)
}

// Answer tells of an answer what its rows do not.
type Answer struct {
	// Rows is how many rows came back.
	Rows int
	// Odd is how many elements of the answer were no rows.
	Odd int
	// Wrong counts, by column, the values that were of another type than
	// wanted, and left their places as they were.
	Wrong map[string]int
	// Filled are the columns of type *Number, *Scalar, *Time and *Word that had a
	// value in at least one row, by the API's own names.
	Filled map[string]bool
	// Truncated says that there were as many rows as the query allowed, so
	// that some may be missing. The API documents no way to read on.
	Truncated bool
	// Total is how many rows there are on all pages as the API counts them, 0
	// where it does not count.
	Total int
	// Created is the API's own time of the answer, zero where it gave none.
	Created time.Time
	// RequestID is the API's name for the request, for a support case.
	RequestID string
}

// Row takes the values of one row, or of one object inside a row.
type Row interface {
	// Column returns where the value of the named column goes: a *string, a
	// *Word, a *Number, a *Scalar, a *Bool, a *Time, a *Texts or, for a nested
	// object, a Row; for a list of objects a function that returns the Row of the next. It
	// returns nil for a column that is not wanted. A value that does not fit, null
	// included, leaves the place as it was.
	Column(name string) any
}

// Rows returns a next function that collects rows. It makes room for ever more
// of them at a time and never moves one, because an answer may have ten
// thousand and rows are wide.
func Rows[T any, P interface {
	*T
	Row
}](rows *[]P) func() Row {
	const least, most = 16, 512
	var room []T
	return func() Row {
		if len(room) == 0 {
			room = make([]T, min(max(least, len(*rows)), most))
		}
		row := P(&room[0])
		room = room[1:]
		*rows = append(*rows, row)
		return row
	}
}

// Word is a text that some row of every answer has, such as the word for a
// state or a name that tells series apart: an answer in which no row has it lacks
// the column. Other texts may be empty in all rows.
type Word string

// Number is a numeric column. The API sends the same quantity as an integer
// or with a decimal point, so all of them are floating point.
type Number struct {
	Value float64
	// Valid is false when the column was missing, null or not a number.
	Valid bool
}

// Scalar is a column that holds a number in one version of the API and a word
// in another.
type Scalar struct {
	Number Number
	Text   string
}

// String is the value as text, a number in all its digits: IDs are texts in one
// answer of the API and numbers in another.
func (s Scalar) String() string {
	if s.Number.Valid {
		return strconv.FormatFloat(s.Number.Value, 'f', -1, 64)
	}
	return s.Text
}

// Time is a column that holds an instant. Rows carry epoch milliseconds; the
// API's documentation also shows text, which is read as well. The zero value
// is a missing instant.
type Time struct{ time.Time }

// Bool is a value that the API has as true or false.
type Bool struct {
	Value bool
	// Valid is false when the column was missing, null or something else.
	Valid bool
}

// MaxTexts is how many texts of a list are kept.
const MaxTexts = 16

// Texts is a list of texts, as label values, of which MaxTexts are kept.
type Texts []string

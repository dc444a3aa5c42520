package simulator

import "fmt"

// A FaultKind is a way in which an endpoint misbehaves.
type FaultKind int

// The kinds of faults. Those from NullData on need a call that would have been answered; the others come before the
// caller's token is looked at.
const (
	noFault FaultKind = iota
	// AnswerStatus answers Status with Header and Body.
	AnswerStatus
	// CloseConnection ends the connection without an answer.
	CloseConnection
	// Hang keeps the caller waiting for the headers until the fault is cleared or the caller goes.
	Hang

	// ResetMidBody breaks the connection within the body.
	ResetMidBody
	// SlowBody sends the body byte by byte, Every apart.
	SlowBody
	// EndlessBody never stops sending rows.
	EndlessBody
	// GzipBomb sends Rows MiB of blanks, compressed to next to nothing.
	GzipBomb
	// TruncatedJSON stops in the middle of the JSON, as if it were all.
	TruncatedJSON
	// TrailingGarbage goes on after the JSON.
	TrailingGarbage
	// WrongContentType sends the JSON as HTML.
	WrongContentType
	// NullData has null in place of the rows.
	NullData
	// NoHeader leaves the envelope's header out.
	NoHeader
	// NestedData answers in the nested form.
	NestedData
	// WrongTypes has values of other types in the rows.
	WrongTypes
	// NotRows has things that are no rows between the rows.
	NotRows
	// BrokenText breaks the JSON within the texts that hold one.
	BrokenText
	// RowFlood answers with Rows rows, whatever the query's count.
	RowFlood
	// DuplicateRows has every row twice.
	DuplicateRows

	// TokenWithoutExpiry issues a JWT without exp, and leaves expires_in out.
	TokenWithoutExpiry
	// TokenExpired issues a JWT whose exp is past; expires_in is 0.
	TokenExpired
	// TokenOpaque issues a token that is no JWT but works.
	TokenOpaque
)

var kindNames = map[FaultKind]string{
	AnswerStatus: "status", CloseConnection: "connection closed", Hang: "hang", ResetMidBody: "reset within the body",
	SlowBody: "slow body", EndlessBody: "endless body", GzipBomb: "gzip bomb", TruncatedJSON: "truncated JSON",
	TrailingGarbage: "trailing garbage", WrongContentType: "wrong content type", NullData: "null data",
	NoHeader: "no header", NestedData: "nested data", WrongTypes: "wrong types", NotRows: "not rows",
	BrokenText: "broken text", RowFlood: "row flood", DuplicateRows: "duplicate rows",
	TokenWithoutExpiry: "token without expiry", TokenExpired: "token expired", TokenOpaque: "token opaque",
}

// title is what the control page calls a fault.
func (f *Fault) title() string {
	if f.Kind == AnswerStatus {
		return fmt.Sprintf("%s %d", kindNames[f.Kind], f.Status)
	}
	return kindNames[f.Kind]
}

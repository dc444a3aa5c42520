package insights

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// What a failure means for the one who asked. Every *Error wraps one of them.
var (
	// ErrMissing: the tenant does not have the resource (404, DATA10003).
	ErrMissing = errors.New("the tenant does not have this resource")
	// ErrUnlicensed: the tenant has no licence for the resource (DATA10004).
	ErrUnlicensed = errors.New("the resource is not licensed for this tenant")
	// ErrNoColumn: the resource is there without a column that was asked for
	// (DATA10002, GCP10002).
	ErrNoColumn = errors.New("the resource does not have a column that the query selects")
	// ErrCredential: the API does not accept the credential, or it cannot
	// be read. Asking again does not help until somebody changes it.
	ErrCredential = errors.New("the API credential does not work")
	// ErrForbidden: the credential may not ask this (403), which lasts until
	// somebody changes a role or the API ends a block.
	ErrForbidden = errors.New("the API forbids the query")
	// ErrNotPermitted is ErrForbidden by an API beside Insights, each of which
	// has roles of its own: it says nothing of the credential's other rights.
	ErrNotPermitted = fmt.Errorf("%w: the credential has no role for this API", ErrForbidden)
	// ErrRefused: the API does not understand the question (other 4xx).
	ErrRefused = errors.New("the API refused the query")
	// ErrUnavailable: the API could not be reached or could not answer now:
	// connections that fail, 429, 5xx, deadlines.
	ErrUnavailable = errors.New("the API did not answer")
	// ErrNothing: no answer has had a row yet, where that is what a wrong region
	// or tenant is answered with (Insights 3.0, observed in the field).
	ErrNothing = errors.New("the API has returned no data about this tenant yet, as it does for a wrong region: check the region and the tenant ID")
	// ErrMalformed: the API answered something that is no answer.
	ErrMalformed = errors.New("the API's answer is invalid")
)

// ErrBudget is the cause of an ErrUnavailable that the API had no part in.
var ErrBudget = errors.New("the API budget had no call left in time")

// Error is a query that failed.
type Error struct {
	// Kind is one of the errors above.
	Kind error
	// Resource is what was asked, or "token".
	Resource string
	// Status is the HTTP status, 0 when there was no answer.
	Status int
	// Code and Message are the API's own, where it gave any, such as
	// DATA10003. RequestID is its name for the request.
	Code, Message, RequestID string
	// Err is the cause where there is one beneath.
	Err error
	// Until is when the API may be asked the same again, where the client leaves
	// it alone until then; the zero time otherwise. Who asks sooner is told the
	// same and costs the API nothing.
	Until time.Time
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Resource, e.what())
	var facts []string
	if e.Status != 0 {
		facts = append(facts, statusText(e.Status))
	}
	if e.Code != "" {
		facts = append(facts, e.Code)
	}
	if e.Message != "" {
		facts = append(facts, fmt.Sprintf("%q", e.Message))
	}
	if e.RequestID != "" {
		facts = append(facts, "request "+e.RequestID)
	}
	if len(facts) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(facts, ", "))
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %s", e.Err)
	}
	if !e.Until.IsZero() {
		fmt.Fprintf(&b, "; next try after %s", e.Until.UTC().Format(time.TimeOnly+" MST"))
	}
	return b.String()
}

// what is what happened: the kind or, where that says that the API did not
// answer and it did, why its answer is none.
func (e *Error) what() string {
	switch {
	case !errors.Is(e.Kind, ErrUnavailable) || e.Status == 0:
		return e.Kind.Error()
	case e.Status == http.StatusTooManyRequests:
		return "the API accepts no more calls for now"
	}
	return "the API cannot answer now"
}

// statusText is an HTTP status, with its meaning where it is no error.
func statusText(status int) string {
	text := fmt.Sprintf("HTTP %d", status)
	if meaning := http.StatusText(status); status > http.StatusOK && status < 400 && meaning != "" {
		text += ", " + strings.ToLower(meaning)
	}
	return text
}

// Unwrap lets errors.Is find the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Cause is the text of an error without when the API may be asked again, which
// is another time after each failure of the same kind.
func Cause(err error) string {
	failed, ok := errors.AsType[*Error](err)
	if !ok || failed.Until.IsZero() {
		return err.Error()
	}
	same := *failed
	same.Until = time.Time{}
	return strings.Replace(err.Error(), failed.Error(), same.Error(), 1)
}

// Gist is the text of an error without what differs between resources and from
// one request to the next, so that what fails in one way reads the same
// everywhere.
func Gist(err error) string {
	failed, ok := errors.AsType[*Error](err)
	if !ok {
		return err.Error()
	}
	same := *failed
	same.Until, same.RequestID = time.Time{}, ""
	gist := strings.TrimPrefix(same.Error(), same.Resource+": ")
	return strings.Replace(err.Error(), failed.Error(), gist, 1)
}

// HeldUntil is when the API may be asked again for what failed with err. Held
// is false for a failure after which it may be asked at any time.
func HeldUntil(err error) (until time.Time, held bool) {
	failed, ok := errors.AsType[*Error](err)
	if !ok || failed.Until.IsZero() {
		return time.Time{}, false
	}
	return failed.Until, true
}

// vendorCode is how the codes of the API's errors are made.
var vendorCode = regexp.MustCompile(`^[A-Z]{2,8}[0-9]{5}$`)

// Code is a code of an error as the API's documentation has it: one of the vendor's
// own in capital letters, such as REST10005, and any other as it is.
func Code(s string) string {
	s = strings.TrimSpace(s)
	if upper := strings.ToUpper(s); vendorCode.MatchString(upper) {
		return upper
	}
	return s
}

// RoleLacking is the API's code for what the credential's role does not cover
// ("RBAC - Query Permission Denied", observed in the field).
const RoleLacking = "REST10005"

// NotPermitted reports whether the credential's role does not cover what was
// asked for, while the same credential is served elsewhere: a state of that one
// resource, like not having it. The APIs beside Insights refuse so with any 403:
// see ErrNotPermitted.
func NotPermitted(err error) bool {
	if errors.Is(err, ErrNotPermitted) {
		return true
	}
	failed, ok := errors.AsType[*Error](err)
	return ok && failed.Code == RoleLacking && errors.Is(failed.Kind, ErrForbidden)
}

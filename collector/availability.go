package collector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// The states of a resource, as resource_state shows them.
const (
	resourceAvailable  = "available"
	resourceUnknown    = "unknown"
	resourceMissing    = "missing"
	resourceUnlicensed = "unlicensed"
	resourceForbidden  = "forbidden"
)

var resourceStateNames = []string{resourceAvailable, resourceUnknown, resourceMissing, resourceUnlicensed, resourceForbidden}

// lostAfter is how long a resource that was there has to be gone to be taken
// for one that the tenant does not have. Until then it is a failure, so that
// a vendor's bad hour does not read as "nothing is wrong".
const lostAfter = time.Hour

// availability watches which resources a tenant turns out to have. It is the API
// to the collectors of a scope.
type availability struct {
	insights.API
	logger log.Logger
	first  *firstRow

	mu     sync.Mutex
	states map[string]string    // by the name of the query
	seen   map[string]time.Time // when the query was last answered
	lacked map[string]bool      // queries that had another state than available
	// columns are when a column last had a value, by the name of the query.
	columns map[string]map[string]time.Time
}

func newAvailability(api insights.API, logger log.Logger) *availability {
	return &availability{API: api, logger: logger, first: &firstRow{api: api}, states: map[string]string{}, lacked: map[string]bool{}, seen: map[string]time.Time{}, columns: map[string]map[string]time.Time{}}
}

// Query implements insights.API.
func (a *availability) Query(ctx context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	answer, err := a.API.Query(ctx, q, next)
	if err = a.note(q, err); err == nil {
		if q.Resource.OfRegion {
			a.first.note(answer.Rows)
		}
		err = a.noteColumns(q, answer)
	}
	return answer, err
}

// noteColumns takes in which columns of an answer have values, and fails where
// one has none any more: an answer without its figures is no sign that there
// are none. After lostAfter the API is believed to have dropped the column.
func (a *availability) noteColumns(q insights.Query, answer insights.Answer) error {
	filled := columnsOf(q, answer)
	if answer.Rows == 0 || onlyEmptyBuckets(q, answer) {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	columns := a.columns[q.Name()]
	if columns == nil {
		columns = map[string]time.Time{}
		a.columns[q.Name()] = columns
	}
	for column := range filled {
		columns[column] = now
	}
	for _, column := range sortedKeys(columns, compareText) {
		seen := columns[column]
		switch {
		case filled[column]:
		case now.Sub(seen) < lostAfter:
			return &insights.Error{
				Kind: insights.ErrMalformed, Resource: q.Name(), RequestID: answer.RequestID,
				Err: fmt.Errorf("column %s had values at %s but is empty in all of %d rows", column, seen.UTC().Format(time.TimeOnly+" MST"), answer.Rows),
			}
		default:
			delete(columns, column)
		}
	}
	return nil
}

// onlyEmptyBuckets reports whether the rows of a histogram say when they begin and
// nothing else, which is how the API says that there was nothing.
func onlyEmptyBuckets(q insights.Query, answer insights.Answer) bool {
	return q.Histogram != nil && len(answer.Filled) == 1 && answer.Filled[bucketTime]
}

// columnsOf are the columns of an answer that have values. A state or a kind that
// has its word or its number has a value. The time of a bucket is in one of two
// columns.
func columnsOf(q insights.Query, answer insights.Answer) map[string]bool {
	columns := map[string]bool{}
	for column := range answer.Filled {
		switch numbered := strings.TrimSuffix(column, "_name"); {
		case q.Histogram != nil && (column == bucketTime || column == q.Histogram.Property):
		case strings.HasSuffix(numbered, "_state"), strings.HasSuffix(numbered, "_type"):
			columns[numbered] = true
		default:
			columns[column] = true
		}
	}
	return columns
}

// errRoleTaken is the cause of a loss that is the credential's role, which the API
// says for certain.
var errRoleTaken = errors.New("the credential lost its role")

// lost is how a query fails that was answered a moment ago, and now is refused for
// what may be a state of the tenant.
func lost(name string, seen time.Time, err error) error {
	kind := insights.ErrUnavailable
	// Without the kind of err, which would pass for a state.
	cause := fmt.Errorf("it was available at %s, but now the answer is: %s", seen.UTC().Format(time.TimeOnly+" MST"), err.Error())
	if insights.NotPermitted(err) {
		kind, cause = insights.ErrForbidden, fmt.Errorf("%w: %w", errRoleTaken, cause)
	}
	until, _ := insights.HeldUntil(err)
	return &insights.Error{Kind: kind, Resource: name, Until: until, Err: cause}
}

// note takes in how a query ended and returns what its collector is told.
func (a *availability) note(q insights.Query, err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	name := q.Name()
	state, told := a.states[name], err
	switch {
	case err == nil:
		state = resourceAvailable
		a.seen[name] = time.Now()
	case errors.Is(err, insights.ErrMissing), errors.Is(err, insights.ErrUnlicensed), errors.Is(err, insights.ErrNoColumn), insights.NotPermitted(err):
		if seen, ok := a.seen[name]; ok && time.Since(seen) < lostAfter {
			if told = lost(name, seen, err); !insights.NotPermitted(err) {
				return told
			}
		}
		switch state = resourceMissing; {
		case errors.Is(err, insights.ErrUnlicensed):
			state = resourceUnlicensed
		case insights.NotPermitted(err):
			state = resourceForbidden
		}
	case errors.Is(err, insights.ErrForbidden):
		state = resourceForbidden
	case state == "":
		state = resourceUnknown
	}
	if before := a.states[name]; before != state {
		a.report(q, before, state, err)
		a.states[name] = state
		a.lacked[name] = a.lacked[name] || state != resourceAvailable
	}
	return told
}

// report says once that a resource is not to be had, and once that it is,
// however many queries find that out.
func (a *availability) report(q insights.Query, before, state string, err error) {
	if q.Variant != "" && a.states[q.Resource.Name] == state {
		return
	}
	switch state {
	case resourceForbidden:
		if insights.NotPermitted(err) {
			level.Warn(a.logger).Log("msg", "The credential's role cannot read a resource, so its metrics are missing: give the credential a role with access. The exporter retries from time to time", "resource", q.Name(), "err", err)
		}
	case resourceMissing, resourceUnlicensed:
		level.Warn(a.logger).Log("msg", "The tenant does not have a resource, so its metrics are missing. The exporter retries from time to time", "resource", q.Name(), "err", err)
	case resourceAvailable:
		if before == resourceMissing || before == resourceUnlicensed || before == resourceForbidden {
			level.Info(a.logger).Log("msg", "The resource is available now", "resource", q.Name())
		}
	}
}

// each calls f for each resource that was asked for, in the order of names.
// Always says that it was available at all times: of that, other states have
// no series, since there are many resources and few that are lacked. Rules
// look back at the alerts, which have all their states.
func (a *availability) each(f func(resource string, s state, always bool)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	set := stateSet{names: resourceStateNames}
	for _, resource := range sortedKeys(a.states, compareText) {
		s, _ := set.named(a.states[resource])
		f(resource, s, !a.lacked[resource] && resource != insights.AlertsCurrent.Name)
	}
}

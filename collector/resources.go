package collector

import (
	"context"
	"errors"
	"fmt"
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

// resources watches which resources a tenant turns out to have. It is the API
// to the collectors of a scope.
type resources struct {
	insights.API
	logger log.Logger

	mu     sync.Mutex
	states map[string]string    // by the name of the query
	seen   map[string]time.Time // when the query was last answered
}

func newResources(api insights.API, logger log.Logger) *resources {
	return &resources{API: api, logger: logger, states: map[string]string{}, seen: map[string]time.Time{}}
}

// Query implements insights.API.
func (r *resources) Query(ctx context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	answer, err := r.API.Query(ctx, q, next)
	return answer, r.note(q, err)
}

// note takes in how a query ended and returns what its collector is told.
func (r *resources) note(q insights.Query, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := q.Name()
	state := r.states[name]
	switch {
	case err == nil:
		state = resourceAvailable
		r.seen[name] = time.Now()
	case errors.Is(err, insights.ErrMissing), errors.Is(err, insights.ErrUnlicensed), errors.Is(err, insights.ErrNoColumn):
		if seen, ok := r.seen[name]; ok && time.Since(seen) < lostAfter {
			return fmt.Errorf("%w, though it was there at %s: %s", insights.ErrUnavailable, seen.UTC().Format(time.TimeOnly+" MST"), err.Error())
		}
		state = resourceMissing
		if errors.Is(err, insights.ErrUnlicensed) {
			state = resourceUnlicensed
		}
	case errors.Is(err, insights.ErrForbidden):
		state = resourceForbidden
	case state == "":
		state = resourceUnknown
	}
	if before := r.states[name]; before != state {
		r.report(q, before, state, err)
		r.states[name] = state
	}
	return err
}

// report says once that a resource is not to be had, and once that it is,
// however many queries find that out.
func (r *resources) report(q insights.Query, before, state string, err error) {
	if q.Variant != "" && r.states[q.Resource.Name] == state {
		return
	}
	switch state {
	case resourceMissing, resourceUnlicensed:
		level.Warn(r.logger).Log("msg", "The tenant lacks a resource, whose metrics will be missing; it is asked for again now and then", "resource", q.Name(), "err", err)
	case resourceAvailable:
		if before == resourceMissing || before == resourceUnlicensed || before == resourceForbidden {
			level.Info(r.logger).Log("msg", "The resource answers now", "resource", q.Name())
		}
	}
}

// each calls f for each resource that was asked for, in the order of names.
func (r *resources) each(f func(resource string, s state)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	set := stateSet{names: resourceStateNames}
	for _, resource := range sortedKeys(r.states, compareText) {
		s, _ := set.named(r.states[resource])
		f(resource, s)
	}
}

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

// resources watches which resources a tenant turns out to have, on behalf of
// one collector. It is the API to its collector.
type resources struct {
	insights.API
	logger log.Logger

	mu     sync.Mutex
	states map[string]string
	seen   map[string]time.Time // when the resource last answered
}

func newResources(api insights.API, logger log.Logger) *resources {
	return &resources{API: api, logger: logger, states: map[string]string{}, seen: map[string]time.Time{}}
}

// Query implements insights.API.
func (r *resources) Query(ctx context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	answer, err := r.API.Query(ctx, q, next)
	return answer, r.note(q.Resource.Name, err)
}

// note takes in how a query ended and returns what its collector is told.
func (r *resources) note(resource string, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	state := r.states[resource]
	switch {
	case err == nil:
		state = resourceAvailable
		r.seen[resource] = time.Now()
	case errors.Is(err, insights.ErrMissing), errors.Is(err, insights.ErrUnlicensed):
		if seen, ok := r.seen[resource]; ok && time.Since(seen) < lostAfter {
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
	if before := r.states[resource]; before != state {
		r.states[resource] = state
		r.report(resource, before, state, err)
	}
	return err
}

// report says once that a resource is not to be had, and once that it is.
func (r *resources) report(resource, before, state string, err error) {
	switch state {
	case resourceMissing, resourceUnlicensed:
		level.Warn(r.logger).Log("msg", "The tenant lacks a resource, whose metrics will be missing; it is asked for again now and then", "resource", resource, "err", err)
	case resourceAvailable:
		if before == resourceMissing || before == resourceUnlicensed || before == resourceForbidden {
			level.Info(r.logger).Log("msg", "The resource answers now", "resource", resource)
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

package capacity

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// The states of a resource, as resource_state shows them.
const (
	resourceAvailable = "available"
	resourceUnknown   = "unknown"
	resourceMissing   = "missing"
	resourceForbidden = "forbidden"
)

var resourceStateNames = []string{resourceAvailable, resourceUnknown, resourceMissing, resourceForbidden}

var companyResourceState = &exposition.Metric{
	Name: "prisma_capacity_resource_state", Type: exposition.Gauge, Labels: resourceLabels, States: resourceStateNames,
	Help: "Whether the company has a resource: 1 for the current state, 0 for the others. A resource that the company's package does not include (403, 404) is not a failure if another resource has answered. The exporter retries it at increasing intervals of up to an hour.",
}

// lostAfter is how long a resource that was there has to be gone to be taken
// for one that the company's package lacks. Until then that is a failure.
const lostAfter = time.Hour

// packageOf knows which resources the package of a company turns out to have.
// The platform sells its service in packages, which can begin and end.
type packageOf struct {
	logger log.Logger

	mu     sync.Mutex
	states map[string]string
	seen   map[string]time.Time
}

func newPackage(resources []string, logger log.Logger) *packageOf {
	p := &packageOf{logger: logger, states: map[string]string{}, seen: map[string]time.Time{}}
	for _, resource := range resources {
		p.states[resource] = resourceUnknown
	}
	return p
}

// note takes in how a request ended. lacks is true for a resource that the
// company's package does not have, which is no failure. While nothing has
// answered, all may be wrong, such as the base URL.
func (p *packageOf) note(resource string, err error) (lacks bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	state := resourceAvailable
	switch {
	case err == nil:
		p.seen[resource] = time.Now()
	case errors.Is(err, insights.ErrMissing):
		state, lacks = resourceMissing, true
	case errors.Is(err, insights.ErrForbidden):
		state, lacks = resourceForbidden, true
	default:
		return false
	}
	if seen, ok := p.seen[resource]; lacks && (len(p.seen) == 0 || ok && time.Since(seen) < lostAfter) {
		return false
	}
	if before := p.states[resource]; before != state {
		p.states[resource] = state
		switch {
		case lacks:
			level.Warn(p.logger).Log("msg", "The company's package does not include a resource, so its records are missing. The exporter retries from time to time", "resource", resource, "err", err)
		case before != resourceUnknown:
			level.Info(p.logger).Log("msg", "The resource is available now", "resource", resource)
		}
	}
	return lacks
}

// each calls f for each resource, in the order of names.
func (p *packageOf) each(f func(resource string, state int)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, resource := range slices.Sorted(maps.Keys(p.states)) {
		f(resource, slices.Index(resourceStateNames, p.states[resource]))
	}
}

package provider

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// roster is who is below a provider at a time.
type roster struct {
	children []config.Child
	by       map[string]config.Child // by each ID

	once  sync.Once
	parts []exposition.Part
}

func newRoster(children []config.Child) *roster {
	r := &roster{children: children, by: make(map[string]config.Child, 2*len(children))}
	for _, c := range children {
		if c.CDL != "" {
			r.by[c.CDL] = c
		}
	}
	for _, c := range children {
		r.by[c.ID] = c // which goes before another's CDL ID
	}
	return r
}

// of is the child that a row is about. Few calls name the Tenant Service Group
// beside the ID that most have.
func (r *roster) of(one *row) (config.Child, bool) {
	if child, ok := r.by[one.group.String()]; ok {
		return child, true
	}
	child, ok := r.by[one.id.String()]
	return child, ok
}

// info are the series of who there is, which are written once.
func (r *roster) info(scope []exposition.Label) []exposition.Part {
	r.once.Do(func() {
		builder := exposition.NewBuilder(scope...)
		for _, c := range r.children {
			builder.Add(childInfo, builder.Labels(infoLabels, c.Name, c.ID, c.CDL, c.Region), 1)
		}
		r.parts = builder.Parts()
	})
	return r.parts
}

// rosterOf is the roster of one provider, which changes while that goes on, and
// the polls of the provider. Before are those of one that another is about to
// replace.
type rosterOf struct {
	now           atomic.Pointer[roster]
	polls, before atomic.Pointer[poll.Group]
}

// end has the provider before go on where the one that ends was to replace it,
// and its configuration did not come into force.
func (r *rosterOf) end(polls *poll.Group) { r.polls.CompareAndSwap(polls, r.before.Load()) }

func (r *rosterOf) load() *roster { return r.now.Load() }

// rosters are those of all providers by their names.
type rosters struct {
	mu sync.Mutex
	by map[string]*rosterOf
}

func (r *rosters) of(name string) *rosterOf {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by[name] == nil {
		r.by[name] = &rosterOf{}
		r.by[name].now.Store(newRoster(nil))
	}
	return r.by[name]
}

// begin has a provider begin with its children, unless it knows some.
func (r *rosters) begin(name string, children []config.Child, polls *poll.Group) {
	of := r.of(name)
	of.before.Store(of.polls.Swap(polls))
	if len(of.load().children) == 0 {
		of.now.Store(newRoster(children))
	}
}

// follow takes in the children that are in force, and forgets providers that
// have none.
func (r *rosters) follow(all map[string][]config.Child) {
	for name, children := range all {
		of := r.of(name)
		of.now.Store(newRoster(children))
		of.before.Store(nil)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name := range r.by {
		if _, there := all[name]; !there {
			delete(r.by, name)
		}
	}
}

// Child is what is known of a child by the counts of its provider, for whoever
// asks for it by itself.
type Child struct {
	// moved is when its counts moved last, in nanoseconds; 0 for never.
	moved atomic.Int64
	// polls are those of its provider, nil before there is one.
	polls atomic.Pointer[poll.Group]
}

// Moved is when the counts of the child moved last, the zero time where they
// never did.
func (c *Child) Moved() time.Time {
	if n := c.moved.Load(); n > 0 {
		return time.Unix(0, n)
	}
	return time.Time{}
}

// Asked says that somebody is shown the child, so that its counts have to be
// known, whoever asks for the provider itself. It does not wait.
func (c *Child) Asked() {
	if polls := c.polls.Load(); polls != nil {
		polls.Start()
	}
}

// offspring are the children by their Tenant Service Groups. What asks for a
// child has it from its start, and no lock between them.
type offspring struct {
	mu sync.Mutex
	by map[string]*Child
}

func (o *offspring) of(group string) *Child {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.by[group] == nil {
		o.by[group] = &Child{}
	}
	return o.by[group]
}

// follow forgets who is no child any more, and has all others know the polls of
// their providers.
func (o *offspring) follow(all map[string][]config.Child, polls func(name string) *poll.Group) {
	there := map[string]bool{}
	for name, children := range all {
		for _, c := range children {
			there[c.ID] = true
			o.of(c.ID).polls.Store(polls(name))
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for group := range o.by {
		if !there[group] {
			delete(o.by, group)
		}
	}
}

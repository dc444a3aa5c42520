package poll

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
)

const (
	// patience is how much longer than usual a scrape waits for a poll: what
	// one that hangs may cost a page.
	patience = 1500 * time.Millisecond
	// quickFailure is how fast a poll has to fail for the next to be worth
	// waiting for.
	quickFailure = 500 * time.Millisecond
	// closeTimeout bounds the wait for polls that were told to end. Only one
	// that hangs in the operating system takes that long.
	closeTimeout = 5 * time.Second
)

// Group is what is polled together: if one of its polls hangs, the others are
// likely to.
type Group struct {
	freshness Freshness
	pollers   []*poller

	ctx    context.Context // of all polls
	cancel context.CancelFunc
	polls  sync.WaitGroup

	// hanging says that a scrape has waited in vain, or that a poll took its
	// time to fail, and that no poll was good since.
	hanging atomic.Bool
}

// NewGroup returns a group that polls nothing yet.
func NewGroup(f Freshness) *Group {
	g := &Group{freshness: f}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	return g
}

// Options are what one thing in a group is polled with.
type Options struct {
	// Name is what is polled, and Kind what such a thing is called in the
	// log: a collector or a resource.
	Name, Kind string
	// Interval is how long a reading is fresh.
	Interval time.Duration
	// Stretch is what the interval is multiplied by while a budget has no room
	// for all that is polled: at least 1. It may change; nil for never.
	Stretch func() float64
	// Pace takes the place of both. It may change, and is called under a lock: it
	// must call nothing that takes another. Nil for none.
	Pace   func() Pace
	Logger log.Logger
}

// Add has the group poll one thing more. It is not for a group that is in use.
func (g *Group) Add(poll Func, o Options) {
	g.pollers = append(g.pollers, &poller{
		group: g, name: o.Name, interval: o.Interval, stretch: o.Stretch, own: o.Pace, poll: poll, reporter: reporter{kind: o.Kind, logger: o.Logger},
	})
}

// Scrape returns what there is to serve of the named things, or of all for no
// names, and has polled first what is due, as far as it was worth waiting for.
func (g *Group) Scrape(ctx context.Context, names []string, page *Page) []View {
	chosen := g.pollers
	if len(names) > 0 {
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(p *poller) bool { return !slices.Contains(names, p.name) })
	}
	// A page without anything on it loses nothing by waiting.
	empty := page.alone && !slices.ContainsFunc(chosen, (*poller).servable)
	views := make([]View, len(chosen))
	var wg sync.WaitGroup
	for i, p := range chosen {
		wg.Go(func() { views[i] = p.scrape(ctx, page, empty) })
	}
	wg.Wait()
	return views
}

// Start starts the polls that are due without waiting for them, on behalf of
// somebody who is shown something else that depends on them.
func (g *Group) Start() {
	now := time.Now()
	for _, p := range g.pollers {
		p.mu.Lock()
		p.rhythm.asked = now
		p.due(now)
		p.mu.Unlock()
	}
}

// Peek returns what there is to serve of all, without polling.
func (g *Group) Peek() []View {
	views := make([]View, len(g.pollers))
	for i, p := range g.pollers {
		views[i] = p.peek()
	}
	return views
}

// Close ends all polls and waits for their end. Scrapes under way and those
// that come later are shown what there is.
func (g *Group) Close() {
	g.cancel()
	for _, p := range g.pollers {
		p.close()
	}
	ended := make(chan struct{})
	go func() { g.polls.Wait(); close(ended) }()
	timer := time.NewTimer(closeTimeout)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	}
}

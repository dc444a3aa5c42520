package tenant

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/jitter"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

const (
	// attention is how long a child is asked for its alerts as often as any tenant
	// after its counts have moved: what one API counts another may not show yet.
	attention = 5 * time.Minute
	// openInterval is how often a child with an open alert or incident is asked for
	// these.
	openInterval = 5 * time.Minute
	// openAfter is for how many of these intervals that goes on when nothing is open
	// any more. For five minutes, a Prometheus that restarted can take an alert that
	// was cleared meanwhile for one of the newest poll, and only a later one mends that.
	openAfter = 3
	// openChildren is the part of the children that the plan takes to have an open
	// alert at a time: one of so many.
	openChildren = 10
	// spread is how far the slow intervals of two children lie apart, so that those
	// who were first asked together do not stay together.
	spread = 0.2
)

// Child is what a provider knows of one of its children.
type Child interface {
	// Moved is when its counts moved last. It takes no lock.
	Moved() time.Time
	// Asked says that the child is shown, so that its counts have to be known.
	Asked()
}

// drill is the pace of a provider's child, whose provider tells when its counts
// move.
type drill struct {
	// interval is how often it is asked for while they stand still.
	interval time.Duration
	child    Child
	stretch  func(insights.Urgency) float64
}

// drill is nil for a tenant that is asked for by itself at all times.
func (f *Factory) drill(t config.Tenant) *drill {
	if t.DrillInterval == 0 || f.options.Child == nil {
		return nil
	}
	return &drill{jitter.Around(t.DrillInterval, spread/2, jitter.Of(0, t.ID)), f.options.Child(t.ID), f.stretch}
}

// watched reports whether the counts have moved not long ago.
func (d *drill) watched() bool { return time.Since(d.child.Moved()) < attention }

// pace is the pace of a collector of the child: see collector.ScopeOptions.
func (d *drill) pace(e collector.Enabled, open func() int) func() poll.Pace {
	var last atomic.Int64 // when something was open, in nanoseconds
	return func() poll.Pace {
		stretch := d.stretch(calmer(e.Urgency))
		slow := time.Duration(stretch * float64(max(d.interval, e.Interval)))
		often := time.Duration(stretch * float64(max(openInterval, e.Interval)))
		p := poll.Pace{Every: slow, Longest: slow, Moved: d.child.Moved()}
		if open() > 0 {
			last.Store(time.Now().UnixNano())
		}
		switch {
		case e.Urgency != insights.Alerts:
		case d.watched():
			p.Every = min(slow, time.Duration(d.stretch(e.Urgency)*float64(e.Interval)))
		case time.Since(time.Unix(0, last.Load())) < openAfter*often:
			p.Every = min(slow, often)
		}
		return p
	}
}

// calmer is how urgent a query is of a child whose counts stand still: it waits
// for those whose counts have moved, and its alerts still come first.
func calmer(u insights.Urgency) insights.Urgency { return min(u+1, insights.Traffic) }

// calm is the API for a child, whose queries are less urgent while its counts
// stand still.
func (d *drill) calm(api insights.API) insights.API { return calmAPI{api, d} }

type calmAPI struct {
	insights.API
	drill *drill
}

// Query implements insights.API.
func (c calmAPI) Query(ctx context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	if !c.drill.watched() {
		q.Urgency = calmer(q.Urgency)
	}
	return c.API.Query(ctx, q, next)
}

// drilled are what a collector of a child asks in steady state: at its slow pace
// and, for alerts, more often for the part of the children that have some.
func drilled(e collector.Enabled, interval time.Duration) []budget.Demand {
	calm := budget.Priority(calmer(e.Urgency))
	all := []budget.Demand{{Priority: calm, Interval: max(interval, e.Interval), Calls: e.Queries}}
	if e.Urgency == insights.Alerts {
		all = append(all, budget.Demand{Priority: calm, Interval: openChildren * max(openInterval, e.Interval), Calls: e.Queries})
	}
	return all
}

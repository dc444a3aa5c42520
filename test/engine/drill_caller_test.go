package engine

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/notifier"
)

// A caller is a model of Alertmanager, with the route that is shipped: it groups,
// inhibits, and tells of what has changed. Its time is what it is given, so that
// a week costs no more than what is told.
type caller struct {
	route  *dispatch.Route
	config *config.Config
	alerts map[model.Fingerprint]*heldAlert
	groups map[string]*heldGroup
	// log is what was told of each group last, which outlives the group.
	log  map[string]*logged
	told []call
}

// A call is what a receiver is told of one alert.
type call struct {
	at       time.Time
	receiver string
	labels   model.LabelSet
	title    string
	firing   bool
	// news tells that the receiver has not been told of this since it was over.
	news bool
}

type heldAlert struct {
	labels       model.LabelSet
	title        string
	starts, ends time.Time
}

type heldGroup struct {
	key    string
	opts   *dispatch.RouteOpts
	alerts map[model.Fingerprint]bool
	next   time.Time
}

type logged struct {
	at     time.Time
	firing map[model.Fingerprint]bool
}

func newCaller(t *testing.T) *caller {
	t.Helper()
	c, err := config.LoadFile(glob(t, "alertmanager.example.yml")[0])
	if err != nil {
		t.Fatal(err)
	}
	return &caller{
		route: dispatch.NewRoute(c.Route, nil), config: c, alerts: map[model.Fingerprint]*heldAlert{},
		groups: map[string]*heldGroup{}, log: map[string]*logged{},
	}
}

// take takes alerts from a Prometheus.
func (c *caller) take(now time.Time, alerts []*notifier.Alert) {
	c.advance(now)
	for _, a := range alerts {
		labels := labelSet(a.Labels)
		id := labels.Fingerprint()
		starts, ends := a.StartsAt, a.EndsAt
		if old := c.alerts[id]; old != nil {
			if starts.Before(old.ends) && old.starts.Before(starts) {
				starts = old.starts
			}
			if old.ends.After(ends) && ends.After(now) {
				ends = old.ends
			}
		}
		c.alerts[id] = &heldAlert{labels: labels, title: a.Annotations.Get("summary"), starts: starts, ends: ends}
		for _, r := range c.route.Match(labels) {
			c.group(now, r, labels).alerts[id] = true
		}
	}
}

// group is that of an alert, a new one where there is none.
func (c *caller) group(now time.Time, r *dispatch.Route, labels model.LabelSet) *heldGroup {
	by := model.LabelSet{}
	for name := range r.RouteOpts.GroupBy {
		if v, there := labels[name]; there {
			by[name] = v
		}
	}
	key := r.ID() + by.String()
	if c.groups[key] == nil {
		c.groups[key] = &heldGroup{key: key, opts: &r.RouteOpts, alerts: map[model.Fingerprint]bool{}, next: now.Add(r.RouteOpts.GroupWait)}
	}
	return c.groups[key]
}

// advance looks at each group as often as its interval says, until a time.
func (c *caller) advance(to time.Time) {
	for {
		var first *heldGroup
		for _, g := range c.groups {
			if !g.next.After(to) && (first == nil || g.next.Before(first.next) || g.next.Equal(first.next) && g.key < first.key) {
				first = g
			}
		}
		if first == nil {
			return
		}
		c.flush(first, first.next)
	}
}

// flush tells of a group if that has changed.
func (c *caller) flush(g *heldGroup, now time.Time) {
	g.next = now.Add(g.opts.GroupInterval)
	firing, resolved := map[model.Fingerprint]bool{}, map[model.Fingerprint]bool{}
	for id := range g.alerts {
		switch a := c.alerts[id]; {
		case !a.ends.After(now):
			resolved[id] = true
			delete(g.alerts, id)
		case !c.inhibited(a, now):
			firing[id] = true
		}
	}
	if len(g.alerts) == 0 {
		delete(c.groups, g.key)
	}
	last := c.log[g.key]
	if last == nil {
		last = &logged{firing: map[model.Fingerprint]bool{}}
	}
	maps.DeleteFunc(resolved, func(id model.Fingerprint, _ bool) bool { return !last.firing[id] })
	news := slices.ContainsFunc(slices.Collect(maps.Keys(firing)), func(id model.Fingerprint) bool { return !last.firing[id] })
	repeat := len(firing) > 0 && last.at.Before(now.Add(-g.opts.RepeatInterval))
	if !news && !repeat && len(resolved) == 0 {
		return
	}
	c.log[g.key] = &logged{now, firing}
	for _, of := range []map[model.Fingerprint]bool{firing, resolved} {
		for _, id := range slices.Sorted(maps.Keys(of)) {
			a := c.alerts[id]
			c.told = append(c.told, call{now, g.opts.Receiver, a.labels, a.title, firing[id], repeat && !news || !last.firing[id]})
		}
	}
}

// inhibited reports whether an alert that fires hides another.
func (c *caller) inhibited(target *heldAlert, now time.Time) bool {
	for _, source := range c.alerts {
		if source != target && source.ends.After(now) && hides(c.config, source.labels, target.labels) > 0 {
			return true
		}
	}
	return false
}

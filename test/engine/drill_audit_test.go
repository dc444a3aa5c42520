package engine

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/prisma-exporter/prisma_exporter/test/simulation"
)

// receivers are who is called for an alert of Prisma.
var receivers = map[string]string{"Critical": "pager", "High": "pager", "Medium": "team", "Unheard-of": "team", "Low": "log"}

// violations are what is wrong with who was called: an invariant, and a sentence.
type violation struct{ kind, what string }

func (v violation) String() string { return v.kind + ": " + v.what }

// audit holds calls against what was open at the vendor.
func (r *replay) audit() (all []violation) {
	known := map[string]bool{}
	for _, l := range r.drill.Lives {
		known[l.ID] = true
		all = append(all, r.auditLife(l)...)
	}
	for _, o := range r.drill.Outages {
		all = append(all, r.auditOutage(o)...)
	}
	all = append(all, r.auditAges()...)
	for _, c := range r.calls {
		if id := c.id(); id != "" && !known[id] && !r.drill.Wild { // which has alerts of its own
			all = append(all, violation{"invented", fmt.Sprintf("%s: %s is told of %q", r.at(c.at), c.receiver, c.title)})
		}
		if c.watchdog() && c.firing && c.news && r.undisturbed() {
			all = append(all, violation{"watchdog", fmt.Sprintf("%s: %s is told of %q though nothing is wrong", r.at(c.at), c.receiver, c.title)})
		}
	}
	return all
}

// id is that of the alert or the incident that a call is about, empty for any other.
func (c call) id() string { return string(c.labels["alert_id"] + c.labels["incident_id"]) }

// watchdog reports whether a call is about what watches the exporter: neither an
// alert or an incident, nor the state of a site.
func (c call) watchdog() bool {
	return c.id() == "" && c.labels["site"] == "" && c.receiver != "heartbeat" && c.labels[model.AlertNameLabel] != "PrismaAlertTooBrief"
}

// undisturbed reports whether nothing but alerts happens in the drill.
func (r *replay) undisturbed() bool {
	return len(r.drill.Away) == 0 && len(r.drill.Stalls) == 0 && len(r.world.Acts) == 0
}

func (r *replay) at(t time.Time) time.Duration { return t.Sub(r.start).Round(time.Second) }

// auditOutage checks that somebody is told of an outage that lasts, and nobody of
// one that does not.
func (r *replay) auditOutage(o span) (all []violation) {
	heard, open := false, map[string]bool{}
	due := o.From + 5*time.Minute + r.promise() + r.lost(o.From)
	end := o.To + 20*time.Minute + r.promise() + r.lost(o.To)
	for _, c := range r.calls {
		if !c.watchdog() {
			continue
		}
		at := c.at.Sub(r.start)
		if at > o.From && at < due {
			heard = heard || c.firing
		}
		if at < end {
			open[c.labels.String()] = c.firing
		}
	}
	away := slices.ContainsFunc(slices.Concat(r.drill.Away, r.drill.Stalls), func(s span) bool { return s.From < end && s.To > o.From-10*time.Minute })
	switch lasts := o.To > due; {
	case away:
	case lasts && !heard:
		all = append(all, violation{"outage", fmt.Sprintf("nobody is told of the outage from %s to %s until %s", o.From, o.To, due)})
	case o.To-o.From <= 2*time.Minute && heard && !r.missed(o.From-3*time.Minute, o.To+3*time.Minute):
		all = append(all, violation{"outage", fmt.Sprintf("somebody is told of the outage from %s to %s", o.From, o.To)})
	case end < r.world.Length && slices.Contains(slices.Collect(maps.Values(open)), true):
		all = append(all, violation{"outage", fmt.Sprintf("its watchdogs are not over at %s, though it is since %s", end, o.To)})
	}
	return all
}

// auditLife checks what was told of one alert.
func (r *replay) auditLife(l life) (all []violation) {
	wrong := func(kind, format string, a ...any) {
		all = append(all, violation{kind, l.ID + " " + fmt.Sprintf(format, a...)})
	}
	mine := slices.DeleteFunc(slices.Clone(r.calls), func(c call) bool { return c.id() != l.ID })
	telling := map[string]model.LabelValue{} // what each receiver takes for open
	for _, c := range mine {
		at := c.at.Sub(r.start)
		severity := c.labels["prisma_severity"]
		if c.firing && c.news && telling[c.receiver] == severity && !(r.drill.Servers > 1 && l.moved(at, r.doubt(l, at)+remembered)) {
			wrong("twice", "%s: %s is told again of %q", r.at(c.at), c.receiver, c.title)
		}
		if telling[c.receiver] = ""; c.firing {
			telling[c.receiver] = severity
		}
		tenant := r.parts[l.Part%len(r.parts)].Tenant
		named := strings.Contains(c.title, tenant) && (strings.Contains(c.title, l.Site) || strings.Contains(c.title, "elsewhere"))
		if l.Steps[0].At >= r.drill.Upgrade && !named && !r.fault("broken text", at) { // what 0.1 told of has no site
			wrong("title", "%s: %q names neither site nor tenant", r.at(c.at), c.title)
		}
		if from := at - r.doubt(l, at); !c.firing && l.as(string(severity), from, at) && !r.removed(tenant, at) && !r.fault("row flood", at) { // whose rows leave no room
			wrong("resolved", "%s: %s is told that %q is over, which has been open since before %s", r.at(c.at), c.receiver, c.title, from)
		}
		if from := at - r.doubt(l, at); c.firing && c.news && from > 0 && l.never(string(severity), from, at) {
			wrong("late", "%s: %s is told of %q, which has not been open since %s", r.at(c.at), c.receiver, c.title, from)
		}
	}
	for i, s := range l.Steps {
		end := r.world.Length
		if i+1 < len(l.Steps) {
			end = l.Steps[i+1].At
		}
		if due, certain := r.due(l, s.At, end); certain {
			r.auditStep(l, s, due, mine, wrong)
		}
	}
	return all
}

// auditStep checks what receivers know of an alert when a step of its life has to be known.
func (r *replay) auditStep(l life, s step, due time.Duration, mine []call, wrong func(kind, format string, a ...any)) {
	for _, receiver := range []string{"pager", "team", "log"} {
		var knows string
		for _, c := range mine {
			if c.receiver != receiver || c.at.Sub(r.start) > due {
				continue
			}
			switch severity := string(c.labels["prisma_severity"]); {
			case c.firing:
				knows = severity
			case knows == severity:
				knows = ""
			}
		}
		want := s.Severity != "" && !s.Child && receivers[s.Severity] == receiver
		switch {
		case want && knows == "":
			wrong("unheard", "is open as %s since %s, and %s does not know at %s", s.Severity, s.At, receiver, due)
		case !want && knows != "":
			wrong("unresolved", "is not open as %s since %s, and %s does not know at %s", knows, s.At, receiver, due)
		}
	}
}

// as reports whether an alert was open with a severity from one time to another.
func (l life) as(severity string, from, to time.Duration) bool {
	for i, s := range l.Steps {
		end := to
		if i+1 < len(l.Steps) {
			end = l.Steps[i+1].At
		}
		if s.Severity == severity && !s.Child && s.At <= from && end >= to {
			return true
		}
	}
	return false
}

// remembered is how long the rules know what an alert was.
const remembered = 30 * time.Minute

// fault reports whether what is known at a time may be what the API answered while
// it had a fault.
func (r *replay) fault(what string, at time.Duration) bool {
	return slices.ContainsFunc(r.world.Acts, func(a simulation.Act) bool {
		return a.What == what && a.At <= at && a.At+a.For+remembered > at
	})
}

// removed reports whether a tenant is not configured, and was not for as long as the
// rules remember what was there.
func (r *replay) removed(tenant string, at time.Duration) bool {
	return slices.ContainsFunc(r.world.Acts, func(a simulation.Act) bool {
		of := a.Tenant == tenant || a.Tenant == strings.TrimRight(tenant, "0123456789") // one of a group
		lastScrape := a.At - r.world.Every
		return a.Do == "remove" && of && lastScrape+remembered <= at && at < a.At+a.For+r.promise()
	})
}

// missed reports whether a scrape was lost between two times.
func (r *replay) missed(from, to time.Duration) bool {
	within := func(at time.Time) bool { return !at.Before(r.start.Add(from)) && at.Before(r.start.Add(to)) }
	pages, seen := 0, 0
	for _, p := range r.pages {
		if within(p.Ended) {
			pages++
		}
	}
	for _, at := range r.seen {
		if within(at) {
			seen++
		}
	}
	return seen < pages
}

// moved reports whether an alert has moved to another site since it was last away for
// longer than that is remembered. Two servers may then know it from two sites, as
// each goes on with the first it saw.
func (l life) moved(at, remembered time.Duration) (moved bool) {
	away := time.Duration(math.MaxInt64) // since when
	for _, s := range l.Steps {
		switch {
		case s.At > at:
			return moved
		case s.Severity == "":
			away = min(away, s.At)
			continue
		case s.At-away > remembered:
			moved = false
		}
		moved, away = moved || s.Moved, math.MaxInt64
	}
	return moved
}

// never reports whether an alert was at no time open with a severity.
func (l life) never(severity string, from, to time.Duration) bool {
	for i, s := range l.Steps {
		end := to
		if i+1 < len(l.Steps) {
			end = l.Steps[i+1].At
		}
		if s.Severity == severity && !s.Child && s.At <= to && end >= from {
			return false
		}
	}
	return true
}

// promise is how long it may take from a change to who is called, if all goes
// well: two polls, an evaluation, and a look at a group.
func (r *replay) promise() time.Duration {
	if r.drill.Children > 0 { // whose open alerts are asked for every five minutes
		return 2*r.world.Every + 5*time.Minute + r.world.Timeout + interval + 65*time.Second + r.drill.Delay + 10*time.Second
	}
	if r.drill.Unlisted { // which are asked for once a minute
		return 2*r.world.Every + time.Minute + r.world.Timeout + interval + 65*time.Second + r.drill.Delay + 10*time.Second
	}
	return 2*r.world.Every + r.world.Timeout + interval + 65*time.Second + r.drill.Delay + 10*time.Second
}

// due is when who is called has to know of a change that stands until an end, if
// that is certain: the vendor answered, servers were there, and two pages came.
func (r *replay) due(l life, from, end time.Duration) (due time.Duration, certain bool) {
	for at := from; at+r.promise() < end; at += time.Minute {
		if due := at + r.promise() + r.lost(at); due < end && r.calm(l, at, due) {
			return due, true
		}
	}
	return 0, false
}

// doubt is how long before a time something may have happened that could not be
// known until then.
func (r *replay) doubt(l life, at time.Duration) time.Duration {
	back := r.promise() + r.lost(max(at-r.promise(), 0))
	for back < at && !r.calm(l, at-back, at-back+r.promise()) {
		back += time.Minute
	}
	return back
}

// lost is how much longer it takes because of scrapes that are lost after a time.
func (r *replay) lost(from time.Duration) time.Duration {
	i, _ := slices.BinarySearchFunc(r.seen, r.start.Add(from), func(a, b time.Time) int { return a.Compare(b) })
	n := i + 3*r.drill.Servers
	if n >= len(r.seen) {
		return time.Hour
	}
	return max(r.seen[n].Sub(r.start.Add(from))-3*r.world.Every, 0)
}

// calm reports whether the vendor answered for an alert's tenant, and everybody
// was there.
func (r *replay) calm(l life, from, to time.Duration) bool {
	return !slices.ContainsFunc(slices.Concat(r.drill.Away, r.drill.Stalls), func(s span) bool { return s.From <= to && s.To+r.promise() > from }) &&
		r.world.Calm(r.parts[l.Part%len(r.parts)].Tenant, from, to)
}

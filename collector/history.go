package collector

import (
	"cmp"
	"slices"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

const (
	// historyLife is how long an alert is remembered after the API last
	// showed it: as long as the API may come back to it.
	historyLife = 48 * time.Hour
	// maxHistory bounds the memory of alerts. The API shows 10,000 at a time.
	maxHistory = 50000
	// maxEvents bounds the times that one alert is remembered to have been
	// raised.
	maxEvents = 100
	// unobserved is the reason of alerts that went without a word.
	unobserved = "unobserved"
)

// history counts the alerts, or the incidents, that were raised and cleared
// while it looked on. It remembers each time that an alert was raised, so that an alert that
// shows again is not new, and one that came and went between two polls is not
// missed.
type history struct {
	started  time.Time
	lookback time.Duration
	last     time.Time // of the last poll that was noted
	partial  bool      // whether that poll's answer was cut off
	begun    bool      // whether it was asked for

	alerts  map[string]*remembered // by their ID
	raisedN counters
	cleared counters
}

// remembered is what is known of an alert.
type remembered struct {
	events      []*raising // in no order; there are few
	first, seen time.Time
}

// raising is one time that an alert was raised.
type raising struct {
	raised, updated    insights.Time
	severity, category string
	open               bool
	// told says that the API said that it is cleared.
	told bool
	seen time.Time
}

// newHistory returns a history of what is raised from started on. Those of each
// severity are counted from the start, the others from when they are first seen.
func newHistory(started time.Time, lookback time.Duration, severities []string) *history {
	h := &history{started: started, lookback: lookback, alerts: map[string]*remembered{}}
	h.raisedN, h.cleared = counters{}, counters{}
	for _, severity := range severities {
		h.raisedN.declare(alertCount{severity: severity})
		h.cleared.declare(alertCount{severity: severity})
	}
	return h
}

// startGrace is how long after its start a process may ask for the first time
// and still count what was raised in between.
const startGrace = 5 * time.Minute

// begin notes that events are asked for. A process that asks for the first time
// long after its start did not look on until now: another one had the tenant.
func (h *history) begin(now time.Time) {
	if since := now.Add(-startGrace); !h.begun && since.After(h.started) {
		h.started = since
	}
	h.begun = true
}

// pollTime is when a poll was made, by the clock here, and how far the API's
// clock is ahead of it, below zero if behind.
type pollTime struct {
	now   time.Time
	ahead time.Duration
}

// answeredAt is the time of a poll that began at a time and has an answer now.
// What the API does not tell of its clock is taken to be like the one here.
func answeredAt(begun time.Time, answer insights.Answer) pollTime {
	if answer.Created.IsZero() {
		return pollTime{now: begun}
	}
	return pollTime{begun, time.Until(answer.Created)}
}

// note takes in what a poll showed: events in the order of compareEvents. It
// marks rows that are older than what is known to be cleared.
func (h *history) note(events []*event, at pollTime, partial bool) {
	h.raisedN.show()
	h.cleared.show()
	for len(events) > 0 {
		n := slices.IndexFunc(events, func(r *event) bool { return r.id != events[0].id })
		if n < 0 {
			n = len(events)
		}
		h.noteAlert(events[:n], at)
		events = events[n:]
	}
	h.forget(at.now, partial)
	h.last, h.partial = at.now, partial
}

// noteAlert takes in the rows of one alert.
func (h *history) noteAlert(rows []*event, at pollTime) {
	a := h.alerts[rows[0].id]
	if a == nil {
		a = &remembered{first: at.now}
		h.alerts[rows[0].id] = a
	}
	a.seen = at.now
	for _, r := range rows {
		h.noteEvent(a, r, at)
	}
}

// noteEvent takes in one row: what an alert was when it changed last, of one of
// the times that it was raised.
func (h *history) noteEvent(a *remembered, r *event, at pollTime) {
	e := a.event(r)
	switch {
	case e == nil:
		happened := h.happened(r, at)
		e = &raising{raised: r.raised, severity: r.severity, category: r.category, open: happened || r.open()}
		a.remember(e)
		if happened {
			h.raisedN.add(alertCount{r.severity, r.category, ""})
		}
	case e.outdates(r):
		r.outdated = true
		e.seen = at.now
		return
	case r.open() && !e.open && r.updated.After(e.updated.Time):
		// It was cleared and is open again.
		e.severity, e.category = r.severity, r.category
		h.raisedN.add(alertCount{r.severity, r.category, ""})
	}
	if e.open && !r.open() {
		h.cleared.add(alertCount{e.severity, e.category, cmp.Or(r.clearReason, "unknown")})
	}
	e.open, e.told, e.updated, e.seen = r.open(), !r.open(), r.updated, at.now
}

// remember adds an event, in the place of the one seen the longest ago where
// there are too many.
func (a *remembered) remember(e *raising) {
	if len(a.events) < maxEvents {
		a.events = append(a.events, e)
		return
	}
	oldest := slices.MinFunc(a.events, func(x, y *raising) int { return x.seen.Compare(y.seen) })
	a.events[slices.Index(a.events, oldest)] = e
}

// outdates reports whether an open row is from before the alert was cleared:
// the row that said so may have left the answer first.
func (e *raising) outdates(r *event) bool {
	return e.told && r.open() && !r.updated.IsZero() && !r.updated.After(e.updated.Time)
}

// event is what is remembered of an event. One whose time the API gives only
// now, or not any more, is the open one of the same alert that there was; one
// that never has a time is always the same.
func (a *remembered) event(r *event) *raising {
	var other *raising
	for _, e := range a.events {
		if e.raised.Equal(r.raised.Time) {
			return e
		}
		if e.open && (e.raised.IsZero() || r.raised.IsZero()) {
			other = e
		}
	}
	if other != nil && other.raised.IsZero() {
		other.raised = r.raised
	}
	return other
}

// happened reports whether an event that was not known before was raised while
// this process looked on, and not long ago and merely touched again now. What
// the API dates is compared by the API's clock.
func (h *history) happened(r *event, at pollTime) bool {
	after := func(t time.Time) bool { return r.raised.After(t.Add(at.ahead)) }
	switch {
	case h.last.IsZero(): // the first poll only learns what there was before
		return after(h.started)
	case r.open():
		// The poll before showed all that was open, unless it was cut off.
		return !h.partial || after(h.last)
	}
	return after(h.started) && after(h.last.Add(-h.lookback))
}

// forget drops what the API has not shown for long. An open alert that a
// whole answer does not show any more is cleared.
func (h *history) forget(now time.Time, partial bool) {
	for id, a := range h.alerts {
		a.events = slices.DeleteFunc(a.events, func(e *raising) bool {
			if e.seen.Equal(now) {
				return false
			}
			if e.open && !partial {
				e.open = false
				h.cleared.add(alertCount{e.severity, e.category, unobserved})
			}
			return !e.open && now.Sub(e.seen) > historyLife
		})
		if len(a.events) == 0 {
			delete(h.alerts, id)
		}
	}
	if len(h.alerts) <= maxHistory {
		return
	}
	oldest := sortedKeys(h.alerts, func(a, b string) int { return h.alerts[a].seen.Compare(h.alerts[b].seen) })
	for _, id := range oldest[:len(oldest)-maxHistory] {
		delete(h.alerts, id)
	}
}

// raised is when an alert was raised by the API, else when it last changed,
// else when it first showed.
func (h *history) raised(r *event) time.Time {
	switch {
	case !r.raised.IsZero():
		return r.raised.Time
	case !r.updated.IsZero():
		return r.updated.Time
	}
	if a := h.alerts[r.id]; a != nil {
		return a.first
	}
	return h.last
}

// emit writes the counters.
func (h *history) emit(e *Emitter, raised, cleared *exposition.Metric) {
	for _, k := range sortedKeys(h.raisedN, compareCounts) {
		e.Value(raised, e.Labels(raisedLabels, k.severity, k.category), h.raisedN[k].shown)
	}
	for _, k := range sortedKeys(h.cleared, compareCounts) {
		e.Value(cleared, e.Labels(clearedLabels, k.severity, k.category, k.detail), h.cleared[k].shown)
	}
}

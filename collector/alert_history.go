package collector

import (
	"cmp"
	"slices"
	"time"
)

const (
	// historyLife is how long an alert is remembered after the API last
	// showed it: as long as the API may come back to it.
	historyLife = 48 * time.Hour
	// maxHistory bounds the memory of alerts. The API shows 10,000 at a time.
	maxHistory = 50000
	// maxCounters bounds the combinations of labels that are counted. What
	// goes beyond is counted as overflow.
	maxCounters = 1000
	overflow    = "other"
	// unobserved is the reason of alerts that went without a word.
	unobserved = "unobserved"
)

// alertHistory counts the alerts that were raised and cleared while it looked
// on. It remembers each time that an alert was raised, so that an alert that
// shows again is not new, and one that came and went between two polls is not
// missed.
type alertHistory struct {
	started  time.Time
	lookback time.Duration
	last     time.Time // of the last poll that was noted
	partial  bool      // whether that poll's answer was cut off

	events  map[alertEvent]*remembered
	raisedN counters
	cleared counters
}

// alertEvent is one time that an alert was raised.
type alertEvent struct {
	id     string
	raised int64 // epoch milliseconds
}

type remembered struct {
	severity, category string
	open               bool
	first, seen        time.Time
}

// alertCount is the labels of a count; detail is the state or the reason.
type alertCount struct{ severity, category, detail string }

func compareCounts(a, b alertCount) int {
	return cmp.Or(cmp.Compare(a.severity, b.severity), cmp.Compare(a.category, b.category), cmp.Compare(a.detail, b.detail))
}

func newAlertHistory(started time.Time, lookback time.Duration) *alertHistory {
	h := &alertHistory{started: started, lookback: lookback, events: map[alertEvent]*remembered{}}
	h.raisedN, h.cleared = counters{}, counters{}
	for _, severity := range severities {
		for _, category := range categories {
			h.raisedN.declare(alertCount{severity, category, ""})
			for _, reason := range clearReasons {
				h.cleared.declare(alertCount{severity, category, reason})
			}
		}
	}
	return h
}

// note takes in what a poll showed.
func (h *alertHistory) note(events []*alertRow, now time.Time, partial bool) {
	h.raisedN.show()
	h.cleared.show()
	for _, r := range events {
		h.noteEvent(r, now)
	}
	h.forget(now, partial)
	h.last, h.partial = now, partial
}

func (h *alertHistory) noteEvent(r *alertRow, now time.Time) {
	e := alertEvent{r.id, r.raised.UnixMilli()}
	m := h.known(e)
	if m == nil {
		m = &remembered{severity: r.severity, category: r.category, first: now, open: true}
		h.events[e] = m
		if !h.happened(r) {
			m.open = r.open()
		} else {
			h.raisedN.add(alertCount{r.severity, r.category, ""})
		}
	}
	m.seen = now
	if m.open && !r.open() {
		h.cleared.add(alertCount{m.severity, m.category, cmp.Or(r.clearReason, "unknown")})
	}
	m.open = r.open()
}

// undated is the raised time of an event that the API gives none of.
var undated = time.Time{}.UnixMilli()

// known is what is remembered of an event. One whose time the API gives only
// now, or not any more, is the open one of the same alert that there was.
func (h *alertHistory) known(e alertEvent) *remembered {
	if m := h.events[e]; m != nil {
		return m
	}
	if e.raised != undated {
		before := alertEvent{e.id, undated}
		m := h.events[before]
		if m == nil || !m.open {
			return nil
		}
		delete(h.events, before)
		h.events[e] = m
		return m
	}
	for other, m := range h.events {
		if other.id == e.id && m.open {
			return m
		}
	}
	return nil
}

// happened reports whether an event that was not known before was raised while
// this process looked on, and not long ago and merely touched again now.
func (h *alertHistory) happened(r *alertRow) bool {
	switch {
	case h.last.IsZero(): // the first poll only learns what there was before
		return r.raised.After(h.started)
	case r.open():
		// The poll before showed all that was open, unless it was cut off.
		return !h.partial || r.raised.After(h.last)
	}
	return r.raised.After(h.started) && r.raised.After(h.last.Add(-h.lookback))
}

// forget drops what the API has not shown for long. An open alert that a
// whole answer does not show any more is cleared.
func (h *alertHistory) forget(now time.Time, partial bool) {
	for e, m := range h.events {
		if m.seen.Equal(now) {
			continue
		}
		if m.open && !partial {
			m.open = false
			h.cleared.add(alertCount{m.severity, m.category, unobserved})
		}
		if !m.open && now.Sub(m.seen) > historyLife {
			delete(h.events, e)
		}
	}
	if len(h.events) <= maxHistory {
		return
	}
	oldest := sortedKeys(h.events, func(a, b alertEvent) int { return h.events[a].seen.Compare(h.events[b].seen) })
	for _, e := range oldest[:len(oldest)-maxHistory] {
		delete(h.events, e)
	}
}

// raised is when an alert was raised by the API, else when it last changed,
// else when it first showed.
func (h *alertHistory) raised(r *alertRow) time.Time {
	switch {
	case !r.raised.IsZero():
		return r.raised.Time
	case !r.updated.IsZero():
		return r.updated.Time
	}
	if m := h.known(alertEvent{r.id, undated}); m != nil {
		return m.first
	}
	return h.last
}

func (h *alertHistory) emit(e *Emitter) {
	for _, k := range sortedKeys(h.raisedN, compareCounts) {
		e.Value(alertsRaised, e.Labels(raisedLabels, k.severity, k.category), h.raisedN[k].shown)
	}
	for _, k := range sortedKeys(h.cleared, compareCounts) {
		e.Value(alertsCleared, e.Labels(clearedLabels, k.severity, k.category, k.detail), h.cleared[k].shown)
	}
}

// counters are counts by labels. One that begins later than the process shows
// zero for one poll first, because increase() cannot see a first sample that
// is not zero.
type counters map[alertCount]*counter

type counter struct{ count, shown float64 }

func (c counters) declare(k alertCount) { c[k] = &counter{} }

func (c counters) add(k alertCount) {
	n := c[k]
	if n == nil {
		if len(c) >= maxCounters {
			k.severity, k.category = overflow, overflow
			if k.detail != "" {
				k.detail = overflow
			}
		}
		if n = c[k]; n == nil {
			c[k] = &counter{count: 1}
			return
		}
	}
	if n.shown == n.count { // it has been on show
		n.shown++
	}
	n.count++
}

// show lets counters that began at the last poll show what they have.
func (c counters) show() {
	for _, n := range c {
		n.shown = n.count
	}
}

func sortedKeys[K comparable, V any](m map[K]V, compare func(a, b K) int) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compare)
	return keys
}

package collector

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// event is one time that an alert or an incident was raised, as the API shows
// it.
type event struct {
	id, severity, text, category, code string
	stateName, clearReason             string
	raised, updated                    insights.Time
	about                              alertObjects

	state string
	// outdated says that it was cleared after this row, which is open.
	outdated bool
}

// readWords spells the severity and the category as the API's tables do.
func (r *event) readWords(emit *Emitter, severities, categories []string) {
	r.severity = knownWord(r.severity, severities)
	if r.severity == "" {
		r.severity = "unknown"
		emit.Unknown("severity")
	}
	r.category = cmp.Or(knownWord(r.category, categories), "unknown")
}

// knownWord spells a word as the list does, whatever its case. A word that is
// not in the list stays as it is: severities and categories are open sets.
func knownWord(word string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(word, k) {
			return k
		}
	}
	return word
}

func (r *event) identified() bool { return r.id != "" }

func (r *event) open() bool { return r.state != alertStateCleared }

// compareEvents orders events by their ID and the times that they were raised.
func compareEvents(a, b *event) int {
	if c := strings.Compare(a.id, b.id); c != 0 { // nearly always
		return c
	}
	return a.raised.Compare(b.raised.Time)
}

// merge takes another row of the same event: the one that changed last tells
// what it is now and, where that is no answer, the one that is not cleared.
func (r *event) merge(other *event) {
	switch c := other.updated.Compare(r.updated.Time); {
	case c > 0, c == 0 && other.open() && !r.open():
		*r = *other
	}
}

func countOpen(events []*event) int {
	n := 0
	for _, r := range events {
		if r.open() {
			n++
		}
	}
	return n
}

// openEvents are those that are not cleared, one for each ID: of several that
// are open the newest counts.
func openEvents(events []*event, emit *Emitter) []*event {
	var open []*event
	for _, r := range events {
		last := len(open) - 1
		switch {
		case !r.open(), r.outdated:
		case last >= 0 && open[last].id == r.id:
			emit.Duplicate()
			open[last] = r
		default:
			open = append(open, r)
		}
	}
	return open
}

// mostUrgent are as many of the events as there is room for, the most severe
// and newest, in the order of their IDs.
func mostUrgent(open []*event, room int) []*event {
	if len(open) <= room {
		return open
	}
	kept := slices.SortedStableFunc(slices.Values(open), func(a, b *event) int {
		return cmp.Or(cmp.Compare(severityRank(a.severity), severityRank(b.severity)), b.raised.Compare(a.raised.Time))
	})[:room]
	slices.SortFunc(kept, compareEvents)
	return kept
}

// openCounts counts what is open. Zeros are for each severity, without a
// category, and for what was open once: a tenant without an alert would otherwise
// have more zeros than anything else.
type openCounts struct {
	severities []string
	seen       map[alertCount]struct{}
}

func newOpenCounts(severities []string) *openCounts {
	return &openCounts{severities, map[alertCount]struct{}{}}
}

// emit writes how many of the events there are of each severity, category and
// state.
func (c *openCounts) emit(open []*event, emit *Emitter, m *exposition.Metric) {
	emit.pending = len(open)
	counts := map[alertCount]float64{}
	for _, severity := range c.severities {
		counts[alertCount{severity, "", alertStateRaised}] = 0
	}
	for k := range c.seen {
		counts[k] = 0
	}
	for _, r := range open {
		k := alertCount{r.severity, r.category, r.state}
		if _, ok := counts[k]; !ok && len(counts) >= maxCounters {
			k.severity, k.category = overflow, overflow
		}
		counts[k]++
		c.seen[k] = struct{}{}
	}
	for _, k := range sortedKeys(counts, compareCounts) {
		emit.Value(m, emit.Labels(alertCountLabels, k.severity, k.category, k.detail), counts[k])
	}
}

func compareSeverities(a, b string) int {
	return cmp.Or(cmp.Compare(severityRank(a), severityRank(b)), cmp.Compare(a, b))
}

// severityRank orders severities by urgency. One that is not known comes
// behind Medium, as the alert rules treat it.
func severityRank(severity string) float64 {
	if i := slices.Index(severities, severity); i >= 0 {
		return float64(i)
	}
	return float64(slices.Index(severities, "Medium")) + 0.5
}

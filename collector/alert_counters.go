package collector

import (
	"cmp"
	"slices"
)

const (
	// maxCounters bounds the combinations of labels that are counted. What
	// goes beyond is counted as overflow.
	maxCounters = 1000
	overflow    = "other"
)

// alertCount is the labels of a count; detail is the state or the reason.
type alertCount struct{ severity, category, detail string }

func compareCounts(a, b alertCount) int {
	return cmp.Or(cmp.Compare(a.severity, b.severity), cmp.Compare(a.category, b.category), cmp.Compare(a.detail, b.detail))
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

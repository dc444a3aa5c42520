package simulator

import (
	"encoding/json"
	"sort"
	"strconv"
	"time"
)

// A histogram cuts a query's window into buckets. They start where the window starts and are not aligned to the clock.
type histogram struct {
	property  string
	name      string
	rangeWord string
	value     string
	fillEmpty bool
	sort      *sorting
	starts    []time.Time
	end       time.Time
}

// maxBuckets is as many rows as an answer can have.
const maxBuckets = maxCount

func readHistogram(raw json.RawMessage, q *query) (*histogram, *refusal) {
	m, no := readMembers(raw, "histogram", "property", "range", "value", "enableEmptyInterval", "alias", "sort")
	if no != nil {
		return nil, no
	}
	h := &histogram{}
	if h.property, no = m.requiredText("property", "histogram"); no != nil {
		return nil, no
	}
	c, known := q.resource.column(h.property)
	if !known {
		return nil, invalidProperty(h.property)
	}
	if c.kind != instant {
		return nil, invalidParameter("a histogram needs a time property", h.property)
	}
	if h.name = h.property; m.has("alias") {
		if h.name, no = m.requiredText("alias", "histogram"); no != nil {
			return nil, no
		}
	}
	if _, no = m.requiredText("range", "histogram"); no != nil {
		return nil, no
	}
	if h.rangeWord, no = m.word("range", "hour", "minute", "day", "week", "month", "year"); no != nil {
		return nil, no
	}
	steps, no := h.readValue(m, q.resource.language)
	if no != nil {
		return nil, no
	}
	if h.fillEmpty, no = m.flag("enableEmptyInterval"); no != nil {
		return nil, no
	}
	if m.has("sort") {
		if h.sort, no = readSort(m["sort"]); no != nil {
			return nil, no
		}
	}
	span, given := q.filter.windowOn(h.property)
	if !given {
		return nil, invalidParameter("a histogram needs a time rule on its property", h.property)
	}
	return h, h.cut(span, steps)
}

// readValue takes the value as the samples write it, a string, where the language has that, and as the specification
// does, an integer.
func (h *histogram) readValue(m members, l *language) (int, *refusal) {
	if !m.has("value") {
		return 1, nil
	}
	digits := string(m["value"])
	if quoted, no := m.text("value"); no == nil && !l.integerSteps {
		digits = quoted
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > maxBuckets {
		return 0, invalidParameter("histogram value must be a whole number of ranges", digits)
	}
	h.value = strconv.Itoa(n)
	return n, nil
}

func (h *histogram) cut(span window, steps int) *refusal {
	h.end = span.to
	for i := 0; ; i++ {
		start := h.advance(span.from, i*steps)
		if start.After(span.to) {
			return nil
		}
		if i == maxBuckets {
			return invalidParameter("a histogram of so many buckets", h.rangeWord)
		}
		h.starts = append(h.starts, start)
	}
}

func (h *histogram) advance(t time.Time, n int) time.Time {
	switch h.rangeWord {
	case "month":
		return t.AddDate(0, n, 0)
	case "year":
		return t.AddDate(n, 0, 0)
	}
	units := map[string]time.Duration{
		"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour,
	}
	return t.Add(time.Duration(n) * units[h.rangeWord])
}

// bucket is the index of the bucket that a time in epoch ms falls into, or -1.
func (h *histogram) bucket(ms int64) int {
	if ms > h.end.UnixMilli() {
		return -1
	}
	return sort.Search(len(h.starts), func(i int) bool { return h.starts[i].UnixMilli() > ms }) - 1
}

// startColumn is the column that every row of the answer has.
func (h *histogram) startColumn() string {
	if h.fillEmpty {
		return "histogram_time"
	}
	return h.name
}

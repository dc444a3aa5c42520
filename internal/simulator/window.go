package simulator

import (
	"encoding/json"
	"fmt"
	"time"
)

// A window is a span of time, both ends within it, and the words in which an answer repeats it.
type window struct {
	from, to time.Time
	label    string
}

func (w window) holds(ms int64) bool { return ms >= w.from.UnixMilli() && ms <= w.to.UnixMilli() }

// lastUnits are the units of the operators last_n_….
var lastUnits = map[string]struct {
	unit time.Duration
	word string
}{
	"last_n_minutes": {time.Minute, "minute"},
	"last_n_hours":   {time.Hour, "hour"},
	"last_n_days":    {24 * time.Hour, "day"},
	"last_n_weeks":   {7 * 24 * time.Hour, "week"},
}

// maxLast is the longest look back that is simulated, in days.
const maxLast = 400

func isTimeOperator(operator string) bool {
	_, last := lastUnits[operator]
	return last || operator == "between"
}

func readWindow(c column, operator string, items []json.RawMessage, now time.Time) (*window, *refusal) {
	if c.kind != instant {
		return nil, invalidParameter(fmt.Sprintf("%s needs a time, '%s' is none", operator, c.name), c.name)
	}
	numbers := make([]int64, len(items))
	for i, item := range items {
		if err := json.Unmarshal(item, &numbers[i]); err != nil || string(item) == "null" {
			return nil, invalidParameter(fmt.Sprintf("%s takes integers, not %s", operator, item), string(item))
		}
	}
	if operator == "between" {
		if len(numbers) != 2 || numbers[0] > numbers[1] {
			return nil, invalidParameter("between takes two times, the earlier one first", "values")
		}
		return &window{time.UnixMilli(numbers[0]).UTC(), time.UnixMilli(numbers[1]).UTC(), "custom"}, nil
	}
	u := lastUnits[operator]
	if len(numbers) != 1 || numbers[0] < 1 || numbers[0] > int64(maxLast*24*time.Hour/u.unit) {
		return nil, invalidParameter(operator+" takes one count of units", "values")
	}
	minute := now.UTC().Truncate(time.Minute)
	from := minute.Add(-time.Duration(numbers[0]) * u.unit)
	// Days start at midnight UTC, so the window is up to a day longer than its name. Weeks are taken to do the same.
	if u.unit >= 24*time.Hour {
		from = from.Truncate(24 * time.Hour)
	}
	// It ends with the last full minute.
	return &window{from, minute.Add(-time.Second), fmt.Sprintf("last %d %s(s)", numbers[0], u.word)}, nil
}

// lastDay is what figures cover when a query does not say.
func lastDay(now time.Time) window {
	return window{from: now.Add(-24 * time.Hour), to: now}
}

package insights

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Window is a span of time up to now. Only the spans that the API's list
// pages document are windows: what it makes of others is not known.
type Window struct {
	name  string
	unit  string
	count int
	span  time.Duration
}

// windows are in order of length.
var windows = []Window{
	{"1h", "last_n_hours", 1, time.Hour},
	{"3h", "last_n_hours", 3, 3 * time.Hour},
	{"24h", "last_n_hours", 24, 24 * time.Hour},
	{"48h", "last_n_hours", 48, 48 * time.Hour},
	{"7d", "last_n_days", 7, 7 * 24 * time.Hour},
	{"30d", "last_n_days", 30, 30 * 24 * time.Hour},
}

// ParseWindow reads a window by its name, such as "1h" or "30d".
func ParseWindow(s string) (Window, error) {
	for _, w := range windows {
		if strings.EqualFold(s, w.name) {
			return w, nil
		}
	}
	return Window{}, fmt.Errorf("%q is not a time window of the Insights API: use one of %s", s, strings.Join(WindowNames(), ", "))
}

// WindowNames lists the windows that there are, the shortest first.
func WindowNames() []string {
	names := make([]string, len(windows))
	for i, w := range windows {
		names[i] = w.name
	}
	return names
}

// WindowOver is the shortest window that reaches back at least d, or the
// longest that there is.
func WindowOver(d time.Duration) Window {
	for _, w := range windows {
		if w.span >= d {
			return w
		}
	}
	return windows[len(windows)-1]
}

// Set and String make a Window a flag value.
func (w *Window) Set(s string) (err error) {
	*w, err = ParseWindow(s)
	return err
}

func (w Window) String() string { return w.name }

// Span is the length of the window. One of days is up to a day longer at the
// API, which starts it at midnight UTC.
func (w Window) Span() time.Duration { return w.span }

// Of holds for rows whose time column lies in the window.
func (w Window) Of(property string) Rule {
	return Rule{Property: property, Operator: w.unit, Values: []any{w.count}}
}

// Bucket is the histogram whose buckets are as long as the window. A window
// of hours is one bucket; one of days has a second for the day that is not
// over.
func (w Window) Bucket(property string) *Histogram {
	unit := strings.TrimSuffix(strings.TrimPrefix(w.unit, "last_n_"), "s")
	return &Histogram{Property: property, Range: unit, Value: strconv.Itoa(w.count), EnableEmptyInterval: true}
}

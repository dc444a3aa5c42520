package poll

import "time"

// Status is how the polls of one thing stand.
type Status struct {
	View
	// Withdrawn says that the last good poll is too long ago to be served.
	Withdrawn    bool
	Rows, Series int
	Truncated    bool
}

// Polled says whether a poll has ended.
func (s Status) Polled() bool { return !s.Ended.IsZero() }

// Statuses is how all that is polled stands. It starts no poll.
func (g *Group) Statuses() []Status {
	views := g.Peek()
	all := make([]Status, len(views))
	for i, v := range views {
		all[i] = StatusOf(v)
	}
	return all
}

// StatusOf is how what v shows stands.
func StatusOf(v View) Status {
	s := Status{View: v, Withdrawn: !v.LastSuccess.IsZero() && v.Reading == nil}
	if v.Reading != nil {
		s.Rows, s.Truncated = v.Reading.Rows, v.Reading.Truncated
		for _, p := range v.Reading.Parts {
			s.Series += p.Series
		}
	}
	return s
}

// Outcome is how one question of a check ended.
type Outcome struct {
	// Collector is the collector that asked, "" for a company's resource.
	Collector string
	// Query is the name of the resource, and of what of it was asked for.
	Query string
	Rows  int
	// Things is how many of the rows are about a thing in the region that was
	// asked.
	Things    int
	Truncated bool
	Took      time.Duration
	Err       error
}

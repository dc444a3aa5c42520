package poll

import "time"

// Summary is what there is to say about a scope or a company, for people.
// Nothing in it is fit to be shown without escaping: names and errors are the
// API's words.
type Summary struct {
	// Name is that of the tenant or of the company.
	Name, SubTenant string
	// Polls are the collectors of a scope, or the resources of a company.
	Polls []Status
	// Token is the token of a company, and nil of a scope.
	Token *TokenStatus
	// Lacking are the resources that the tenant does not have.
	Lacking []ResourceStatus
	// OpenAlerts counts the open alerts by severity, the most urgent first.
	// It is nil while nothing is known of them.
	OpenAlerts []SeverityCount
}

// TokenStatus is how the API token of a company stands.
type TokenStatus struct {
	// Accepted is the API's last word, and Known says whether there is one.
	Accepted, Known bool
	// Readable says whether the file holds a usable token, and Loaded is when
	// the one in use was read first, the zero time without one.
	Readable bool
	Loaded   time.Time
	// Number and Created are what the token says of itself, "" and the zero
	// time where it says nothing.
	Number  string
	Created time.Time
}

// ResourceStatus is a resource that the tenant lacks.
type ResourceStatus struct{ Name, State string }

// SeverityCount is how many alerts of a severity are open.
type SeverityCount struct {
	Severity string
	Count    int
}

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
	Query     string
	Rows      int
	Truncated bool
	Took      time.Duration
	Err       error
}

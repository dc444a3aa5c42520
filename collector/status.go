package collector

import (
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// Status is what there is to say about a scope or a company, for people.
// Nothing in it is fit to be shown without escaping: names and errors are the
// API's words.
type Status struct {
	// Tenant is the name of the tenant, or of the company.
	Tenant, SubTenant string
	// Collectors are those of a scope, or the resources of a company.
	Collectors []PollStatus
	// Token is the token of a company, and nil of a scope.
	Token *TokenStatus
	// Resources are those that the tenant lacks.
	Resources []ResourceStatus
	// OpenAlerts counts the open alerts by severity, the most urgent first.
	// It is nil while nothing is known of them.
	OpenAlerts []SeverityCount
}

// PollStatus is how one collector stands, or one resource of a company.
type PollStatus struct {
	Name string
	// Polled says whether there has been a poll, and Success whether the
	// last one succeeded.
	Polled, Success bool
	// LastSuccess is when the last good poll began, the zero time before it.
	LastSuccess time.Time
	// Withdrawn says that the last good poll is too long ago to be served.
	Withdrawn    bool
	Took         time.Duration
	Rows, Series int
	Truncated    bool
	Err          error
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

// Status returns how the scope stands, without asking the API.
func (s *Scope) Status() Status {
	status := Status{Tenant: s.labels[0].Value, SubTenant: s.labels[1].Value}
	for _, c := range s.collectors {
		v := c.snapshot.Peek()
		status.Collectors = append(status.Collectors, pollStatus(c.name, v))
		if v.reading == nil {
			continue
		}
		for _, p := range v.reading.parts {
			if p.Metric == alertsOpen {
				status.OpenAlerts = bySeverity(p)
			}
		}
	}
	s.resources.each(func(name string, st state) {
		if st := resourceStateNames[st]; st != resourceAvailable && st != resourceUnknown {
			status.Resources = append(status.Resources, ResourceStatus{name, st})
		}
	})
	return status
}

// pollStatus is how one collector, or one resource of a company, stands.
func pollStatus(name string, v view) PollStatus {
	status := PollStatus{
		Name: name, Polled: !v.ended.IsZero(), Success: v.success, LastSuccess: v.lastSuccess,
		Withdrawn: !v.lastSuccess.IsZero() && v.reading == nil, Took: v.took, Err: v.err,
	}
	if v.reading != nil {
		status.Rows, status.Truncated = v.reading.rows, v.reading.truncated
		for _, p := range v.reading.parts {
			status.Series += p.Series
		}
	}
	return status
}

// bySeverity adds up the open alerts of a page's part.
func bySeverity(p exposition.Part) []SeverityCount {
	families, err := exposition.NewPage([]exposition.Part{p}, nil).Families()
	if err != nil {
		return nil // what was written as text can be read
	}
	counts := map[string]int{}
	for _, severity := range severities {
		counts[severity] = 0
	}
	for _, f := range families {
		for _, m := range f.Metric {
			for _, l := range m.Label {
				if l.GetName() == "prisma_severity" {
					counts[l.GetValue()] += int(m.GetGauge().GetValue())
				}
			}
		}
	}
	var sorted []SeverityCount
	for _, severity := range sortedKeys(counts, compareSeverities) {
		sorted = append(sorted, SeverityCount{severity, counts[severity]})
	}
	return sorted
}

package collector

import (
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// Status is what there is to say about a scope, for people. Nothing in it is
// fit to be shown without escaping: names and errors are the API's words.
type Status struct {
	Tenant, SubTenant string
	Collectors        []PollStatus
	// Resources are those that the tenant lacks.
	Resources []ResourceStatus
	// OpenAlerts counts the open alerts by severity, the most urgent first.
	// It is nil while nothing is known of them.
	OpenAlerts []SeverityCount
}

// PollStatus is how one collector stands.
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
		one := PollStatus{
			Name: c.name, Polled: !v.ended.IsZero(), Success: v.success, LastSuccess: v.lastSuccess,
			Withdrawn: !v.lastSuccess.IsZero() && v.reading == nil, Took: v.took, Err: v.err,
		}
		if v.reading != nil {
			one.Rows, one.Truncated = v.reading.rows, v.reading.truncated
			for _, p := range v.reading.parts {
				one.Series += p.Series
				if p.Metric == alertsOpen {
					status.OpenAlerts = bySeverity(p)
				}
			}
		}
		status.Collectors = append(status.Collectors, one)
	}
	s.resources.each(func(name string, st state) {
		if st := resourceStateNames[st]; st != resourceAvailable && st != resourceUnknown {
			status.Resources = append(status.Resources, ResourceStatus{name, st})
		}
	})
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

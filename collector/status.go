package collector

import "github.com/prisma-exporter/prisma_exporter/internal/poll"

// Status is how a scope stands.
type Status struct {
	SubTenant string
	// Polls are those of the collectors.
	Polls []poll.Status
	// Lacking are the resources that the tenant does not have.
	Lacking []ResourceStatus
	// OpenAlerts counts the open alerts by severity, the most urgent first.
	// It is nil while nothing is known of them. OpenIncidents counts the open
	// incidents in the same way.
	OpenAlerts, OpenIncidents []SeverityCount
}

// ResourceStatus is a resource that the tenant lacks.
type ResourceStatus struct{ Name, State string }

// SeverityCount is how many alerts or incidents of a severity are open.
type SeverityCount struct {
	Severity string
	Count    int
}

// Status returns how the scope stands, without asking the API.
func (s *Scope) Status() Status {
	status := Status{SubTenant: s.labels[1].Value, Polls: s.polls.Statuses()}
	for _, v := range status.Polls {
		if open := s.open.Load(); open != nil && v.Name == alertsDefinition.Name && v.Reading != nil {
			status.OpenAlerts = *open
		}
		if open := s.incidents.Load(); open != nil && v.Name == incidentsDefinition.Name && v.Reading != nil {
			status.OpenIncidents = *open
		}
	}
	s.availability.each(func(name string, st state, _ bool) {
		if st := resourceStateNames[st]; st != resourceAvailable && st != resourceUnknown {
			status.Lacking = append(status.Lacking, ResourceStatus{Name: name, State: st})
		}
	})
	return status
}

// bySeverity counts alerts or incidents, and none for each severity that has none.
func bySeverity(alerts []*event) []SeverityCount {
	counts := map[string]int{}
	for _, severity := range severities {
		counts[severity] = 0
	}
	for _, r := range alerts {
		counts[r.severity]++
	}
	var sorted []SeverityCount
	for _, severity := range sortedKeys(counts, compareSeverities) {
		sorted = append(sorted, SeverityCount{Severity: severity, Count: counts[severity]})
	}
	return sorted
}

package collector

import "github.com/prisma-exporter/prisma_exporter/internal/poll"

// Status returns how the scope stands, without asking the API.
func (s *Scope) Status() poll.Summary {
	summary := poll.Summary{Name: s.labels[0].Value, SubTenant: s.labels[1].Value}
	for _, v := range s.polls.Peek() {
		summary.Polls = append(summary.Polls, poll.StatusOf(v))
		if open := s.open.Load(); open != nil && v.Name == alertsDefinition.Name && v.Reading != nil {
			summary.OpenAlerts = *open
		}
	}
	s.availability.each(func(name string, st state) {
		if st := resourceStateNames[st]; st != resourceAvailable && st != resourceUnknown {
			summary.Lacking = append(summary.Lacking, poll.ResourceStatus{Name: name, State: st})
		}
	})
	return summary
}

// bySeverity counts alerts, and none for each severity that has none.
func bySeverity(alerts []*alertRow) []poll.SeverityCount {
	counts := map[string]int{}
	for _, severity := range severities {
		counts[severity] = 0
	}
	for _, r := range alerts {
		counts[r.severity]++
	}
	var sorted []poll.SeverityCount
	for _, severity := range sortedKeys(counts, compareSeverities) {
		sorted = append(sorted, poll.SeverityCount{Severity: severity, Count: counts[severity]})
	}
	return sorted
}

package collector

import (
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// Status returns how the scope stands, without asking the API.
func (s *Scope) Status() poll.Summary {
	summary := poll.Summary{Name: s.labels[0].Value, SubTenant: s.labels[1].Value}
	for _, v := range s.polls.Peek() {
		summary.Polls = append(summary.Polls, poll.StatusOf(v))
		if v.Reading == nil {
			continue
		}
		for _, p := range v.Reading.Parts {
			if p.Metric == alertsOpen {
				summary.OpenAlerts = bySeverity(p)
			}
		}
	}
	s.availability.each(func(name string, st state) {
		if st := resourceStateNames[st]; st != resourceAvailable && st != resourceUnknown {
			summary.Lacking = append(summary.Lacking, poll.ResourceStatus{Name: name, State: st})
		}
	})
	return summary
}

// bySeverity adds up the open alerts of a page's part.
func bySeverity(p exposition.Part) []poll.SeverityCount {
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
	var sorted []poll.SeverityCount
	for _, severity := range sortedKeys(counts, compareSeverities) {
		sorted = append(sorted, poll.SeverityCount{Severity: severity, Count: counts[severity]})
	}
	return sorted
}

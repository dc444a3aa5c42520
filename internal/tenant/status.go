package tenant

import (
	"fmt"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
)

// Status implements fleet.Watched: one for each sub-tenant.
func (t *tenant) Status() []fleet.Status {
	standing := t.client.Standing()
	held := t.client.Held()
	all := make([]fleet.Status, len(t.scopes))
	for i, s := range t.scopes {
		scope := s.Status()
		all[i] = fleet.Status{
			Name: t.name, Part: scope.SubTenant, Polled: "Collector", Counted: "Rows", Polls: scope.Polls,
			Facts: []fleet.Fact{
				fleet.CredentialFact("Credential", standing.Known, standing.Accepted),
				fleet.EndFact("Token ends", standing.TokenEnds),
				fleet.EndFact("Key ends", standing.KeyEnds),
				fleet.CallsFact(standing.Calls, standing.Failed),
				{Name: "Open alerts", Text: openAlerts(scope.OpenAlerts)},
			},
		}
		for _, h := range held {
			if h.SubTenant == "" || h.SubTenant == scope.SubTenant {
				all[i].Facts = append(all[i].Facts, fleet.HeldFact(h.Reason, h.Until))
			}
		}
		if len(scope.Lacking) > 0 {
			all[i].Facts = append(all[i].Facts, fleet.Fact{Name: "This tenant lacks", Text: lacking(scope.Lacking)})
		}
	}
	return all
}

func openAlerts(counts []collector.SeverityCount) string {
	if counts == nil {
		return "unknown"
	}
	var texts []string
	for _, c := range counts {
		texts = append(texts, fmt.Sprintf("%d %s", c.Count, c.Severity))
	}
	return strings.Join(texts, ", ")
}

func lacking(resources []collector.ResourceStatus) string {
	var texts []string
	for _, r := range resources {
		texts = append(texts, fmt.Sprintf("%s (%s)", r.Name, r.State))
	}
	return strings.Join(texts, ", ")
}

package tenant

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
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
				fleet.EndFact("Token expires", standing.TokenEnds),
				fleet.EndFact("Key expires", standing.KeyEnds),
				fleet.CallsFact(standing.Calls, standing.Failed),
			},
			Alerts: openAlerts(scope.OpenAlerts), Do: whatToDo,
		}
		if scope.OpenIncidents != nil {
			incidents := openAlerts(scope.OpenIncidents)
			fact := fleet.Fact{Name: "Open incidents", Text: incidents.String()}
			if slices.ContainsFunc(scope.Lacking, func(r collector.ResourceStatus) bool { return r.Name == insights.AlertsCurrent.Name }) {
				all[i].Alerts = incidents
				fact.Text += "; they page in the place of alerts, which the API does not list"
			}
			all[i].Facts = append(all[i].Facts, fact)
		}
		for _, h := range held {
			if h.SubTenant == "" || h.SubTenant == scope.SubTenant {
				all[i].Holds = append(all[i].Holds, fleet.Hold{Why: h.Reason, Until: h.Until})
			}
		}
		if len(scope.Lacking) > 0 {
			all[i].Facts = append(all[i].Facts, fleet.Fact{Name: "Missing resources", Text: lacking(scope.Lacking)})
		}
	}
	return all
}

func openAlerts(counts []collector.SeverityCount) *fleet.Alerts {
	open := &fleet.Alerts{}
	for _, c := range counts {
		open.Open = append(open.Open, fleet.Count{Name: c.Severity, N: c.Count})
	}
	return open
}

// whatToDo is what --config.check advises about what failed.
func whatToDo(p poll.Status) string {
	_, do, _ := verdict(poll.Outcome{Collector: p.Name, Query: p.Name, Err: p.Err})
	return do
}

func lacking(resources []collector.ResourceStatus) string {
	var texts []string
	for _, r := range resources {
		texts = append(texts, fmt.Sprintf("%s (%s)", r.Name, r.State))
	}
	return strings.Join(texts, ", ")
}

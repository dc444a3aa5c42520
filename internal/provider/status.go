package provider

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/advice"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// Status implements fleet.Watched.
func (p *provider) Status() []fleet.Status {
	standing, children := p.client.Standing(), p.roster.load().children
	status := fleet.Status{
		Name: p.name, Polled: "Call", Counted: "Rows", Do: whatToDo,
		Facts: []fleet.Fact{
			fleet.CredentialFact("Provider's credential", standing.Known, standing.Accepted),
			fleet.EndFact("Token ends", standing.TokenEnds),
			{Name: "Children", Text: strconv.Itoa(len(children))},
			fleet.CallsFact(standing.Calls, standing.Failed),
		},
	}
	if p.drillDown {
		for _, c := range children {
			status.Below = append(status.Below, c.Name)
		}
	}
	var silent []string
	for _, r := range p.regions {
		if !r.seen.Load() {
			silent = append(silent, r.word)
		}
	}
	if len(silent) > 0 {
		status.Facts = append(status.Facts, fleet.Fact{Name: "No row yet of", Text: strings.Join(silent, ", ")})
	}
	for _, h := range p.client.Held() {
		status.Holds = append(status.Holds, fleet.Hold{Why: h.Reason, Until: h.Until})
	}
	status.Polls = p.polls.Statuses()
	return []fleet.Status{status}
}

// whatToDo is what --config.check advises about what failed.
func whatToDo(p poll.Status) string {
	_, do := verdict(p.Err)
	return do
}

// Check implements fleet.Watched: each call in each region once.
func (p *provider) Check(ctx context.Context) []fleet.Report {
	report := fleet.Report{Title: "Provider " + p.name, Columns: []string{"CALL", "REGION", "RESULT", "ROWS", "OF CHILDREN", "TIME"}}
	failed, rows := false, 0
	for _, one := range p.parts {
		start := time.Now()
		got, answer, err := one.ask(ctx)
		_, unmatched := one.read(got, p.roster.load())
		if rows += answer.Rows; answer.Rows > 0 {
			one.region.seen.Store(true)
		}
		result, do := verdict(err)
		switch {
		case err != nil && one.lacking(err):
			if !one.call.optional {
				result = "nothing there"
			}
		case err != nil:
			failed = true
			if report.Add(insights.Cause(err), do) {
				report.Alike++
				continue
			}
		}
		report.Rows = append(report.Rows, []string{
			one.call.name, one.region.word, result, strconv.Itoa(answer.Rows), strconv.Itoa(len(got) - unmatched), time.Since(start).Round(time.Millisecond).String(),
		})
	}
	for _, r := range p.regions {
		if rows > 0 && !r.seen.Load() {
			report.Notes = append(report.Notes, fmt.Sprintf("Region %s has no row of any child. Where children are there, that is a wrong answer; where not, leave it out of regions.", r.word))
		}
	}
	if !failed && rows == 0 {
		report.Add("No answer has a row.", "The API answers so for a wrong region: name the regions of the children under provider: regions.")
	}
	report.Good = !failed && rows > 0
	return []fleet.Report{report}
}

// verdict is what an error means and what to do about it.
func verdict(err error) (result, do string) {
	switch {
	case err == nil:
		return "ok", ""
	case errors.Is(err, insights.ErrCredential):
		return "no token", advice.For(err)
	case errors.Is(err, insights.ErrForbidden):
		return "forbidden", "Give the provider's service account a role for Aggregate Monitoring, such as View Only Administrator or Multitenant Monitor User, on its own Tenant Service Group."
	case errors.Is(err, insights.ErrUnavailable):
		return "no answer", advice.For(err)
	case errors.Is(err, insights.ErrMissing), errors.Is(err, insights.ErrRefused), errors.Is(err, insights.ErrNoColumn):
		return "refused", "The API answers so where it knows nothing of the group in that region: check the regions, and whether the tenants are managed by Strata Cloud Manager. Aggregate Monitoring has none that are managed by Panorama."
	}
	return "failed", advice.For(err)
}

package capacity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/advice"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// Check implements fleet.Watched.
func (w *watched) Check(ctx context.Context) []fleet.Report {
	report := fleet.Report{
		Title: "Company " + w.options.Name, Columns: []string{"RESOURCE", "RESULT", "RECORDS", "TIME"}, Good: true,
	}
	outcomes := checkCompany(ctx, w.options)
	answered := slices.ContainsFunc(outcomes, func(o poll.Outcome) bool { return o.Err == nil })
	for _, o := range outcomes {
		result, do := verdict(o)
		if o.Err != nil {
			report.Good = report.Good && answered && lacking(o.Err)
			if lacking(o.Err) {
				report.Lacks = append(report.Lacks, o.Query+" ("+result+")")
			}
			if report.Add(insights.Cause(o.Err), do) {
				report.Alike++
				continue
			}
		}
		report.Rows = append(report.Rows, []string{o.Query, result, strconv.Itoa(o.Rows), o.Took.Round(time.Millisecond).String()})
	}
	if number, created := w.client.TokenClaims(); number != "" && !created.IsZero() {
		report.Notes = []string{fmt.Sprintf("The token in %s is number %s, generated on %s.", w.tokenFile, number, created.UTC().Format(time.DateOnly))}
	}
	return []fleet.Report{report}
}

// lacking reports whether the company's package may be what a resource is
// missing in, which is fine.
func lacking(err error) bool {
	return errors.Is(err, insights.ErrMissing) || errors.Is(err, insights.ErrForbidden)
}

// verdict is what an outcome means and what to do about it.
func verdict(o poll.Outcome) (result, do string) {
	switch {
	case o.Err == nil:
		return "ok", ""
	case errors.Is(o.Err, insights.ErrMissing):
		return "not there", "The company's package may not include it, so its records are missing. If it does, correct the path under resources. Otherwise remove the resource."
	case errors.Is(o.Err, insights.ErrCredential):
		return "no token", "Write the company's API token to the file. The platform shows it only once, when it is generated, and accepts only the latest one."
	case errors.Is(o.Err, insights.ErrForbidden):
		return "forbidden", "The token works, but not for this resource: the company's package may not include it, so its records are missing. Remove the resource, or ask the platform for access."
	case errors.Is(o.Err, insights.ErrUnavailable):
		return "no answer", advice.For(o.Err)
	case errors.Is(o.Err, insights.ErrMalformed):
		return "no records", "The answer does not come from the platform's API: check the base URL, the path and the proxy."
	}
	return "failed", "This is unexpected. Please open an issue with the lines above."
}

package capacity

import (
	"context"
	"errors"
	"fmt"
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
	for _, o := range checkCompany(ctx, w.options) {
		result, do := verdict(o)
		if o.Err != nil {
			report.Good = false
			if report.Add(insights.Cause(o.Err), do) {
				report.Alike++
				continue
			}
		}
		report.Rows = append(report.Rows, []string{o.Query, result, strconv.Itoa(o.Rows), o.Took.Round(time.Millisecond).String()})
	}
	if number, created := w.client.TokenClaims(); number != "" && !created.IsZero() {
		report.Notes = []string{fmt.Sprintf("The token in %s is number %s, made on %s.", w.tokenFile, number, created.UTC().Format(time.DateOnly))}
	}
	return []fleet.Report{report}
}

// verdict is what an outcome means and what to do about it. Unlike a tenant, a
// company has all that the configuration names.
func verdict(o poll.Outcome) (result, do string) {
	switch {
	case o.Err == nil:
		return "ok", ""
	case errors.Is(o.Err, insights.ErrMissing):
		return "not there", "Put the right path under resources, or leave the resource out."
	case errors.Is(o.Err, insights.ErrCredential):
		return "no token", "Put the company's API token into the file: the platform shows it once, when it is generated, and accepts the last one only."
	case errors.Is(o.Err, insights.ErrForbidden):
		return "forbidden", "The token works, but not for this. Leave the resource out, or ask the platform for access."
	case errors.Is(o.Err, insights.ErrUnavailable):
		return "no answer", advice.For(o.Err)
	case errors.Is(o.Err, insights.ErrMalformed):
		return "no records", "What answers is not the platform's API: check the base URL, the path and the proxy."
	}
	return "failed", "This is not expected. Please open an issue with the lines above."
}

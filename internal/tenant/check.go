package tenant

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/advice"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// Check implements fleet.Watched: every resource of each sub-tenant, what
// works, what the tenant lacks and what is wrong.
func (t *tenant) Check(ctx context.Context) []fleet.Report {
	reports := make([]fleet.Report, len(t.options))
	for i, o := range t.options {
		reports[i] = checkScope(ctx, o)
	}
	return reports
}

func checkScope(ctx context.Context, o collector.ScopeOptions) fleet.Report {
	report := fleet.Report{
		Title: "Tenant " + o.Tenant, Columns: []string{"COLLECTOR", "RESOURCE", "RESULT", "ROWS", "TIME"}, Good: true,
	}
	if o.SubTenant != "" {
		report.Title += ", sub-tenant " + o.SubTenant
	}
	answered, things := false, 0
	var unknown []string
	for _, r := range collector.Check(ctx, o) {
		if unknownToVersion(r.Err) {
			unknown = append(unknown, r.Query)
			continue
		}
		result, do, fine := verdict(r)
		report.Good = report.Good && fine
		answered = answered || r.Err == nil
		things += r.Things
		if r.Err != nil {
			if resource, _, _ := strings.Cut(r.Query, "/"); fine && !slices.Contains(report.Lacks, lack(resource, result)) {
				report.Lacks = append(report.Lacks, lack(r.Query, result))
			}
			if again := report.Add(insights.Cause(r.Err), do); again && !fine {
				report.Alike++
				continue
			}
		} else if do != "" {
			report.Add(r.Query, do)
		}
		report.Rows = append(report.Rows, []string{r.Collector, r.Query, result, strconv.Itoa(r.Rows), r.Took.Round(time.Millisecond).String()})
	}
	if len(unknown) > 0 {
		report.Notes = append(report.Notes, "The exporter does not know the following in the tenant's API version: "+strings.Join(unknown, ", ")+
			". Their metrics are missing. If the tenant has one of them, configure its path or its columns (paths, columns).")
	}
	if report.Good && answered && things == 0 && o.EmptyIsUnknown {
		report.Good = false
		report.Add("No answer lists anything of the tenant.", "This API version returns empty answers for a wrong region: check the region and the tenant ID. The alerts collector fails until an answer lists something.")
	}
	if len(o.Collectors) == 0 {
		report.Good = false
		report.Add("No collector runs for the tenant.", "Enable a collector of the tenant with --collector.NAME, or change collectors in the file.")
		return report
	}
	if report.Good && !answered {
		report.Good = false
		report.Add("The tenant has none of the resources.", "Check the tenant ID, the region and the base URL.")
	}
	return report
}

func lack(query, result string) string { return query + " (" + result + ")" }

// unknownToVersion reports whether a query was not asked at all, since the
// tenant's version of the API is not known to have what it asks for.
func unknownToVersion(err error) bool {
	failed, ok := errors.AsType[*insights.Error](err)
	return ok && failed.Status == 0 && failed.Until.IsZero() && (errors.Is(err, insights.ErrMissing) || errors.Is(err, insights.ErrNoColumn))
}

// verdict is what an outcome means, what to do about it, and whether it is
// fine to leave it so.
func verdict(o poll.Outcome) (result, do string, fine bool) {
	switch {
	case o.Query == "":
		return "failed", "The collector does not work without what is missing. --no-collector." + o.Collector + " disables it.", false
	case o.Err == nil && o.Truncated:
		return "cut off", "The API returned its maximum number of rows. Further rows are not exported.", true
	case o.Err == nil:
		return "ok", "", true
	case o.Collector == "alerts" && errors.Is(o.Err, insights.ErrMissing):
		return "not there", "Without it, the tenant's alerts have no series. If incidents_search is ok, incidents page instead. If alerts_list is ok, there are only counts of the raised alerts.", true
	case errors.Is(o.Err, insights.ErrMissing), errors.Is(o.Err, insights.ErrNoColumn):
		return "not there", "Its metrics are missing. If the tenant should have it, the path or name may differ: see --prisma.path and --prisma.column.", true
	case errors.Is(o.Err, insights.ErrUnlicensed):
		return "not licensed", "Its metrics are missing. --no-collector." + o.Collector + " disables the collector.", true
	}
	return resultOf(o.Err), advice.For(o.Err), insights.NotPermitted(o.Err) && o.Collector != "alerts"
}

// resultOf is what is wrong, in two words.
func resultOf(err error) string {
	switch {
	case errors.Is(err, insights.ErrCredential):
		return "no token"
	case insights.NotPermitted(err), errors.Is(err, insights.ErrForbidden):
		return "forbidden"
	case errors.Is(err, insights.ErrUnavailable):
		return "no answer"
	}
	return "failed"
}

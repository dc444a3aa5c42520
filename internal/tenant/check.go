package tenant

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/insights"
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
	answered := false
	for _, r := range collector.Check(ctx, o) {
		result, do, fine := verdict(r)
		report.Good = report.Good && fine
		answered = answered || r.Err == nil
		report.Rows = append(report.Rows, []string{r.Collector, r.Query, result, strconv.Itoa(r.Rows), r.Took.Round(time.Millisecond).String()})
		if r.Err != nil {
			do = fmt.Sprintf("%s\n    %s", insights.Cause(r.Err), do)
		}
		report.Advise(do)
	}
	if report.Good && !answered {
		report.Good = false
		report.Advise("The tenant has nothing of what was asked for. Check the tenant ID, the region and the base URL.")
	}
	return report
}

// verdict is what an outcome means, what to do about it, and whether it is
// fine to leave it so.
func verdict(o poll.Outcome) (result, do string, fine bool) {
	switch {
	case o.Query == "":
		return "failed", "The collector cannot do without what is missing. --no-collector." + o.Collector + " leaves it out.", false
	case o.Err == nil && o.Truncated:
		return "cut off", fmt.Sprintf("%s: there may be more rows than the API gives at most; those beyond are not shown.", o.Query), true
	case o.Err == nil:
		return "ok", "", true
	case o.Collector == "alerts" && errors.Is(o.Err, insights.ErrMissing):
		return "not there", "Without it no alert of this tenant has a series, and none can page. Where alerts_list is ok below, its counts are used in its place: how many alerts were raised, and no more.", true
	case errors.Is(o.Err, insights.ErrMissing), errors.Is(o.Err, insights.ErrNoColumn):
		return "not there", "Its metrics will be missing. If the tenant should have it, it may be under another path or name: see --prisma.path and --prisma.column.", true
	case errors.Is(o.Err, insights.ErrUnlicensed):
		return "not licensed", "Its metrics will be missing. --no-collector." + o.Collector + " leaves the collector out.", true
	case errors.Is(o.Err, insights.ErrCredential):
		return "no token", "Check the tenant ID, the region and the credential; if somebody made a new one, put it into the file.", false
	case insights.NotPermitted(o.Err):
		return "forbidden", "The credential's role may not read this resource, though it may read others. Its metrics will be missing until the credential has a role that may.", o.Collector != "alerts"
	case errors.Is(o.Err, insights.ErrForbidden):
		return "forbidden", "Give the credential a role that may read this.", false
	case errors.Is(o.Err, insights.ErrUnavailable):
		return "no answer", "Check the region, the network, the proxy and the firewall, and try again.", false
	}
	return "failed", "This is not expected. Please open an issue with the lines above.", false
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
)

// checkConfig does what --config.check says and returns the exit code. What is
// wrong is on its screen and not in the log.
func checkConfig(ctx context.Context, f *flags, read func() (*config.Config, error), out io.Writer) int {
	c, err := read()
	fl := newFleet(f, prometheus.NewRegistry(), log.NewNopLogger())
	defer fl.Close()
	good := true
	if err == nil {
		c, good = preview(ctx, fl, c, out)
		err = fl.Apply(c)
	}
	if err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	for _, m := range *fl.members.Load() {
		good = check(ctx, m.options, out) && good
	}
	for _, c := range *fl.companies.Load() {
		good = checkCompany(ctx, c, out) && good
	}
	if !good {
		return 1
	}
	fmt.Fprintln(out, "All is well.")
	return 0
}

// check asks every resource of the scopes once and prints what works, what
// the tenant lacks and what is wrong. It reports whether nothing is wrong.
func check(ctx context.Context, scopes []collector.ScopeOptions, out io.Writer) bool {
	good := true
	for _, o := range scopes {
		name := "Tenant " + o.Tenant
		if o.SubTenant != "" {
			name += ", sub-tenant " + o.SubTenant
		}
		fmt.Fprintf(out, "%s\n\n", name)
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "  COLLECTOR\tRESOURCE\tRESULT\tROWS\tTIME")
		var advice []string
		answered := false
		for _, r := range collector.Check(ctx, o) {
			result, do, fine := verdict(r)
			good = good && fine
			answered = answered || r.Err == nil
			fmt.Fprintf(table, "  %s\t%s\t%s\t%d\t%s\n", r.Collector, r.Query, result, r.Rows, r.Took.Round(time.Millisecond))
			if r.Err != nil {
				do = fmt.Sprintf("%s\n    %s", r.Err, do)
			}
			if do != "" && (len(advice) == 0 || advice[len(advice)-1] != do) {
				advice = append(advice, do)
			}
		}
		if good && !answered {
			good = false
			advice = append(advice, "The tenant has nothing of what was asked for. Check the tenant ID, the region and the base URL.")
		}
		_ = table.Flush() // like every write to out: there is nobody to tell
		fmt.Fprintln(out)
		for _, line := range advice {
			fmt.Fprintf(out, "  %s\n", line)
		}
		if len(advice) > 0 {
			fmt.Fprintln(out)
		}
	}
	return good
}

// verdict is what an outcome means, what to do about it, and whether it is
// fine to leave it so.
func verdict(o collector.Outcome) (result, do string, fine bool) {
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
	case errors.Is(o.Err, insights.ErrForbidden):
		return "forbidden", "Give the credential a role that may read this.", false
	case errors.Is(o.Err, insights.ErrUnavailable):
		return "no answer", "Check the region, the network, the proxy and the firewall, and try again.", false
	}
	return "failed", "This is not expected. Please open an issue with the lines above.", false
}

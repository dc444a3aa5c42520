package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/insights"
)

// checkCompany is check for a company.
func checkCompany(ctx context.Context, c *company, out io.Writer) bool {
	fmt.Fprintf(out, "Company %s\n\n", c.config.Name)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  RESOURCE\tRESULT\tRECORDS\tTIME")
	good := true
	var advice []string
	for _, r := range collector.CheckCompany(ctx, c.options) {
		result, do := companyVerdict(r)
		fmt.Fprintf(table, "  %s\t%s\t%d\t%s\n", r.Query, result, r.Rows, r.Took.Round(time.Millisecond))
		if r.Err == nil {
			continue
		}
		good = false
		if do = fmt.Sprintf("%s\n    %s", r.Err, do); len(advice) == 0 || advice[len(advice)-1] != do {
			advice = append(advice, do)
		}
	}
	_ = table.Flush() // like every write to out: there is nobody to tell
	fmt.Fprintln(out)
	if number, created := c.client.TokenClaims(); number != "" && !created.IsZero() {
		fmt.Fprintf(out, "  The token in %s is number %s, made on %s.\n\n", c.config.TokenFile, number, created.UTC().Format(time.DateOnly))
	}
	for _, line := range advice {
		fmt.Fprintf(out, "  %s\n", line)
	}
	if len(advice) > 0 {
		fmt.Fprintln(out)
	}
	return good
}

// companyVerdict is what an outcome means and what to do about it. Unlike a
// tenant, a company has all that the configuration names.
func companyVerdict(o collector.Outcome) (result, do string) {
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
		return "no answer", "Check the base URL, the network, the proxy and the firewall, and try again."
	case errors.Is(o.Err, insights.ErrMalformed):
		return "no records", "What answers is not the platform's API: check the base URL, the path and the proxy."
	}
	return "failed", "This is not expected. Please open an issue with the lines above."
}

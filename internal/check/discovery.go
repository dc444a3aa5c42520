package check

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
)

// preview lists what the discoveries of a configuration find, and returns the
// configuration with the first tenant of each in the place of the discovery:
// to check all of them could take the budget of many minutes. It reports
// whether each discovery found some.
func preview(ctx context.Context, o Options) (*config.Config, bool) {
	c, out := o.Config, o.Out
	whole := *c
	whole.Tenants, whole.Discoveries = slices.Clone(c.Tenants), nil
	beside := slices.Clone(c.Tenants)
	good := true
	for _, d := range c.Discoveries {
		fmt.Fprintf(out, "Discovery %s below TSG %s\n\n", d.Account.Name, d.Account.ID)
		tenants, left, err := list(ctx, o.List, d, beside, c.TakenNames())
		if err != nil {
			fmt.Fprintf(out, "  %s\n  Check the TSG ID, the client ID, the client secret and the role of the service account.\n\n", err)
			good = false
			continue
		}
		printTenants(out, tenants, left)
		good = good && len(tenants) > 0
		beside = append(beside, tenants...)
		if len(tenants) > 0 {
			whole.Tenants = append(whole.Tenants, tenants[0])
		}
	}
	return &whole, good
}

// list asks for the groups of a discovery once and makes tenants of them.
func list(ctx context.Context, lister func(config.Tenant) (discovery.Lister, error), d config.Discovery, beside []config.Tenant, taken []string) (tenants []config.Tenant, left []error, err error) {
	l, err := lister(d.Account)
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	groups, err := l.Children(ctx, d.Hierarchy, d.IncludeSelf)
	if err != nil {
		return nil, nil, err
	}
	tenants, left = d.Tenants(groups, beside, taken)
	return tenants, left, nil
}

func printTenants(out io.Writer, tenants []config.Tenant, left []error) {
	if len(tenants) == 0 {
		fmt.Fprint(out, "  It finds no tenants.\n\n")
	} else {
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "  TENANT\tTSG\tAPI\tREGION")
		for _, t := range tenants {
			fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", t.Name, t.ID, t.API, t.Region)
		}
		_ = table.Flush() // like every write to out: there is nobody to tell
		fmt.Fprintln(out)
	}
	for _, err := range left {
		fmt.Fprintf(out, "  Left out: %s\n", err)
	}
	if len(left) > 0 {
		fmt.Fprintln(out)
	}
	if len(tenants) > 0 {
		fmt.Fprintf(out, "  %d tenants; the first of them is checked below.\n\n", len(tenants))
	}
}

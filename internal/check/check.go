// Package check tells a person on screen what of a configuration works.
package check

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
)

// Options are what a check needs.
type Options struct {
	Config *config.Config
	// List returns what lists the groups for the account of a discovery.
	List func(account config.Tenant) (discovery.Lister, error)
	// Apply puts a configuration into force for the fleet.
	Apply func(*config.Config) error
	Fleet *fleet.Fleet
	Out   io.Writer
}

// Run asks for all that a configuration names once and prints what works and
// what is wrong. It reports whether nothing is wrong.
func Run(ctx context.Context, o Options) bool {
	c, good := preview(ctx, o)
	if err := o.Apply(c); err != nil {
		fmt.Fprintln(o.Out, err)
		return false
	}
	for _, text := range c.Notices() {
		fmt.Fprintf(o.Out, "Warning: %s\n\n", text)
	}
	for _, m := range o.Fleet.Members() {
		for _, r := range m.Check(ctx) {
			show(o.Out, r)
			good = good && r.Good
		}
	}
	if good {
		fmt.Fprintln(o.Out, "All is well.")
	}
	return good
}

func show(out io.Writer, r fleet.Report) {
	fmt.Fprintf(out, "%s\n\n", r.Title)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  "+strings.Join(r.Columns, "\t"))
	for _, row := range r.Rows {
		fmt.Fprintln(table, "  "+strings.Join(row, "\t"))
	}
	_ = table.Flush() // like every write to out: there is nobody to tell
	fmt.Fprintln(out)
	for _, lines := range [][]string{r.Notes, r.Advice} {
		for _, line := range lines {
			fmt.Fprintf(out, "  %s\n", line)
		}
		if len(lines) > 0 {
			fmt.Fprintln(out)
		}
	}
}

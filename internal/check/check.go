// Package check tells a person on screen what of a configuration works.
package check

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
)

// Options are what a check needs.
type Options struct {
	Config *config.Config
	// Only is the name of the one tenant or company to look at, "" for all.
	Only string
	// Failures leaves out what is well.
	Failures bool
	// Plan tells what a configuration asks in steady state, and whether the
	// budget has room for it.
	Plan func(*config.Config) budget.Plan
	// List returns what lists the groups for the account of a discovery.
	List func(account config.Tenant) (discovery.Lister, error)
	// Apply puts a configuration into force for the fleet.
	Apply func(*config.Config) error
	Fleet *fleet.Fleet
	// Done is called when all were asked. It reports whether what else was to
	// be done with the answers went well; nil for nothing.
	Done func() bool
	Out  io.Writer
	// Progress is where it says how far it is while that takes long.
	Progress io.Writer
}

// abreast is how many are checked at a time.
const abreast = 16

// telling is how often a check says how far it is: with many tenants it waits
// for the budget of calls, minute after minute.
const telling = 15 * time.Second

// Run asks for all that a configuration names once and prints what works and
// what is wrong, what is wrong first and the verdict last. It reports whether
// nothing is wrong.
func Run(ctx context.Context, o Options) bool {
	p := preview(ctx, o)
	whole, err := p.config(o)
	if err == nil {
		err = o.Apply(whole)
	}
	if err != nil {
		fmt.Fprintln(o.Out, err)
		return false
	}
	members := o.Fleet.Members()
	sections := slices.Clone(p.sections)
	for i, reports := range checkAll(ctx, members, o.Progress) {
		sections = append(sections, sectionOf(members[i].Name, reports, len(members) > mostTables))
	}
	printAll(o, sections)
	all := config.Config{Tenants: p.tenants, Discoveries: o.Config.Discoveries, Children: p.children, Warnings: o.Config.Warnings}
	plan := o.Plan(&all)
	for _, text := range append(all.Notices(), plan.Notices()...) {
		fmt.Fprintf(o.Out, "Warning: %s\n\n", text)
	}
	fmt.Fprintf(o.Out, "Planned: %s.\n\n", plan)
	done := o.Done == nil || o.Done()
	fmt.Fprintln(o.Out, verdict(sections))
	return done && !slices.ContainsFunc(sections, func(s section) bool { return !s.good })
}

// checkAll checks all members, some at a time.
func checkAll(ctx context.Context, members []fleet.Member, progress io.Writer) [][]fleet.Report {
	reports := make([][]fleet.Report, len(members))
	turns := make(chan struct{}, abreast)
	var asked atomic.Int64
	ended := make(chan struct{})
	var teller sync.WaitGroup
	teller.Go(func() { tell(progress, &asked, len(members), ended) })
	var wg sync.WaitGroup
	for i, m := range members {
		turns <- struct{}{}
		wg.Go(func() {
			reports[i] = m.Check(ctx)
			asked.Add(1)
			<-turns
		})
	}
	wg.Wait()
	close(ended)
	teller.Wait() // so that nothing is written behind the answer
	return reports
}

// tell says how far a check is until it has ended.
func tell(out io.Writer, asked *atomic.Int64, all int, ended <-chan struct{}) {
	ticker := time.NewTicker(telling)
	defer ticker.Stop()
	for {
		select {
		case <-ended:
			return
		case <-ticker.C:
			fmt.Fprintf(out, "%d of %d have answered; the others wait for the budget of calls, or for the API.\n", asked.Load(), all)
		}
	}
}

// printAll prints the sections, those of what is wrong first, and behind those
// that have a line each what to do about what they lack, once.
func printAll(o Options, sections []section) {
	printed := ""
	var advice []string
	for _, good := range []bool{false, true} {
		for _, s := range sections {
			if s.good == good && !(good && o.Failures) {
				printed = s.text
				fmt.Fprint(o.Out, printed)
				advice = append(advice, s.advice...)
			}
		}
	}
	if printed != "" && !strings.HasSuffix(printed, "\n\n") {
		fmt.Fprintln(o.Out)
	}
	slices.Sort(advice)
	for _, text := range slices.Compact(advice) {
		fmt.Fprintf(o.Out, "  %s\n\n", text)
	}
}

// mostNamed is how many are named in the verdict.
const mostNamed = 20

// verdict is how many are well, and which are not.
func verdict(sections []section) string {
	var failing []string
	for _, s := range sections {
		if !s.good {
			failing = append(failing, s.name)
		}
	}
	names := strings.Join(failing[:min(len(failing), mostNamed)], ", ")
	if more := len(failing) - mostNamed; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	switch {
	case len(failing) == 0 && len(sections) == 1:
		return "All is well."
	case len(failing) == 0:
		return fmt.Sprintf("All is well: %d of %d.", len(sections), len(sections))
	}
	return fmt.Sprintf("%d of %d are OK; failing: %s", len(sections)-len(failing), len(sections), names)
}

package check

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
)

// section is what is printed of one tenant, company or discovery.
type section struct {
	name, text string
	good       bool
	// advice is about what the lines of text say that it lacks.
	advice []string
}

// mostTables is how many members there may be for each to have a table. Of
// more, those that are well have a line.
const mostTables = 5

// sectionOf is the section of a member.
func sectionOf(name string, reports []fleet.Report, brief bool) section {
	s := section{name: name, good: true}
	var b strings.Builder
	for _, r := range reports {
		s.good = s.good && r.Good
		switch {
		case !brief || !r.Good:
			show(&b, r)
		case len(r.Lacks) == 0:
			fmt.Fprintf(&b, "%s: OK\n", r.Title)
		default:
			fmt.Fprintf(&b, "%s: OK, without %s\n", r.Title, strings.Join(r.Lacks, ", "))
			for _, p := range r.Problems {
				s.advice = append(s.advice, p.Do)
			}
		}
	}
	s.text = b.String()
	return s
}

// show writes to memory, so that nothing can go wrong.
func show(out io.Writer, r fleet.Report) {
	fmt.Fprintf(out, "%s\n\n", r.Title)
	if len(r.Rows) > 0 {
		writeTable(out, r.Columns, r.Rows)
	}
	for _, p := range r.Problems {
		for _, err := range p.Errors {
			fmt.Fprintf(out, "  %s\n", err)
		}
		if p.Do != "" {
			fmt.Fprintf(out, "    %s\n", p.Do)
		}
	}
	if len(r.Problems) > 0 {
		fmt.Fprintln(out)
	}
	if r.Alike > 0 {
		fmt.Fprintf(out, "  %d more for the same reason.\n\n", r.Alike)
	}
	for _, line := range r.Notes {
		fmt.Fprintf(out, "  %s\n\n", line)
	}
}

func writeTable(out io.Writer, columns []string, rows [][]string) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  "+strings.Join(columns, "\t"))
	for _, row := range rows {
		fmt.Fprintln(table, "  "+strings.Join(row, "\t"))
	}
	_ = table.Flush() // to memory
	fmt.Fprintln(out)
}

// Package exposition turns what a poll found into the page that Prometheus
// reads, once for each poll and not once for each scrape: the series of a
// metric are written and compressed when the poll ends, and a page is those
// pieces one after the other.
//
// A registry of const metrics does the same for four to eight times the CPU
// at ten thousand rows, which is what the size of this package is for.
package exposition

import (
	"slices"
	"strings"
	"sync"
)

// Type is a metric's type in the exposition.
type Type string

// The types of metrics.
const (
	Gauge   Type = "gauge"
	Counter Type = "counter"
	// Histogram is for the exporter's own metrics alone.
	Histogram Type = "histogram"
)

// Metric declares one metric family. A metric is declared once, as a package
// variable or in a table, and known by its address.
type Metric struct {
	Name string
	Help string
	Type Type
	// Labels beside those of the scope. Metrics that describe the same thing
	// share one list, so that its values are written once for all of them.
	Labels []string
	// States are the values of a label "state", for a metric that has one
	// 0/1 series for each of them.
	States []string

	once   sync.Once
	header []byte
}

// LabelNames lists all labels of the metric but those of the scope.
func (m *Metric) LabelNames() []string {
	if len(m.States) == 0 {
		return m.Labels
	}
	return append(slices.Clone(m.Labels), "state")
}

// seriesOf is how many series one sample of the metric has.
func (m *Metric) seriesOf() int { return max(1, len(m.States)) }

// textHeader is the lines that stand before the series of a metric.
func (m *Metric) textHeader() []byte {
	m.once.Do(func() {
		help := strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(m.Help)
		m.header = []byte("# HELP " + m.Name + " " + help + "\n# TYPE " + m.Name + " " + string(m.Type) + "\n")
	})
	return m.header
}

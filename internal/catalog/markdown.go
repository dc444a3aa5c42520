package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/prisma-exporter/prisma_exporter/collector"
)

const preamble = `# Metrics

Made from the tables in the code by ` + "`make docs`" + `; do not edit.

All ` + "`prisma_access_*`" + ` metrics have the labels ` + "`tenant`" + ` and ` + "`sub_tenant`" + ` (empty for the tenant itself) beside
those named here. A metric with states has one series for each of them: 1 for the state that holds, 0 for the others.
What the API does not tell has no series. Units are seconds, bytes per second and counts.

Metrics of a window, such as throughput and disconnections, are gauges: what the API says of the last hour or of the
last 30 days, not what has been added up since the exporter started.
`

// Markdown is docs/metrics.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString(preamble)
	all := Metrics()
	section(&b, "Every tenant", "About the tenant and its collectors, whatever of them runs.", pick(all, func(m Metric) bool {
		return len(m.Collectors) == 0 && strings.HasPrefix(m.Name, "prisma_access_")
	}))
	for _, d := range collector.Definitions() {
		about := fmt.Sprintf("%s Answers are fresh for %s (`--collector.%s.min-interval`).", d.Help, model.Duration(d.MinInterval), d.Name)
		section(&b, "Collector `"+d.Name+"`", about, pick(all, func(m Metric) bool { return slices.Contains(m.Collectors, d.Name) }))
	}
	section(&b, "Every company", "About a company on the PRISMA European Capacity Platform and its token, with the label `company` beside those named here. Answers are fresh for 30s (`--capacity.min-interval`).", pick(all, func(m Metric) bool {
		return strings.HasPrefix(m.Name, "prisma_capacity_")
	}))
	section(&b, "The exporter", "About the exporter itself. These have no label `sub_tenant`, and `tenant` only where it is named; of calls to the capacity platform it is the name of the company. Beside them are `prisma_exporter_build_info` and, unless `--web.disable-exporter-metrics` is given, the usual `go_*` and `process_*`.", pick(all, func(m Metric) bool {
		return strings.HasPrefix(m.Name, "prisma_exporter_")
	}))
	return b.String()
}

func pick(all []Metric, want func(Metric) bool) []Metric {
	return slices.DeleteFunc(slices.Clone(all), func(m Metric) bool { return !want(m) })
}

func section(b *strings.Builder, title, about string, metrics []Metric) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n", title, about)
	for _, m := range metrics {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", m.Name, m.Type, labels(m), strings.ReplaceAll(m.Help, "|", `\|`))
	}
}

// labels lists a metric's labels but those of the scope, and its states.
func labels(m Metric) string {
	var names []string
	for _, l := range m.Labels {
		switch {
		case l == "sub_tenant", l == "company", l == "tenant" && strings.HasPrefix(m.Name, "prisma_access_"):
		case l == "state" && len(m.States) > 0:
			names = append(names, "`state` ("+strings.Join(m.States, ", ")+")")
		default:
			names = append(names, "`"+l+"`")
		}
	}
	return strings.Join(names, ", ")
}

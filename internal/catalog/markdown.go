package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/prisma-exporter/prisma_exporter/collector"
)

const preamble = `# Metrics

Generated from the code by ` + "`make docs`" + `; do not edit.

Metrics about a tenant have the labels ` + "`tenant`" + ` and ` + "`sub_tenant`" + ` in addition to the labels listed here. ` + "`sub_tenant`" + ` is
empty for the tenant itself. A metric with states has one series for each state: 1 for the current state, 0 for the others. If the
API does not provide a value, there is no series. Durations are in seconds, times in seconds since 1970, and rates in bytes per
second.

Metrics over a time window, such as throughput and disconnections, are gauges: they show what the API reports for the last hour or
the last 30 days, not a total since the exporter started.
`

// Markdown is docs/metrics.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString(preamble)
	all := Metrics()
	section(&b, "Every tenant", "Metrics about the tenant and its collectors, and about providers. Those about a provider (`prisma_access_provider_*`) have only the labels listed.", pick(all, func(m Metric) bool {
		return len(m.Collectors) == 0 && strings.HasPrefix(m.Name, "prisma_access_")
	}))
	for _, d := range collector.Definitions() {
		about := fmt.Sprintf("%s Polled at most every %s (`--collector.%s.min-interval`).", d.Help, model.Duration(d.MinInterval), d.Name)
		section(&b, "Collector `"+d.Name+"`", about, pick(all, func(m Metric) bool { return slices.Contains(m.Collectors, d.Name) }))
	}
	section(&b, "Every company", "Metrics about a company on the PRISMA European Capacity Platform and its token. They have the label `company` in addition to the labels listed here. Polled at most every 30s (`--capacity.min-interval`).", pick(all, func(m Metric) bool {
		return strings.HasPrefix(m.Name, "prisma_capacity_")
	}))
	section(&b, "Collector `service_status`", "Metrics about the vendor's public service status page, once for each exporter and without a label tenant. Off by default (`--collector.service_status`). Polled at most every 1m (`--collector.service_status.min-interval`).", pick(all, func(m Metric) bool {
		return strings.HasPrefix(m.Name, "prisma_sase_")
	}))
	section(&b, "The exporter", "Metrics about the exporter itself. They have no label `sub_tenant`, and the label `tenant` only if it is listed. For calls to the capacity platform, `tenant` is the name of the company. There are also `prisma_exporter_build_info` and, unless you set `--web.disable-exporter-metrics`, the usual `go_*` and `process_*` metrics.", pick(all, func(m Metric) bool {
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

package test

import (
	"maps"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/collector"
)

// values are those of a family by the value of one label, or of none.
func values(families map[string]*dto.MetricFamily, name string, label ...string) map[string]float64 {
	found := map[string]float64{}
	for _, m := range families[name].GetMetric() {
		var key []string
		for _, l := range m.GetLabel() {
			if slices.Contains(label, l.GetName()) {
				key = append(key, l.GetValue())
			}
		}
		found[strings.Join(key, " ")] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
	}
	return found
}

func (b *trustBench) successes(page map[string]*dto.MetricFamily) map[string]float64 {
	return values(page, "prisma_access_scrape_collector_success", "collector")
}

// lost are the metrics of a collector of which there are fewer series now
// than when all was well.
func (b *trustBench) lost(page map[string]*dto.MetricFamily, name string) []string {
	var lost []string
	for _, d := range collector.Definitions() {
		if d.Name != name {
			continue
		}
		for _, m := range d.Metrics {
			if len(page[m.Name].GetMetric()) < len(b.before[m.Name].GetMetric()) {
				lost = append(lost, m.Name)
			}
		}
	}
	return lost
}

// states are the states that the resources behind an endpoint have.
func states(page map[string]*dto.MetricFamily, endpoint string) string {
	found := map[string]bool{}
	for key, v := range values(page, "prisma_access_resource_state", "resource", "state") {
		resource, state, _ := strings.Cut(key, " ")
		if base, _, _ := strings.Cut(resource, "/"); v == 1 && (base == endpoint || endpoint == "") {
			found[state] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(found)), ",")
}

// only are the flags that switch off the collectors that an endpoint does not
// concern, but for one.
func only(endpoint string) []string {
	asking := []string{"alerts", "service_connections", "tunnels"}
	if askedBy[endpoint] != nil {
		other := slices.IndexFunc(asking, func(name string) bool { return !slices.Contains(askedBy[endpoint], name) })
		asking = append(slices.Clone(askedBy[endpoint]), asking[other])
	}
	var args []string
	for _, d := range collector.Definitions() {
		if !slices.Contains(asking, d.Name) {
			args = append(args, "--no-collector."+d.Name)
		}
	}
	return args
}

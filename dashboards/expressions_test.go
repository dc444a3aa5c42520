package dashboards

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/internal/catalog"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// targetLabels are those that Prometheus gives to every series.
var targetLabels = []string{"job", "instance"}

// sinceWhen is Prometheus's own metric of alerts, which have no target.
const sinceWhen = "ALERTS_FOR_STATE"

// others are the metrics that are on every scrape without being the
// exporter's own: those of its process, of its build and of Prometheus.
var others = map[string]catalog.Metric{
	"up":                           {Type: exposition.Gauge},
	"scrape_duration_seconds":      {Type: exposition.Gauge},
	"scrape_samples_scraped":       {Type: exposition.Gauge},
	"go_goroutines":                {Type: exposition.Gauge},
	"go_memstats_heap_inuse_bytes": {Type: exposition.Gauge},
	// Since when an alert of the rules is there, by the labels that it has.
	sinceWhen:                       {Type: exposition.Gauge, Labels: []string{"alertname", "tenant", "sub_tenant", "site", "location", "node_type", "tunnel"}},
	"process_cpu_seconds_total":     {Type: exposition.Counter},
	"process_open_fds":              {Type: exposition.Gauge},
	"process_resident_memory_bytes": {Type: exposition.Gauge},
	"process_start_time_seconds":    {Type: exposition.Gauge},
	"prisma_exporter_build_info":    {Type: exposition.Gauge, Labels: []string{"version", "revision", "goversion"}},
}

// known lists all series that may be in a query by their names.
func known() map[string]catalog.Metric {
	all := map[string]catalog.Metric{}
	for name, m := range others {
		all[name] = m
	}
	for _, m := range catalog.Metrics() {
		all[m.Name] = m
		if m.Type != exposition.Histogram {
			continue
		}
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			part := m
			part.Type = exposition.Counter
			part.Labels = append(slices.Clone(m.Labels), "le")
			all[m.Name+suffix] = part
		}
	}
	return all
}

func labelKnown(metrics map[string]catalog.Metric, selectors []selector, made []string, label string) bool {
	if slices.Contains(targetLabels, label) || slices.Contains(made, label) {
		return true
	}
	return slices.ContainsFunc(selectors, func(s selector) bool { return slices.Contains(metrics[s.metric].Labels, label) })
}

var legendLabel = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

func TestMetricsAndLabelsAreKnown(t *testing.T) {
	metrics := known()
	for _, q := range queries(t) {
		e, err := parse(q.target.Expr)
		if err != nil {
			t.Errorf("%s: %s", q, err)
			continue
		}
		if len(e.selectors) == 0 {
			t.Errorf("%s asks for no metric", q)
		}
		for _, s := range e.selectors {
			checkSelector(t, q.String(), metrics, s)
		}
		for _, g := range e.groupings {
			for _, label := range g.labels {
				if !labelKnown(metrics, g.selectors, e.made, label) {
					t.Errorf("%s: %s (%s): no metric in it has this label", q, g.word, label)
				}
			}
		}
		for _, m := range legendLabel.FindAllStringSubmatch(q.target.LegendFormat, -1) {
			if !labelKnown(metrics, e.selectors, e.made, m[1]) {
				t.Errorf("%s: no metric has the label %s of the legend", q, m[1])
			}
		}
	}
}

func checkSelector(t *testing.T, where string, metrics map[string]catalog.Metric, s selector) {
	t.Helper()
	metric, ok := metrics[s.metric]
	if !ok {
		t.Errorf("%s: there is no metric %s", where, s.metric)
		return
	}
	for _, m := range s.matchers {
		if !labelKnown(metrics, []selector{s}, nil, m.label) {
			t.Errorf("%s: %s has no label %s", where, s.metric, m.label)
		}
		if m.label == "state" && m.operator == "=" && len(metric.States) > 0 && !slices.Contains(metric.States, m.value) {
			t.Errorf("%s: %s has no state %s", where, s.metric, m.value)
		}
	}
	counts := metric.Type == exposition.Counter || metric.Type == exposition.Histogram
	rated := slices.Contains([]string{"rate", "increase"}, s.function) && s.window != ""
	// What a counter was before makes a rate too; what a state was before does not.
	if counts != rated && (rated || !s.offset) && !strings.HasPrefix(where, "variable ") {
		t.Errorf("%s: rate and increase are for counters and only for them: %s", where, s.metric)
	}
}

func TestVariablesAskForKnownMetrics(t *testing.T) {
	metrics := known()
	for _, b := range boards(t) {
		for _, v := range b.Templating.List {
			if v.Type != "query" {
				continue
			}
			where := "variable " + v.Name + " of " + b.file
			parts := labelValues.FindStringSubmatch(v.queryOf())
			if parts == nil {
				t.Errorf("%s: not label_values(selector, label): %s", where, v.queryOf())
				continue
			}
			if !strings.Contains(parts[1], "{") {
				parts[1] += "{}"
			}
			e, err := parse(parts[1])
			if err != nil || len(e.selectors) != 1 {
				t.Errorf("%s: not one metric: %v", where, err)
				continue
			}
			checkSelector(t, where, metrics, e.selectors[0])
			if !labelKnown(metrics, e.selectors, nil, parts[2]) {
				t.Errorf("%s: %s has no label %s", where, e.selectors[0].metric, parts[2])
			}
		}
	}
}

// TestStatesAreWhole holds the numbers that queries make of states to the
// metric's own order: all states, the worst highest, and each with a text and
// a colour in the panel.
func TestStatesAreWhole(t *testing.T) {
	metrics := known()
	for _, q := range queries(t) {
		e, err := parse(q.target.Expr)
		if err != nil {
			continue // another test says so
		}
		states, factors := map[string][]string{}, map[string][]int{}
		for _, s := range e.selectors {
			if s.factor == "" || s.factor == "0" {
				continue // it asks for one state
			}
			if operator, state := s.value("state"); operator == "=" && len(metrics[s.metric].States) > 0 {
				n, err := strconv.Atoi(s.factor)
				if err != nil {
					t.Errorf("%s: state %s of %s has no number", q, state, s.metric)
				}
				states[s.metric] = append(states[s.metric], state)
				factors[s.metric] = append(factors[s.metric], n)
			}
		}
		for metric, got := range states {
			// A list of what is not up has no need of what is, the first state.
			if want := metrics[metric].States; !slices.Equal(got, want) && !slices.Equal(got, want[1:]) {
				t.Errorf("%s: states %v of %s, want %v", q, got, metric, want)
			}
			if !slices.IsSorted(factors[metric]) || factors[metric][0] < 1 {
				t.Errorf("%s: the numbers of %s do not rise from 1: %v", q, metric, factors[metric])
			}
			if strings.Contains(q.target.Expr, "bool") {
				continue // the panel shows how many, not which
			}
			checkMapped(t, q, factors[metric])
		}
	}
}

func checkMapped(t *testing.T, q query, numbers []int) {
	t.Helper()
	sets := q.panel.mappingSets(t)
	for _, n := range numbers {
		covered := slices.ContainsFunc(sets, func(m mapping) bool {
			o, ok := m.Options[strconv.Itoa(n)]
			return ok && o.Text != "" && o.Color != ""
		})
		if !covered {
			t.Errorf("%s: the state with number %d has no text and colour", q, n)
		}
	}
}

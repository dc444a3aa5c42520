package catalog

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/client"
	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/logging"
	"github.com/prisma-exporter/prisma_exporter/internal/reload"
	"github.com/prisma-exporter/prisma_exporter/internal/web"
)

//go:generate go test . -run TestMetricsPage -update

var update = flag.Bool("update", false, "write docs/metrics.md anew")

func TestMetricsPage(t *testing.T) {
	const page = "../../docs/metrics.md"
	if *update {
		if err := os.WriteFile(page, []byte(Markdown()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != Markdown() {
		t.Error("docs/metrics.md is not what the code says: run make docs")
	}
}

// TestNames has every metric there is looked at by Prometheus's own linter,
// whether or not a test makes it appear on a page.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Metrics() {
		if seen[m.Name] {
			t.Errorf("%s is there twice", m.Name)
		}
		seen[m.Name] = true
		if !slices.ContainsFunc([]string{"prisma_access_", "prisma_capacity_", "prisma_sase_", "prisma_exporter_"}, func(p string) bool { return strings.HasPrefix(m.Name, p) }) {
			t.Errorf("%s has another prefix than the others", m.Name)
		}
		if !strings.HasSuffix(m.Help, ".") && !strings.HasSuffix(m.Help, ").") {
			t.Errorf("the help of %s does not end with its sentence", m.Name)
		}
		for _, l := range m.Labels {
			switch l {
			case "region", "service", "type", "severity", "instance", "job", "user":
				t.Errorf("%s has a label %q, which collides with those of targets and alerts, or names people", m.Name, l)
			}
		}
		kind := dto.MetricType(dto.MetricType_value[strings.ToUpper(string(m.Type))])
		problems, err := promlint.NewWithMetricFamilies([]*dto.MetricFamily{{Name: &m.Name, Help: &m.Help, Type: &kind, Metric: []*dto.Metric{{}}}}).Lint()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// TestOwnMetricsAreTheRegisteredOnes: what a process registers is what the
// tables say, and nothing else.
func TestOwnMetricsAreTheRegisteredOnes(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	auth.NewProcess(registry, log.NewNopLogger())
	client.RegisterBudget(registry, budget.New(budget.Options{RequestsPerMinute: 1, Concurrency: 1}))
	collector.NewMetrics(registry)
	logging.Register(registry, nil)
	reload.New(registry, reload.Source{}, nil)
	web.NewPanics(registry, log.NewNopLogger())
	discovery.New(discovery.Options{Registry: registry})
	known := map[string]bool{}
	for _, m := range Metrics() {
		known[m.Name] = true
		if !strings.HasPrefix(m.Name, "prisma_exporter_") {
			continue
		}
		gauge := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: m.Name, Help: "Another."}, []string{"another_label"})
		if err := registry.Register(gauge); err == nil {
			t.Errorf("%s is in the tables and is not registered", m.Name)
		}
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if !known[f.GetName()] && f.GetHelp() != "Another." {
			t.Errorf("%s is registered and is not in the tables", f.GetName())
		}
	}
}

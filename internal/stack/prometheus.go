package stack

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/prisma-exporter/prisma_exporter/alerts"
)

// PrometheusOptions say how a Prometheus runs that scrapes one exporter,
// evaluates the rules that are shipped, and tells one Alertmanager.
type PrometheusOptions struct {
	// Path is the binary, Dir where it keeps its files.
	Path, Dir string
	// Address is where it listens. Exporter and Alertmanager are addresses.
	Address, Exporter, Alertmanager string
	// Interval is the time between scrapes, and between evaluations.
	Interval time.Duration
	// ResendDelay is how often it tells Alertmanager again of an alert that
	// goes on. Alertmanager takes one for resolved that it has not heard of
	// for four times as long.
	ResendDelay time.Duration
	// Consoles is a directory of console templates, if any.
	Consoles string
}

const prometheusConfig = `global:
  scrape_interval: %[1]s
  evaluation_interval: %[1]s
rule_files: [%[2]q]
alerting:
  alertmanagers:
    - static_configs:
        - targets: [%[3]q]
scrape_configs:
  - job_name: prisma
    honor_labels: true
    static_configs:
      - targets: [%[4]q]
`

// StartPrometheus starts a server and waits until it is ready.
func StartPrometheus(ctx context.Context, o PrometheusOptions) (*Process, error) {
	rules := filepath.Join(o.Dir, "rules")
	if err := os.CopyFS(rules, alerts.Files()); err != nil {
		return nil, err
	}
	names, err := fs.Glob(os.DirFS(rules), "*.rules.yml")
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no rules: %w", err)
	}
	file := filepath.Join(o.Dir, "prometheus.yml")
	config := fmt.Sprintf(prometheusConfig, o.Interval, filepath.Join(rules, "*.rules.yml"), o.Alertmanager, o.Exporter)
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		return nil, err
	}
	args := []string{
		"--config.file=" + file, "--storage.tsdb.path=" + filepath.Join(o.Dir, "prometheus"),
		"--web.listen-address=" + o.Address, "--rules.alert.resend-delay=" + o.ResendDelay.String(),
	}
	if o.Consoles != "" {
		args = append(args, "--web.console.templates="+o.Consoles, "--web.console.libraries="+o.Consoles)
	}
	return Start(ctx, o.Dir, "http://"+o.Address+"/-/ready", o.Path, args...)
}

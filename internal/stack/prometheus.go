package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/prisma-exporter/prisma_exporter/alerts"
)

// Prometheus is a Prometheus server that scrapes one exporter, evaluates the
// rules that are shipped, and tells one Alertmanager.
type Prometheus struct {
	*Process
	URL string

	options PrometheusOptions
}

// PrometheusOptions say how it runs.
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
    static_configs:
      - targets: [%[4]q]
`

// StartPrometheus starts a server and waits until it is ready.
func StartPrometheus(ctx context.Context, o PrometheusOptions) (*Prometheus, error) {
	rules := filepath.Join(o.Dir, "rules")
	if err := os.RemoveAll(rules); err != nil {
		return nil, err
	}
	if err := os.CopyFS(rules, alerts.Files()); err != nil {
		return nil, err
	}
	names, err := fs.Glob(os.DirFS(rules), "*.rules.yml")
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no rules: %w", err)
	}
	config := fmt.Sprintf(prometheusConfig, o.Interval, filepath.Join(rules, "*.rules.yml"), o.Alertmanager, o.Exporter)
	if err := os.WriteFile(filepath.Join(o.Dir, "prometheus.yml"), []byte(config), 0o644); err != nil {
		return nil, err
	}
	p := &Prometheus{options: o, URL: "http://" + o.Address}
	return p, p.Start(ctx)
}

// Start starts the server again after it was stopped.
func (p *Prometheus) Start(ctx context.Context) (err error) {
	o := p.options
	args := []string{
		"--config.file=" + filepath.Join(o.Dir, "prometheus.yml"),
		"--storage.tsdb.path=" + filepath.Join(o.Dir, "prometheus"),
		"--web.listen-address=" + o.Address,
		"--rules.alert.resend-delay=" + o.ResendDelay.String(),
	}
	if o.Consoles != "" {
		args = append(args, "--web.console.templates="+o.Consoles, "--web.console.libraries="+o.Consoles)
	}
	p.Process, err = Start(ctx, o.Dir, p.URL+"/-/ready", o.Path, args...)
	return err
}

// Query returns how many series the answer to an instant query has.
func (p *Prometheus) Query(ctx context.Context, expr string) (int, error) {
	var answer struct {
		Data struct {
			Result []json.RawMessage `json:"result"`
		} `json:"data"`
	}
	err := p.get(ctx, "/api/v1/query?query="+url.QueryEscape(expr), &answer)
	return len(answer.Data.Result), err
}

// LastEvaluation is when a group of rules was evaluated last.
func (p *Prometheus) LastEvaluation(ctx context.Context, group string) (time.Time, error) {
	var answer struct {
		Data struct {
			Groups []struct {
				LastEvaluation time.Time `json:"lastEvaluation"`
			} `json:"groups"`
		} `json:"data"`
	}
	err := p.get(ctx, "/api/v1/rules?exclude_alerts=true&rule_group[]="+url.QueryEscape(group), &answer)
	if err == nil && len(answer.Data.Groups) != 1 {
		err = fmt.Errorf("%d groups %s", len(answer.Data.Groups), group)
	}
	if err != nil {
		return time.Time{}, err
	}
	return answer.Data.Groups[0].LastEvaluation, nil
}

func (p *Prometheus) get(ctx context.Context, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+path, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

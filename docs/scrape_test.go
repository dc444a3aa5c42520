package docs_test

import (
	"regexp"
	"strings"
	"testing"
)

// scrapeJob is a job that scrapes the exporter, up to its targets, in Prometheus's
// words or in those of its operator.
var scrapeJob = regexp.MustCompile(`(?s)(job_name: prisma\b|\n  endpoints:).*?(static_configs|http_sd_configs|scrapeTimeout)`)

// TestExamplesHonourLabels keeps a target label from taking the place of a label of
// the exporter's: alerts of several tenants would be taken for one.
func TestExamplesHonourLabels(t *testing.T) {
	n := 0
	for _, file := range files(t, func(path string) bool {
		return strings.HasSuffix(path, ".md") || strings.HasPrefix(path, "deploy/") && strings.Contains(path, ".y") || strings.HasSuffix(path, "stack/prometheus.go")
	}) {
		for _, job := range scrapeJob.FindAllString(read(t, file), -1) {
			n++
			if !strings.Contains(job, "honor_labels: true") && !strings.Contains(job, "honorLabels: true") {
				t.Errorf("%s has no honor_labels:\n%s", file, job)
			}
		}
	}
	if n < 10 {
		t.Errorf("%d examples of a scrape were found, want at least 10", n)
	}
}

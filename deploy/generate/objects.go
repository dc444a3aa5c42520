package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// common are the labels of all objects of this directory.
const common = `    app.kubernetes.io/name: prisma-exporter
    app.kubernetes.io/part-of: prisma-exporter
`

func header(source string) string {
	return "---\n# Made from " + source + " by `make docs`; do not edit.\n"
}

// prometheusRule is what the Prometheus Operator makes rules of. Its spec is
// the same as a rule file, which is therefore only moved to the right.
func prometheusRule(source, text string) (string, error) {
	text = strings.TrimPrefix(text, "---\n")
	if !strings.Contains("\n"+text, "\ngroups:\n") {
		return "", errors.New("no line `groups:`: is it a rule file?")
	}
	return header("alerts/"+filepath.Base(source)) + `apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: ` + stem(source) + `
  labels:
` + common + "spec:\n" + indented(text, "  "), nil
}

// dashboard is a ConfigMap as the sidecar of Grafana's Helm chart looks for
// them. There is one for each dashboard because a ConfigMap has a most size.
func dashboard(source, text string) (string, error) {
	var d struct{ UID string }
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return "", fmt.Errorf("no JSON: %w", err)
	}
	if d.UID == "" {
		return "", errors.New("a dashboard without a uid")
	}
	if strings.Contains(text, "\t") || !strings.HasPrefix(text, "{") {
		return "", errors.New("a dashboard that is not indented with blanks, or does not begin with a brace, does not go into YAML as it is")
	}
	return header("dashboards/"+filepath.Base(source)) + `apiVersion: v1
kind: ConfigMap
metadata:
  name: prisma-exporter-dashboard-` + stem(source) + `
  labels:
` + common + `    grafana_dashboard: "1"
  annotations:
    grafana_folder: Prisma Access
data:
  ` + d.UID + ".json: |\n" + indented(strings.TrimRight(text, "\n")+"\n", "    "), nil
}

// indented moves a text to the right, but for empty lines.
func indented(text, by string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString(by)
		}
		b.WriteString(line)
	}
	return b.String()
}

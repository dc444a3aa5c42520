package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// console is a page of Prometheus that shows what fires. A Prometheus that the
// go command builds lacks its own pages, which a release has.
const console = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta http-equiv="refresh" content="15"><title>Prisma alerts</title>
<style>body{font-family:sans-serif;margin:2em}td,th{text-align:left;padding:.2em 1em .2em 0;border-bottom:1px solid #ccc}</style></head>
<body><h1>Firing alerts</h1>
<table><tr><th>severity</th><th>alert</th><th>tenant or company</th><th>Prisma's alert, or site, tunnel, location</th></tr>
{{ range query "ALERTS{alertstate='firing'}" | sortByLabel "severity" }}
<tr><td>{{ .Labels.severity }}</td><td>{{ .Labels.alertname }}</td><td>{{ .Labels.tenant }}{{ .Labels.company }}</td>
<td>{{ with .Labels.alert_id }}{{ . }} {{ end }}{{ with .Labels.code }}{{ . }} {{ end }}{{ with .Labels.tunnel }}{{ . }} {{ end }}{{ with .Labels.site }}{{ . }} {{ end }}{{ with .Labels.location }}{{ . }}{{ end }}</td></tr>
{{ else }}<tr><td colspan="4">No alert fires yet.</td></tr>{{ end }}
</table></body></html>
`

// writeConsole writes the page and returns its directory.
func writeConsole(dir string) (string, error) {
	consoles := filepath.Join(dir, "consoles")
	if err := os.Mkdir(consoles, 0o755); err != nil {
		return "", err
	}
	return consoles, os.WriteFile(filepath.Join(consoles, "prisma.html"), []byte(console), 0o644)
}

const screen = `
  %s      the exporter
  %s      the simulated API: raise and clear alerts, inject faults
  %scapacity/      the simulated capacity platform: generate a new token
  %s      Alertmanager
  %s/consoles/prisma.html      Prometheus: the alerts that fire
  %s/api/v1/alerts      Prometheus: the same with labels and annotations
  %s/alerts      Prometheus: its own page, if it has one

  A Prometheus that is built from its Go module lacks the pages of a release. To
  see them, start the demo with PROMETHEUS=/path/to/prometheus. Stop with Ctrl-C.
  Notifications appear below.

`

// simulated finds where the simulated API is in what the exporter printed.
var simulated = regexp.MustCompile(`http://\S+/-/`)

func tell(log, exporter, prometheus, alertmanager string) {
	text, err := os.ReadFile(log)
	api := simulated.Find(text)
	if err != nil || api == nil {
		api = []byte("(see the log of the exporter)/")
	}
	fmt.Printf(screen, "http://"+exporter, api, api, alertmanager, prometheus, prometheus, prometheus)
}

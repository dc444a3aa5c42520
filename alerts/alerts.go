// Package alerts is what Prometheus and Alertmanager need to page for Prisma
// Access and for the capacity platform: rules and an example of a route. The
// exporter serves them, so that those who run a binary or an image have those of
// its version.
package alerts

import (
	"embed"
	"io/fs"
)

//go:embed *.rules.yml alertmanager.*.yml
var files embed.FS

// Files holds the files by name, without directories.
func Files() fs.FS { return files }

// A File is one of the files, for a list of them.
type File struct{ Name, Description string }

// List lists the files in the order in which somebody who sets them up would
// read them.
func List() []File {
	return []File{
		{"prisma-alerts.rules.yml", "Prometheus rules: an alert for each alert of Prisma"},
		{"prisma-incidents.rules.yml", "Prometheus rules: an alert for each incident of tenants whose alerts are not listed"},
		{"prisma-health.rules.yml", "Prometheus rules: locations, sites and tunnels"},
		{"prisma-licenses.rules.yml", "Prometheus rules: licences that end or run out"},
		{"prisma-service-status.rules.yml", "Prometheus rules: what the vendor's service status page says"},
		{"prisma-exporter.rules.yml", "Prometheus rules: the exporter itself"},
		{"prisma-capacity.rules.yml", "Prometheus rules: companies on the capacity platform"},
		{"alertmanager.example.yml", "Alertmanager: an example of routes and inhibitions"},
		{"alertmanager.receivers.example.yml", "Alertmanager: receivers for PagerDuty, Opsgenie, Slack, Teams and e-mail"},
	}
}

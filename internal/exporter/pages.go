package exporter

import (
	"net/http"
	"strings"

	"github.com/prometheus/common/version"

	"github.com/prisma-exporter/prisma_exporter/alerts"
	"github.com/prisma-exporter/prisma_exporter/dashboards"
	"github.com/prisma-exporter/prisma_exporter/internal/servicestatus"
	"github.com/prisma-exporter/prisma_exporter/internal/statuspage"
	"github.com/prisma-exporter/prisma_exporter/internal/web"
)

// webOptions are what is served.
func (e *Exporter) webOptions() (web.Options, error) {
	o := e.options.CLI
	var names []string
	for _, c := range o.Collectors {
		names = append(names, c.Name)
	}
	if o.ServiceStatus.On {
		names = append(names, servicestatus.Name)
	}
	boards, err := e.dashboards()
	if err != nil {
		return web.Options{}, err
	}
	return web.Options{
		Fleet: e.fleet, Settled: e.finder.Settled, Reload: e.Reload, Own: e.registry, Status: e.status(),
		Lists:       map[string]http.Handler{"/alerts/": e.rules(), "/dashboards/": boards},
		RoutePrefix: o.RoutePrefix, TelemetryPath: o.TelemetryPath, ProbeOnly: o.ProbeOnly, Collectors: names,
		Timeout: o.ScrapeTimeout, Offset: o.TimeoutOffset, MaxRequests: o.MaxRequests, Panics: e.panics, Logger: e.options.Logger,
	}, nil
}

// status is the page at /. Its links are relative to it, so that they are right
// whatever a proxy puts before them.
func (e *Exporter) status() *statuspage.Handler {
	return &statuspage.Handler{
		Members: e.statuses, Discoveries: e.finder.Status, Budget: func() (used, limit int) { return e.budget.Used(), e.budget.Limit() },
		Plan:    func() string { return e.budget.Plan().String() },
		Notices: func() []string { return *e.notices.Load() }, Version: shownVersion(),
		Links: []statuspage.Link{
			{Path: strings.TrimPrefix(e.options.CLI.TelemetryPath, "/"), Text: "Metrics"},
			{Path: "targets", Text: "Targets"},
			{Path: "alerts/", Text: "Rules"},
			{Path: "dashboards/", Text: "Dashboards"},
			{Path: "-/healthy", Text: "Health"},
		},
	}
}

func (e *Exporter) rules() *statuspage.List {
	list := &statuspage.List{
		Title: "Rules", Text: "Rules for Prometheus and example configurations for Alertmanager, for this version.",
		Version: shownVersion(), Content: alerts.Files(), Address: e.external("/alerts/"),
	}
	for _, f := range alerts.List() {
		list.Files = append(list.Files, statuspage.File{Name: f.Name, Text: f.Description})
	}
	return list
}

func (e *Exporter) dashboards() (*statuspage.List, error) {
	list := &statuspage.List{
		Title: "Dashboards", Text: "Dashboards for Grafana, for this version, to import or to provision.",
		Version: shownVersion(), Content: dashboards.Files, Address: e.external("/dashboards/"),
	}
	all, err := dashboards.List()
	for _, d := range all {
		list.Files = append(list.Files, statuspage.File{Name: d.File, Text: d.Title + ". " + d.Description})
	}
	return list, err
}

// external is the address of a route as people outside have it, "" where nobody
// has said.
func (e *Exporter) external(path string) string {
	if e.options.CLI.ExternalURL == "" {
		return ""
	}
	return e.options.CLI.ExternalURL + path
}

// shownVersion is the version as pages say it. It is not known before main has
// set it.
func shownVersion() string { return "version " + version.Version }

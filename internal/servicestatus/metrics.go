package servicestatus

import (
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

const (
	stateOperational = "operational"
	stateUnknown     = "unknown"
)

// componentStates are the words for a component, from the best to the worst.
var componentStates = []string{stateOperational, stateUnknown, "under_maintenance", "degraded_performance", "partial_outage", "major_outage"}

var (
	componentLabels       = []string{"group", "component"}
	incidentLabels        = []string{"incident_id"}
	incidentInfoLabels    = []string{"incident_id", "title", "impact", "state"}
	maintenanceLabels     = []string{"maintenance_id"}
	maintenanceInfoLabels = []string{"maintenance_id", "title", "state"}
)

// The metrics of the page.
var (
	componentState = &exposition.Metric{
		Name: "prisma_sase_service_state", Type: exposition.Gauge, Labels: componentLabels, States: componentStates,
		Help: "State of a component on the vendor's service status page: 1 for the current state, 0 for the others (summary.json: components). group is the heading of the component. People update the page by hand, usually after telemetry has shown a problem.",
	}
	incidentInfo = &exposition.Metric{
		Name: "prisma_sase_service_incident_info", Type: exposition.Gauge, Labels: incidentInfoLabels,
		Help: "Unresolved incident on the vendor's service status page, always 1 (summary.json: incidents). Not every incident is an outage: notices can stay for months.",
	}
	incidentUpdated = &exposition.Metric{
		Name: "prisma_sase_service_incident_updated_timestamp_seconds", Type: exposition.Gauge, Labels: incidentLabels,
		Help: "Time when the vendor last updated the incident (summary.json: updated_at).",
	}
	maintenanceInfo = &exposition.Metric{
		Name: "prisma_sase_maintenance_info", Type: exposition.Gauge, Labels: maintenanceInfoLabels,
		Help: "Upcoming or active maintenance on the vendor's service status page, always 1 (summary.json: scheduled_maintenances). state is the page's value, such as scheduled or in_progress.",
	}
	maintenanceStart = &exposition.Metric{
		Name: "prisma_sase_maintenance_start_timestamp_seconds", Type: exposition.Gauge, Labels: maintenanceLabels,
		Help: "Time when the maintenance starts, as announced (summary.json: scheduled_for).",
	}
	maintenanceEnd = &exposition.Metric{
		Name: "prisma_sase_maintenance_end_timestamp_seconds", Type: exposition.Gauge, Labels: maintenanceLabels,
		Help: "Time when the maintenance ends, as announced (summary.json: scheduled_until).",
	}
)

var polls = poll.NewMetrics("prisma_sase_scrape_", "service status page", nil)

// Metrics are the metrics of the page.
func Metrics() []*exposition.Metric {
	return append([]*exposition.Metric{
		componentState, incidentInfo, incidentUpdated, maintenanceInfo, maintenanceStart, maintenanceEnd,
	}, polls.All()...)
}

// parts are the series of what the page says.
func (s *summary) parts() []exposition.Part {
	b := exposition.NewBuilder()
	for _, c := range s.Components {
		b.AddState(componentState, b.Labels(componentLabels, c.group, c.Name), c.state)
	}
	for _, i := range s.Incidents {
		id := insights.Clean(i.ID)
		b.Add(incidentInfo, b.Labels(incidentInfoLabels, id, insights.Clean(i.Name), word(i.Impact), word(i.Status)), 1)
		b.AddTime(incidentUpdated, b.Labels(incidentLabels, id), instant(i.Updated))
	}
	for _, m := range s.Maintenances {
		id := insights.Clean(m.ID)
		b.Add(maintenanceInfo, b.Labels(maintenanceInfoLabels, id, insights.Clean(m.Name), word(m.Status)), 1)
		l := b.Labels(maintenanceLabels, id)
		b.AddTime(maintenanceStart, l, instant(m.Start))
		b.AddTime(maintenanceEnd, l, instant(m.End))
	}
	return b.Parts()
}

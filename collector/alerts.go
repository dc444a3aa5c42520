package collector

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var alertsDefinition = Definition{
	Name: "alerts", Help: "Prisma's own alerts.", Default: true, MinInterval: 30 * time.Second,
	Urgency: insights.Alerts, Queries: 1,
	Resources: []insights.Resource{insights.AlertsCurrent, insights.AlertsList},
	Metrics:   alertMetrics, New: newAlerts,
}

var (
	alertLabels      = []string{"alert_id", "prisma_severity", "category", "code", "state"}
	alertInfoLabels  = []string{"alert_id", "message", "site", "tunnel", "location", "bgp_peer"}
	alertCountLabels = []string{"prisma_severity", "category", "state"}
	raisedLabels     = []string{"prisma_severity", "category"}
	clearedLabels    = []string{"prisma_severity", "category", "clear_reason"}
)

// The metrics of Prisma's own alerts.
var (
	alertRaised = &exposition.Metric{
		Name: "prisma_access_alert_raised_timestamp_seconds", Type: exposition.Gauge, Labels: alertLabels,
		Help: "Time when the alert was raised, with one series per open alert (prisma_sase_external_alerts_current: raised_time). Limited to --collector.alerts.max-series series.",
	}
	alertInfo = &exposition.Metric{
		Name: "prisma_access_alert_info", Type: exposition.Gauge, Labels: alertInfoLabels,
		Help: "Details of an open alert, always 1 (prisma_sase_external_alerts_current: message, primary_impacted_objects, resource_context).",
	}
	alertsOpen = &exposition.Metric{
		Name: "prisma_access_alerts", Type: exposition.Gauge, Labels: alertCountLabels,
		Help: "Number of open alerts (prisma_sase_external_alerts_current). Combinations of labels that had open alerts before are 0. Each severity also has a series with an empty category, usually 0. Alerts of severity Notification are not counted, as in the vendor's examples.",
	}
	alertsRaised = &exposition.Metric{
		Name: "prisma_access_alerts_raised_total", Type: exposition.Counter, Labels: raisedLabels,
		Help: "Alerts raised since the exporter started, including those cleared again between two scrapes.",
	}
	alertsCleared = &exposition.Metric{
		Name: "prisma_access_alerts_cleared_total", Type: exposition.Counter, Labels: clearedLabels,
		Help: "Alerts cleared since the exporter started. clear_reason is unobserved for alerts that disappeared from the API without being reported as cleared.",
	}
	alertsDropped = &exposition.Metric{
		Name: "prisma_access_alerts_dropped", Type: exposition.Gauge,
		Help: "Open alerts that have no series because there are more than --collector.alerts.max-series.",
	}
)

var alertMetrics = append([]*exposition.Metric{alertRaised, alertInfo, alertsOpen, alertsRaised, alertsCleared, alertsDropped}, alertCountsMetrics...)

// The states of an alert.
const (
	alertStateRaised  = "raised"
	alertStateChild   = "raised_child"
	alertStateCleared = "cleared"
	alertStateUnknown = "unknown"
)

// severities are the severities that the API has been seen to use, the most
// urgent first.
var severities = []string{"Critical", "High", "Medium", "Low", "Informational"}

// notification is a severity that every example of the API leaves out.
const notification = "Notification"

// categories are those of the API's alerts and of its former incidents view.
var categories = []string{
	"Application Experience", "Authentication", "Certificates", "DNS", "EP", "GATEWAY", "GP", "MU", "PORTAL",
	"Prisma Access Infrastructure", "RN", "SC", "Security", "ZTNA",
}

// alertsCollector reads Prisma's alerts and remembers them, to count what
// happens between two polls.
type alertsCollector struct {
	lookback  insights.Window
	maxSeries int
	history   *history
	counts    *openCounts
}

func newAlerts(o Options) Collector {
	return &alertsCollector{
		lookback: o.AlertsLookback, maxSeries: o.MaxAlertSeries,
		history: newHistory(o.Started, o.AlertsLookback.Span(), severities), counts: newOpenCounts(severities),
	}
}

// Update implements Collector.
func (c *alertsCollector) Update(ctx context.Context, api insights.API, emit *Emitter) error {
	now := time.Now()
	c.history.begin(now)
	rows, answer, err := query[alertRow](ctx, api, alertsQuery(c.window(now)))
	if err != nil {
		return c.without(ctx, api, emit, err)
	}
	all := make([]*event, 0, len(rows))
	for _, r := range rows {
		if !strings.EqualFold(r.severity, notification) {
			r.read(emit)
			all = append(all, &r.event)
		}
	}
	// Of one alert there may be a row for each time that it was raised.
	events, err := unique(all, emit, "alert_id", (*event).identified, compareEvents, (*event).merge)
	if err != nil {
		return err
	}
	if len(all) == 0 && emit.first != nil {
		if err := emit.first.look(ctx, insights.AlertsCurrent); err != nil {
			return err
		}
	}
	if err := emit.Count("alert", countOpen(events)); err != nil {
		return err
	}
	c.history.note(events, answeredAt(now, answer), answer.Truncated)
	open := openEvents(events, emit)
	emit.open = bySeverity(open)
	emit.Value(alertsCountsOnly, emit.Labels(nil), 0)
	c.counts.emit(open, emit, alertsOpen)
	c.history.emit(emit, alertsRaised, alertsCleared)
	c.emitAlerts(open, emit)
	return nil
}

// without is the poll of a tenant that did not give its alerts. It is a good
// one only where the API has counts in their place: a good poll without alerts
// says that all of them are cleared. One that gave a list is not taken for such a
// tenant before it has answered for an hour that it has none (see availability).
func (c *alertsCollector) without(ctx context.Context, api insights.API, emit *Emitter, err error) error {
	if !errors.Is(err, insights.ErrMissing) {
		return err
	}
	if errCounts := updateCounts(ctx, api, c.lookback, emit); errCounts != nil {
		if optionalColumn(errCounts) == nil {
			return err // which tells more
		}
		return errCounts
	}
	return nil
}

// window is how far back to look for alerts that changed: the look-back of
// the configuration or, after polls have failed for longer, as far as the
// last one that did not.
func (c *alertsCollector) window(now time.Time) insights.Window {
	if c.history.last.IsZero() {
		return c.lookback
	}
	return insights.WindowOver(max(c.lookback.Span(), now.Sub(c.history.last)+time.Minute))
}

// alertsQuery asks for all open alerts and for those that changed within the
// window. The aliases, the functions and the order are those of the API's own
// example; by that order it is the cleared ones that a full answer cuts off.
func alertsQuery(window insights.Window) insights.Query {
	return insights.Query{
		Resource: insights.AlertsCurrent,
		Urgency:  insights.Alerts,
		Properties: []insights.Property{
			{Name: "alert_id"},
			{Name: "severity"},
			{Name: "message", Alias: "Alert_Name"},
			{Name: "raised_time"},
			{Name: "updated_time", Sort: &insights.Sort{Order: "desc", Sequence: 2}},
			{Name: "state", Sort: &insights.Sort{Order: "desc", Sequence: 1}},
			{Name: "category"},
			{Name: "code"},
			{Name: "primary_impacted_objects", Alias: "Primary_Impacted_Objects", Function: insights.ToJSONString},
			{Name: "clear_reason"},
			{Name: "resource_context", Alias: "related_objects", Function: insights.ToJSONString},
		},
		Filter: insights.Any(insights.In("state", "Raised", "RaisedChild"), window.Of("updated_time")),
	}
}

// emitAlerts writes the series of single alerts.
func (c *alertsCollector) emitAlerts(open []*event, emit *Emitter) {
	kept := mostUrgent(open, c.maxSeries)
	for _, r := range kept {
		emit.Value(alertRaised, emit.Labels(alertLabels, r.id, r.severity, r.category, r.code, r.state), seconds(c.history.raised(r)))
		emit.Value(alertInfo, emit.Labels(alertInfoLabels, r.id, r.text, r.about.site, r.about.tunnel, r.about.location, r.about.peer), 1)
	}
	emit.Value(alertsDropped, emit.Labels(nil), float64(len(open)-len(kept)))
}

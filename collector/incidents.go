package collector

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var incidentsDefinition = Definition{
	Name: "incidents", Help: "Prisma's incidents. Only for tenants with a service account.", Default: true, MinInterval: time.Minute,
	Urgency: insights.Alerts, Queries: 2, ServiceAccount: true,
	Resources: []insights.Resource{insights.Incidents},
	Metrics:   incidentMetrics, New: newIncidents,
}

var (
	incidentIDLabels   = []string{"incident_id"}
	incidentLabels     = []string{"incident_id", "prisma_severity", "category", "code", "product", "state"}
	incidentInfoLabels = []string{"incident_id", "title", "site", "tunnel", "location", "bgp_peer"}
)

// The metrics of Prisma's incidents.
var (
	incidentRaised = &exposition.Metric{
		Name: "prisma_access_incident_raised_timestamp_seconds", Type: exposition.Gauge, Labels: incidentLabels,
		Help: "Time when the incident was raised, with one series per open incident (incidents search: raised_time). Limited to --collector.alerts.max-series series.",
	}
	incidentInfo = &exposition.Metric{
		Name: "prisma_access_incident_info", Type: exposition.Gauge, Labels: incidentInfoLabels,
		Help: "Details of an open incident, always 1 (incidents search: title, primary_impacted_objects). Several names are separated by commas.",
	}
	incidentAcknowledged = &exposition.Metric{
		Name: "prisma_access_incident_acknowledged", Type: exposition.Gauge, Labels: incidentIDLabels,
		Help: "Whether the open incident is acknowledged: 1 yes, 0 no (incidents search: acknowledged).",
	}
	incidentsOpen = &exposition.Metric{
		Name: "prisma_access_incidents", Type: exposition.Gauge, Labels: alertCountLabels,
		Help: "Number of open incidents of the product Prisma Access (incidents search). A severity without incidents is 0, with an empty category.",
	}
	incidentsReported = &exposition.Metric{
		Name: "prisma_access_incidents_reported", Type: exposition.Gauge,
		Help: "Number of open incidents as reported by the API (incidents search: header.pagination.total_count). If it exceeds the sum of prisma_access_incidents, the exporter could not read all pages, and keeps the incidents that were open before.",
	}
	incidentsRaised = &exposition.Metric{
		Name: "prisma_access_incidents_raised_total", Type: exposition.Counter, Labels: raisedLabels,
		Help: "Incidents raised since the exporter started. Each combination of labels starts at 0 when it is first seen.",
	}
	incidentsCleared = &exposition.Metric{
		Name: "prisma_access_incidents_cleared_total", Type: exposition.Counter, Labels: clearedLabels,
		Help: "Incidents cleared since the exporter started. The API gives no reason. clear_reason is unknown for incidents that it reports as cleared, and unobserved for incidents that it no longer lists.",
	}
	incidentsDropped = &exposition.Metric{
		Name: "prisma_access_incidents_dropped", Type: exposition.Gauge,
		Help: "Open incidents that have no series because there are more than --collector.alerts.max-series.",
	}
)

var incidentMetrics = []*exposition.Metric{
	incidentRaised, incidentInfo, incidentAcknowledged, incidentsOpen, incidentsReported, incidentsRaised, incidentsCleared, incidentsDropped,
}

// incidentStateClearPending is a state that incidents have beside those of
// alerts: it is open until it is cleared.
const incidentStateClearPending = "clear_pending"

// incidentSeverities are the words of the settings and of the webhooks.
var incidentSeverities = []string{"Critical", "High", "Warning", "Medium", "Low", "Informational"}

// openStatus are the words of open incidents. That a filter may name all of them
// is not documented; the one that the vendor's example has is the first.
var openStatus = []any{"Raised", "RaisedChild", "ClearPending"}

const (
	// serverError is the HTTP status that the API answers to what it does not
	// know, each time.
	serverError = 500
	// recentlyCleared is how many of the incidents that changed last are looked
	// at to see which were cleared: a page.
	recentlyCleared = 50
	// narrowFor is how long a filter that was refused is not tried again.
	narrowFor = time.Hour
)

// incidentsCollector reads Prisma's incidents and remembers them, to count what
// happens between two polls.
type incidentsCollector struct {
	maxSeries int
	history   *history
	counts    *openCounts
	// open are those of the last poll, by their ID.
	open map[string]*incidentRow
	// narrowUntil is until when only the first of openStatus is asked for.
	narrowUntil time.Time
}

func newIncidents(o Options) Collector {
	return &incidentsCollector{
		maxSeries: o.MaxAlertSeries,
		history:   newHistory(o.Started, o.AlertsLookback.Span(), incidentSeverities), counts: newOpenCounts(incidentSeverities),
	}
}

// Update implements Collector.
func (c *incidentsCollector) Update(ctx context.Context, api insights.API, emit *Emitter) error {
	now := time.Now()
	c.history.begin(now)
	rows, answer, err := c.search(ctx, api, now)
	if err != nil {
		return optional(err)
	}
	cleared, _, err := query[incidentRow](ctx, api, incidentsQuery("cleared", "Cleared"))
	if optional(err) != nil {
		return err
	}
	listed := len(rows)
	if listed == 0 && emit.first != nil {
		if err := emit.first.look(ctx, insights.Incidents); err != nil {
			return err
		}
	}
	for _, r := range append(rows, cleared...) {
		r.read(emit)
	}
	rows, err = unique(append(rows, cleared...), emit, "incident_id", (*incidentRow).identified, compareIncidents, (*incidentRow).mergeIncident)
	if err != nil {
		return err
	}
	partial := answer.Truncated || countOpen(eventsOf(rows)) < answer.Total
	rows = c.withMissed(rows, partial)
	events := eventsOf(rows)
	if err := emit.Count("incident", countOpen(events)); err != nil {
		return err
	}
	c.history.note(events, answeredAt(now, answer), partial)
	open := openEvents(events, emit)
	emit.open = bySeverity(open)
	c.emit(open, emit)
	emit.Value(incidentsReported, emit.Labels(nil), float64(max(answer.Total, listed)))
	return nil
}

// emit writes the series of a poll.
func (c *incidentsCollector) emit(open []*event, emit *Emitter) {
	c.counts.emit(open, emit, incidentsOpen)
	c.history.emit(emit, incidentsRaised, incidentsCleared)
	kept := mostUrgent(open, c.maxSeries)
	for _, r := range kept {
		row := c.open[r.id]
		emit.Value(incidentRaised, emit.Labels(incidentLabels, r.id, r.severity, r.category, r.code, row.product, r.state), seconds(c.history.raised(r)))
		emit.Value(incidentInfo, emit.Labels(incidentInfoLabels, r.id, r.text, r.about.site, r.about.tunnel, r.about.location, r.about.peer), 1)
		if a := row.acknowledged; a.Valid {
			v := 0.0
			if a.Value {
				v = 1
			}
			emit.Value(incidentAcknowledged, emit.Labels(incidentIDLabels, r.id), v)
		}
	}
	emit.Value(incidentsDropped, emit.Labels(nil), float64(len(open)-len(kept)))
}

// search asks for the open incidents. A filter that the API refuses, or fails
// on, is tried in the words of its own example.
func (c *incidentsCollector) search(ctx context.Context, api insights.API, now time.Time) ([]*incidentRow, insights.Answer, error) {
	if now.Before(c.narrowUntil) {
		return query[incidentRow](ctx, api, incidentsQuery("", openStatus[0]))
	}
	rows, answer, err := query[incidentRow](ctx, api, incidentsQuery("", openStatus...))
	failed, ok := errors.AsType[*insights.Error](err)
	if !ok || !errors.Is(failed.Kind, insights.ErrRefused) && failed.Status != serverError {
		return rows, answer, err
	}
	narrow, answer, errNarrow := query[incidentRow](ctx, api, incidentsQuery("", openStatus[0]))
	if errNarrow != nil {
		return nil, answer, err
	}
	c.narrowUntil = now.Add(narrowFor)
	return narrow, answer, nil
}

// incidentsQuery asks for the incidents of Prisma Access by their status: for
// all that are open, or for some of the others, the last changed first.
func incidentsQuery(variant string, status ...any) insights.Query {
	q := insights.Query{
		Resource: insights.Incidents, Variant: variant, Urgency: insights.Alerts,
		Filter: insights.All(insights.In("status", status...), insights.In("product", "Prisma Access")),
	}
	if variant != "" {
		q.Count = recentlyCleared
	}
	return q
}

// withMissed adds to the rows of an answer that is not whole what was open
// before and is not among them: a page that was missed clears nothing.
func (c *incidentsCollector) withMissed(rows []*incidentRow, partial bool) []*incidentRow {
	open, told := map[string]*incidentRow{}, map[string]bool{}
	for _, r := range rows {
		if told[r.id] = true; r.state != alertStateCleared {
			open[r.id] = r
		}
	}
	if partial {
		for _, id := range sortedKeys(c.open, compareText) {
			if !told[id] {
				open[id] = c.open[id]
				rows = append(rows, c.open[id])
			}
		}
		slices.SortFunc(rows, compareIncidents)
	}
	c.open = open
	return rows
}

// eventsOf are the rows as events, in their order.
func eventsOf(rows []*incidentRow) []*event {
	events := make([]*event, len(rows))
	for i, r := range rows {
		events[i] = &r.event
	}
	return events
}

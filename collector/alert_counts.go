package collector

import (
	"cmp"
	"context"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var (
	alertOriginLabels = []string{"alert_sub_tenant"}
	alertKindLabels   = []string{"alert_sub_tenant", "node_type"}
)

// The metrics of a tenant whose alerts the API only counts.
var (
	alertsCountsOnly = &exposition.Metric{
		Name: "prisma_access_alerts_counts_only", Type: exposition.Gauge,
		Help: "Whether the API provides only alert counts for the tenant and no list of alerts (prisma_sase_external_alerts_current), so that no alert of the tenant can page: 1 yes, 0 no.",
	}
	alertsInWindow = &exposition.Metric{
		Name: "prisma_access_alerts_raised_in_window", Type: exposition.Gauge, Labels: alertOriginLabels,
		Help: "Alerts raised within --collector.alerts.lookback, open or not, by the sub-tenant in the API's answer (alerts_list: total_count). Exists only if prisma_access_alerts_counts_only is 1.",
	}
	alertsInWindowByKind = &exposition.Metric{
		Name: "prisma_access_alerts_raised_in_window_by_node_type", Type: exposition.Gauge, Labels: alertKindLabels,
		Help: "The alerts in prisma_access_alerts_raised_in_window, by the type of node that they are about (alerts_list: mu_count, rn_count, sc_count). Their sum can differ from prisma_access_alerts_raised_in_window.",
	}
)

var alertCountsMetrics = []*exposition.Metric{alertsCountsOnly, alertsInWindow, alertsInWindowByKind}

// alertCountsRow is a row of alerts_list, one for each sub-tenant.
type alertCountsRow struct {
	id                       insights.Scalar // a text, as far as was seen
	total, users, rns, conns insights.Number

	subTenant string
}

// Column implements insights.Row.
func (r *alertCountsRow) Column(name string) any {
	switch name {
	case "sub_tenant_id":
		return &r.id
	case "total_count":
		return &r.total
	case "mu_count":
		return &r.users
	case "rn_count":
		return &r.rns
	case "sc_count":
		return &r.conns
	}
	return nil
}

// identified is true of all rows: a tenant without sub-tenants has no ID to
// tell.
func (r *alertCountsRow) identified() bool { return true }

func compareAlertCounts(a, b *alertCountsRow) int { return cmp.Compare(a.subTenant, b.subTenant) }

func (r *alertCountsRow) merge(other *alertCountsRow) {
	r.total, r.users = newer(r.total, other.total), newer(r.users, other.users)
	r.rns, r.conns = newer(r.rns, other.rns), newer(r.conns, other.conns)
}

// alertCounts asks how many alerts were raised. The list needs no filter; what
// it counts without one is not known.
func alertCounts(window insights.Window) insights.Query {
	return insights.Query{
		Resource: insights.AlertsList,
		Urgency:  insights.Alerts,
		Filter:   insights.All(window.Of("event_time")),
	}
}

// updateCounts writes what there is of a tenant that lacks the list of alerts.
func updateCounts(ctx context.Context, api insights.API, window insights.Window, emit *Emitter) error {
	rows, _, err := query[alertCountsRow](ctx, api, alertCounts(window))
	if err != nil {
		return err
	}
	for _, r := range rows {
		r.subTenant = r.id.String()
	}
	counts, err := unique(rows, emit, "sub_tenant_id", (*alertCountsRow).identified, compareAlertCounts, (*alertCountsRow).merge)
	if err != nil {
		return err
	}
	emit.Value(alertsCountsOnly, emit.Labels(nil), 1)
	for _, r := range counts {
		emit.Number(alertsInWindow, emit.Labels(alertOriginLabels, r.subTenant), r.total, 1)
	}
	for _, r := range counts {
		for _, kind := range []struct {
			nodeType string
			count    insights.Number
		}{{mobileUsers, r.users}, {remoteNetwork, r.rns}, {serviceConnection, r.conns}} {
			emit.Number(alertsInWindowByKind, emit.Labels(alertKindLabels, r.subTenant, kind.nodeType), kind.count, 1)
		}
	}
	return nil
}

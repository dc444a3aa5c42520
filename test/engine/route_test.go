package engine

import (
	"strings"
	"testing"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/common/model"
)

// TestAlertmanagerAcceptsRoutes is `amtool check-config`.
func TestAlertmanagerAcceptsRoutes(t *testing.T) {
	t.Parallel()
	for _, file := range glob(t, "alertmanager*.yml") {
		route(t, file)
	}
}

func route(t *testing.T, file string) *dispatch.Route {
	t.Helper()
	c, err := config.LoadFile(file)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if _, err := template.FromGlobs(c.Templates); err != nil {
		t.Errorf("%s: %v", file, err)
	}
	return dispatch.NewRoute(c.Route, nil)
}

// asChild is the example's route below one that was there before, as
// docs/adopting.md shows it.
func asChild(t *testing.T, file string) *dispatch.Route {
	t.Helper()
	c, err := config.LoadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := amlabels.NewMatcher(amlabels.MatchRegexp, "alertname", "Prisma.*")
	if err != nil {
		t.Fatal(err)
	}
	c.Route.Matchers = config.Matchers{ours}
	return dispatch.NewRoute(&config.Route{Receiver: "default", Routes: []*config.Route{c.Route}}, nil)
}

// TestRoute is `amtool config routes test`: which receiver gets an alert.
func TestRoute(t *testing.T) {
	t.Parallel()
	file := glob(t, "alertmanager.example.yml")[0]
	root, child := route(t, file), asChild(t, file)
	for text, want := range map[string]string{
		"alertname=PrismaAlertCritical alert_id=a severity=critical tenant=acme": "pager",
		"alertname=PrismaAlertMedium alert_id=a severity=warning tenant=acme":    "team",
		"alertname=PrismaAlertLow alert_id=a severity=info tenant=acme":          "log",
		"alertname=PrismaHeartbeat severity=info":                                "heartbeat",
		"alertname=PrismaSiteDown severity=warning tenant=acme site=b":           "team",
		"alertname=PrismaSiteDown severity=critical tenant=acme site=b":          "pager",
		"alertname=PrismaTenantDown severity=critical tenant=acme":               "pager",
		"alertname=PrismaAlertsCountsOnly severity=warning tenant=acme":          "team",
		"alertname=PrismaServiceOutage severity=warning component=other":         "team",
		"alertname=PrismaServiceMaintenance severity=info component=other":       "log",
		"alertname=PrismaCapacityTokenRejected severity=critical company=acme":   "pager",
		"alertname=PrismaCapacityTargetFailing severity=warning company=acme":    "team",
		"alertname=PrismaCapacityTokenReplaced severity=info company=acme":       "log",
	} {
		alert := model.LabelSet{}
		for label := range strings.FieldsSeq(text) {
			name, value, _ := strings.Cut(label, "=")
			alert[model.LabelName(name)] = model.LabelValue(value)
		}
		if got := receiversOf(root, alert); got != want {
			t.Errorf("%s goes to %s, want %s", text, got, want)
		}
		if got := receiversOf(child, alert); got != want {
			t.Errorf("below another route, %s goes to %s, want %s", text, got, want)
		}
	}
	if got := receiversOf(child, model.LabelSet{"alertname": "HostDown", "severity": "critical"}); got != "default" {
		t.Errorf("an alert of somebody else goes to %s", got)
	}
}

// receiversOf are those that a route chooses for an alert.
func receiversOf(root *dispatch.Route, alert model.LabelSet) string {
	var names []string
	for _, r := range root.Match(alert) {
		names = append(names, r.RouteOpts.Receiver)
	}
	return strings.Join(names, ",")
}

// TestVendorsOutage: of a component that the example names, an outage pages, and both
// that and maintenance hide what tenants show at its location. Others hide nothing.
func TestVendorsOutage(t *testing.T) {
	t.Parallel()
	const named = "US East - Prisma Access"
	file := glob(t, "alertmanager.example.yml")[0]
	c, err := config.LoadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	outage := model.LabelSet{"alertname": "PrismaServiceOutage", "severity": "warning", "group": "Prisma Access", "component": named}
	matched := route(t, file).Match(outage)
	if len(matched) != 1 || matched[0].RouteOpts.Receiver != "pager" {
		t.Errorf("an outage of %s is told to %v", named, matched)
	}
	maintenance := model.LabelSet{"alertname": "PrismaServiceMaintenance", "severity": "info", "component": named}
	elsewhere := model.LabelSet{"alertname": "PrismaServiceOutage", "severity": "warning", "component": "UK - Prisma Access"}
	for name, target := range map[string]model.LabelSet{
		"an alert":    {"alertname": "PrismaAlertCritical", "severity": "critical", "tenant": "a", "alert_id": "1", "site": "b", "location": "US East", "code": "AL_RN_SITE_DOWN"},
		"an incident": {"alertname": "PrismaIncidentCritical", "severity": "critical", "tenant": "a", "incident_id": "1", "site": "b", "location": "US East"},
		"a site":      {"alertname": "PrismaSiteDown", "severity": "critical", "tenant": "a", "site": "b", "location": "US East"},
	} {
		if hides(c, outage, target) != 1 || hides(c, maintenance, target) != 1 || hides(c, elsewhere, target) != 0 {
			t.Errorf("%s at the location: hidden by %d rules, in maintenance by %d, by an outage elsewhere %d", name,
				hides(c, outage, target), hides(c, maintenance, target), hides(c, elsewhere, target))
		}
		target["location"] = "US West"
		if hides(c, outage, target) != 0 {
			t.Errorf("%s at another location is hidden", name)
		}
	}
	if hides(c, outage, model.LabelSet{"alertname": "PrismaTenantDown", "tenant": "a", "severity": "critical"}) != 0 {
		t.Error("what has no location is hidden")
	}
}

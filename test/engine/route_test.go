package engine

import (
	"strings"
	"testing"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
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

// TestRoute is `amtool config routes test`: which receiver gets an alert.
func TestRoute(t *testing.T) {
	t.Parallel()
	root := route(t, glob(t, "alertmanager.example.yml")[0])
	for text, want := range map[string]string{
		"alert_id=a severity=critical tenant=acme":                             "pager",
		"alert_id=a severity=warning tenant=acme":                              "team",
		"alert_id=a severity=info tenant=acme":                                 "log",
		"alertname=PrismaHeartbeat severity=info":                              "heartbeat",
		"alertname=PrismaSiteDown severity=warning tenant=acme site=b":         "team",
		"alertname=PrismaSiteDown severity=critical tenant=acme site=b":        "pager",
		"alertname=PrismaTenantDown severity=critical tenant=acme":             "pager",
		"alertname=PrismaAlertsCountsOnly severity=warning tenant=acme":        "team",
		"alertname=PrismaCapacityTokenRejected severity=critical company=acme": "pager",
		"alertname=PrismaCapacityTargetFailing severity=warning company=acme":  "team",
		"alertname=PrismaCapacityTokenReplaced severity=info company=acme":     "log",
	} {
		labels := model.LabelSet{}
		for label := range strings.FieldsSeq(text) {
			name, value, _ := strings.Cut(label, "=")
			labels[model.LabelName(name)] = model.LabelValue(value)
		}
		var got []string
		for _, r := range root.Match(labels) {
			got = append(got, r.RouteOpts.Receiver)
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%s is told to %v, want %s", text, got, want)
		}
	}
}

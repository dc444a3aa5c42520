package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
)

// signal is a series that tells whether something is well: its values while it
// is and while it is not. A value may be "gone", for no series at all, and "ramp",
// for a counter that grows.
type signal struct{ series, good, bad string }

// watchdogs are the alerts that tell of the exporter, with what they look at.
// Each has a tenant, company or instance of its own.
var watchdogs = []struct {
	alert   string
	signals []signal
	// within is how long it may take to fire at the longest interval.
	within time.Duration
	// target says that the alert is about a target, which goes on to be one.
	target bool
}{
	{"PrismaExporterDown", []signal{{`up{`, "up", "0"}, {`prisma_exporter_build_info{version="1"`, "1", "gone"}}, 6 * time.Minute, true},
	{"PrismaTenantMissing", []signal{
		{`prisma_access_up{tenant="missing",sub_tenant=""`, "1", "gone"}, {`prisma_access_rows_seen{tenant="missing",sub_tenant=""`, "1", "gone"},
	}, 15 * time.Minute, false},
	{"PrismaLabelClash", []signal{{`prisma_access_site_state{tenant="clash",site="dc",exported_site="berlin",state="up"`, "gone", "1"}}, 3 * time.Minute, true},
	{"PrismaConfigReloadFailed", []signal{{`prisma_exporter_config_last_reload_successful{`, "1", "0"}}, 11 * time.Minute, true},
	{"PrismaDiscoveryFailing", []signal{{`prisma_exporter_discovery_success{tenant="group"`, "1", "0"}}, 31 * time.Minute, false},
	{"PrismaDiscoveryTenantsLeftOut", []signal{{`prisma_exporter_discovery_left_out_tenants{tenant="group"`, "0", "3"}}, 31 * time.Minute, false},
	{"PrismaBudgetExhausted", []signal{
		{`prisma_exporter_api_budget_used_requests{`, "60", "599"}, {`prisma_exporter_api_budget_requests_per_minute{`, "600", "600"},
	}, 11 * time.Minute, true},
	{"PrismaTenantDown", []signal{{`prisma_access_up{tenant="down",sub_tenant="s"`, "1", "0"}}, 6 * time.Minute, false},
	{"PrismaAlertsNotPolled", []signal{{`prisma_access_scrape_collector_success{collector="alerts",tenant="polls"`, "1", "0"}}, 6 * time.Minute, false},
	{"PrismaAlertWithoutID", []signal{{`prisma_exporter_unknown_values_total{collector="alerts",field="alert_id",tenant="words"`, "0", "ramp"}}, 5 * time.Minute, false},
	{"PrismaUnknownValues", []signal{{`prisma_exporter_unknown_values_total{collector="alerts",field="state",tenant="words"`, "0", "ramp"}}, 5 * time.Minute, false},
	{"PrismaAlertsUnavailable", []signal{
		{`prisma_access_resource_state{resource="prisma_sase_external_alerts_current",state="missing",tenant="missing"`, "0", "1"},
	}, 16 * time.Minute, false},
	{"PrismaAlertsCountsOnly", []signal{{`prisma_access_alerts_counts_only{tenant="counts"`, "0", "1"}}, 11 * time.Minute, false},
	{"PrismaCollectorFailing", []signal{{`prisma_access_scrape_collector_success{collector="tunnels",tenant="polls"`, "1", "0"}}, 11 * time.Minute, false},
	{"PrismaCredentialRejected", []signal{{`prisma_exporter_credential_valid{tenant="key"`, "1", "0"}}, 6 * time.Minute, false},
	{"PrismaTokenRefreshFailing", []signal{{`prisma_exporter_token_refresh_failures_total{tenant="key"`, "0", "ramp"}}, 8 * time.Minute, false},
	{"PrismaAddressBlocked", []signal{{`prisma_exporter_breaker_open{reason="blocked",tenant="block"`, "0", "1"}}, 3 * time.Minute, false},
	{"PrismaBreakerOpen", []signal{{`prisma_exporter_breaker_open{reason="resource",tenant="open"`, "0", "1"}}, 11 * time.Minute, false},
	{"PrismaAnswerTruncated", []signal{{`prisma_access_scrape_collector_truncated{collector="tunnels",tenant="long"`, "0", "1"}}, 6 * time.Minute, false},
	{"PrismaAlertStorm", []signal{{`prisma_access_alerts{prisma_severity="High",category="RN",state="raised",tenant="storm"`, "3", "300"}}, 3 * time.Minute, false},
	{"PrismaAlertSeriesDropped", []signal{{`prisma_access_alerts_dropped{tenant="storm"`, "0", "3"}}, 3 * time.Minute, false},
	{"PrismaCapacityTokenRejected", []signal{{`prisma_capacity_token_valid{company="token"`, "1", "0"}}, 3 * time.Minute, false},
	{"PrismaCapacityTokenUnreadable", []signal{{`prisma_capacity_token_readable{company="file"`, "1", "0"}}, 6 * time.Minute, false},
	{"PrismaCapacityTargetFailing", []signal{{`prisma_capacity_scrape_resource_success{company="polls",resource="r"`, "1", "0"}}, 16 * time.Minute, false},
}

// outage is how long all is well before it is not, and how long it is not.
type outage struct{ scrape, evaluate, well, ill time.Duration }

// stays is the life of an exporter that is not restarted.
const stays = -1

// TestWatchdogs plays each fault with every third scrape lost and an exporter
// that is restarted in the middle, at short intervals and at the longest that
// docs/alerting.md allows, and over a weekend: the alert has to be silent before,
// in time, there until the end without a break, and gone after it.
func TestWatchdogs(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]outage{
		"scraped every 15s":         {15 * time.Second, time.Minute, 70 * time.Minute, time.Hour},
		"scraped every two minutes": {2 * time.Minute, time.Minute, 70 * time.Minute, time.Hour},
		"ill from Friday to Monday": {2 * time.Minute, 20 * time.Minute, 80 * time.Minute, 62 * time.Hour},
	} {
		for _, s := range semantics[:1+int(p.scrape/time.Minute)/2*int(time.Hour/p.ill)] {
			t.Run(name+", "+s.name, func(t *testing.T) {
				t.Parallel()
				g := p.group()
				g.run(t, p.evaluate, s.files(t, g.needed(t, glob(t, "*.rules.yml"))))
			})
		}
	}
}

// group is the play in the form of promtool's tests.
func (p outage) group() testGroup {
	g := testGroup{Interval: model.Duration(p.scrape)}
	for i, w := range watchdogs {
		for _, s := range w.signals {
			lives := []int{0, 1}
			if w.target {
				lives = []int{stays}
			}
			for _, life := range lives {
				labels := strings.Replace(fmt.Sprintf(`%s,job="prisma",instance="%d-%d"}`, s.series, i, life), "{,", "{", 1)
				g.Series = append(g.Series, inputSeries{labels, p.values(s, life)})
			}
		}
	}
	over := p.well + p.ill
	for _, w := range watchdogs {
		g.expect(fmt.Sprintf(`count(last_over_time(ALERTS{alertname=%q}[%s])) or vector(0)`, w.alert, p.well), p.well-p.evaluate, 0)
		g.expect(fmt.Sprintf(`max(ALERTS_FOR_STATE{alertname=%q}) <= bool %.0f`, w.alert, (p.well+w.within+p.evaluate).Seconds()), over-p.evaluate, 1)
		g.expect(fmt.Sprintf(`count(ALERTS{alertname=%q,alertstate="firing"})`, w.alert), over-p.evaluate, 1)
		g.expect(fmt.Sprintf(`count(ALERTS{alertname=%q}) or vector(0)`, w.alert), over+80*time.Minute, 0)
	}
	return g
}

// expect wants one number as the answer to a query.
func (g *testGroup) expect(expr string, at time.Duration, want float64) {
	g.ExprTests = append(g.ExprTests, exprTest{EvalTime: model.Duration(at), Expr: expr, Samples: []expSample{{"{}", want}}})
}

// values are the samples of a signal. The exporter is restarted in the middle of
// what is not well, under another name: its first life has 0, the second 1, and
// what is not touched by it -1.
func (p outage) values(s signal, life int) string {
	var out []string
	n := 0
	for at := time.Duration(0); at <= p.well+p.ill+85*time.Minute; at += p.scrape {
		restart := p.well + p.ill/2
		value := s.good
		if at >= p.well && at < p.well+p.ill {
			value = s.bad
		}
		lost := int(at/p.scrape)%3 == 2
		switch {
		case value == "up":
			value = "1"
			if lost {
				value = "0"
			}
		case life == 0 && at >= restart, life == 1 && at < restart+p.scrape, value == "gone":
			value = "_"
			if len(out) > 0 && out[len(out)-1] != "_" && out[len(out)-1] != "stale" {
				value = "stale"
			}
		case lost && !strings.HasPrefix(s.series, "up{"):
			value = "stale"
		case value == "ramp":
			n++
			value = fmt.Sprint(n)
		case s.bad == "ramp":
			value = fmt.Sprint(n)
		}
		out = append(out, value)
	}
	return strings.Join(out, " ")
}

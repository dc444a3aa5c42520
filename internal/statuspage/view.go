package statuspage

import (
	"fmt"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// view is what the page shows.
type view struct {
	Now     time.Time
	Version string
	Links   []Link
	Notices []string
	// BudgetUsed of BudgetLimit calls to the API in the last minute.
	BudgetUsed, BudgetLimit float64
	Discoveries             []discoveryView
	Scopes                  []scopeView
}

// discoveryView is a discovery of tenants.
type discoveryView struct {
	Name             string
	Verdict          verdict
	Credential       credential
	Tenants, LeftOut float64
	LastSuccess      time.Time
}

// scopeView is a tenant or sub-tenant, or a company.
type scopeView struct {
	poll.Summary
	Verdict    verdict
	Credential credential
	Polls      []pollView
	// TokenVerdict is that on the token of a company.
	TokenVerdict verdict
}

// verdict is a word for how something stands, and how that looks.
type verdict struct{ Class, Word string }

var (
	good    = verdict{"good", "ok"}
	waiting = verdict{"idle", "not asked yet"}
)

type pollView struct {
	poll.Status
	Verdict verdict
}

// credential is what the exporter's metrics tell of a tenant's credential.
type credential struct {
	Verdict            verdict
	TokenEnds, KeyEnds time.Time
	Calls, Failed      float64
}

func (h *Handler) view(now time.Time) view {
	own := h.gather()
	v := view{
		Now: now, Version: h.Version, Links: h.Links,
		BudgetUsed:  own.value("prisma_exporter_api_budget_used_requests", ""),
		BudgetLimit: own.value("prisma_exporter_api_budget_requests_per_minute", ""),
	}
	if h.Notices != nil {
		v.Notices = h.Notices()
	}
	for _, s := range own["prisma_exporter_discovery_tenants"].GetMetric() {
		v.Discoveries = append(v.Discoveries, own.discovery(s.Label[0].GetValue()))
	}
	for _, s := range h.Scopes() {
		one := scopeView{Summary: s, Credential: own.credential(s.Name), Verdict: verdictOf(s)}
		if s.Token != nil {
			one.TokenVerdict = verdictOfCredential(s.Token.Accepted, s.Token.Known)
		}
		for _, c := range s.Polls {
			one.Polls = append(one.Polls, pollView{c, verdictOfPoll(c)})
		}
		v.Scopes = append(v.Scopes, one)
	}
	return v
}

// verdictOf sums up a scope: it is as good as its worst collector.
func verdictOf(s poll.Summary) verdict {
	failing, polled := 0, 0
	for _, c := range s.Polls {
		if c.Polled() {
			polled++
			if !c.Success && !c.Idle {
				failing++
			}
		}
	}
	switch {
	case polled == 0:
		return waiting
	case failing == 0:
		return good
	case failing == polled:
		return verdict{"bad", "failing"}
	}
	return verdict{"poor", fmt.Sprintf("%d of %d failing", failing, polled)}
}

// metrics are the exporter's own, by name.
type metrics map[string]*dto.MetricFamily

func (h *Handler) gather() metrics {
	families, err := h.Own.Gather()
	_ = err // what could be gathered is there all the same, and /metrics logs the rest
	m := metrics{}
	for _, f := range families {
		m[f.GetName()] = f
	}
	return m
}

// of calls f for each series of a metric that belongs to a tenant.
func (m metrics) of(name, tenant string, f func(labels map[string]string, value float64)) {
	for _, s := range m[name].GetMetric() {
		labels := map[string]string{}
		for _, l := range s.Label {
			labels[l.GetName()] = l.GetValue()
		}
		if labels["tenant"] == tenant {
			f(labels, s.GetGauge().GetValue()+s.GetCounter().GetValue())
		}
	}
}

// value is that of a metric with one series for a tenant.
func (m metrics) value(name, tenant string) (value float64) {
	m.of(name, tenant, func(_ map[string]string, v float64) { value = v })
	return value
}

func (m metrics) discovery(name string) discoveryView {
	d := discoveryView{
		Name: name, Verdict: waiting, Credential: m.credential(name),
		Tenants:     m.value("prisma_exporter_discovery_tenants", name),
		LeftOut:     m.value("prisma_exporter_discovery_left_out_tenants", name),
		LastSuccess: instant(m.value("prisma_exporter_discovery_last_success_timestamp_seconds", name)),
	}
	m.of("prisma_exporter_discovery_success", name, func(_ map[string]string, v float64) {
		if d.Verdict = good; v != 1 {
			d.Verdict = verdict{"bad", "failing"}
		}
	})
	return d
}

func (m metrics) credential(tenant string) credential {
	c := credential{Verdict: waiting}
	m.of("prisma_exporter_credential_valid", tenant, func(_ map[string]string, v float64) {
		c.Verdict = verdictOfCredential(v == 1, true)
	})
	c.TokenEnds = instant(m.value("prisma_exporter_token_expiry_timestamp_seconds", tenant))
	c.KeyEnds = instant(m.value("prisma_exporter_credential_expiry_timestamp_seconds", tenant))
	m.of("prisma_exporter_api_requests_total", tenant, func(labels map[string]string, v float64) {
		c.Calls += v
		if labels["code"] != "200" {
			c.Failed += v
		}
	})
	return c
}

func instant(seconds float64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}

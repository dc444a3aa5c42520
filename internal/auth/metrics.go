package auth

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/secretfile"
)

var byTenant = []string{"tenant"}

// What is told of credentials that are traded for tokens.
var (
	tokenExpiry = &exposition.Metric{
		Name: "prisma_exporter_token_expiry_timestamp_seconds", Type: exposition.Gauge, Labels: byTenant,
		Help: "Time when the API token in use expires.",
	}
	tokenRefreshes = &exposition.Metric{
		Name: "prisma_exporter_token_refreshes_total", Type: exposition.Counter, Labels: byTenant,
		Help: "API tokens obtained with the tenant's credential.",
	}
	tokenFailures = &exposition.Metric{
		Name: "prisma_exporter_token_refresh_failures_total", Type: exposition.Counter, Labels: byTenant,
		Help: "Failed attempts to get an API token.",
	}
	credentialValid = &exposition.Metric{
		Name: "prisma_exporter_credential_valid", Type: exposition.Gauge, Labels: byTenant,
		Help: "Whether the API accepted the tenant's credential when it was last used: 1 yes, 0 no. It is also 0 if the exporter cannot read the credential's file.",
	}
	credentialLoaded = &exposition.Metric{
		Name: "prisma_exporter_credential_loaded_timestamp_seconds", Type: exposition.Gauge, Labels: byTenant,
		Help: "Time when the credential in use was first read from its file.",
	}
	credentialExpiry = &exposition.Metric{
		Name: "prisma_exporter_credential_expiry_timestamp_seconds", Type: exposition.Gauge, Labels: byTenant,
		Help: "Time when the API key of Insights 1.0 expires: one year after its issue date in the configuration or, if there is none, after the modification time of its file. The client secrets of 2.0 and 3.0 have no known expiry date and no series.",
	}
)

// OwnMetrics are what is told of credentials.
func OwnMetrics() []*exposition.Metric {
	return []*exposition.Metric{tokenExpiry, tokenRefreshes, tokenFailures, credentialValid, credentialLoaded, credentialExpiry}
}

// metrics are the series of all credentials of a process.
type metrics struct {
	tokenEnd, valid, loaded, expiry *prometheus.GaugeVec
	refreshes, failures             *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	return &metrics{
		tokenEnd:  exposition.NewGauge(r, tokenExpiry),
		refreshes: exposition.NewCounter(r, tokenRefreshes),
		failures:  exposition.NewCounter(r, tokenFailures),
		valid:     exposition.NewGauge(r, credentialValid),
		loaded:    exposition.NewGauge(r, credentialLoaded),
		expiry:    exposition.NewGauge(r, credentialExpiry),
	}
}

// forget removes all series of a tenant.
func (m *metrics) forget(tenant string) {
	for _, v := range []interface{ DeleteLabelValues(...string) bool }{m.tokenEnd, m.refreshes, m.failures, m.valid, m.loaded, m.expiry} {
		v.DeleteLabelValues(tenant)
	}
}

// meter writes the series of one credential until it is closed: what was still
// under way then must not bring them back.
type meter struct {
	tenant string
	issued time.Time
	life   time.Duration // of the credential, 0 where nothing is known

	mu       sync.Mutex
	standing insights.Standing
	metrics  *metrics // nil once it is closed, or where there is nothing to tell
}

// stands changes what is known.
func (m *meter) stands(change func(*insights.Standing)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.standing)
}

func (m *meter) record(write func(*metrics)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.metrics != nil {
		write(m.metrics)
	}
}

func (m *meter) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.metrics = nil
}

// start makes the counters visible before there is anything to count.
func (m *meter) start() {
	m.record(func(all *metrics) {
		all.refreshes.WithLabelValues(m.tenant)
		all.failures.WithLabelValues(m.tenant)
		if m.life == 0 {
			// That of a key that the tenant had before.
			all.expiry.DeleteLabelValues(m.tenant)
		}
	})
}

// read takes in a secret that was not known. The issue date of the
// configuration is that of the first one: what replaces it later was made when
// its file was.
func (m *meter) read(s secretfile.Secret, first bool) {
	issued := m.issued
	if issued.IsZero() || !first {
		issued = s.Modified
	}
	if m.life > 0 {
		m.stands(func(now *insights.Standing) { now.KeyEnds = issued.Add(m.life) })
	}
	m.record(func(all *metrics) {
		all.loaded.WithLabelValues(m.tenant).SetToCurrentTime()
		if m.life > 0 {
			all.expiry.WithLabelValues(m.tenant).Set(float64(issued.Add(m.life).Unix()))
		}
	})
}

// refreshed takes in a new token. That there is one makes the credential valid,
// unless the vendor gives tokens that it does not accept.
func (m *meter) refreshed(expires time.Time, valid bool) {
	m.stands(func(now *insights.Standing) {
		now.TokenEnds = expires
		if valid {
			now.Known, now.Accepted = true, true
		}
	})
	m.record(func(all *metrics) {
		all.refreshes.WithLabelValues(m.tenant).Inc()
		if valid {
			all.valid.WithLabelValues(m.tenant).Set(1)
		}
		all.tokenEnd.WithLabelValues(m.tenant).Set(float64(expires.Unix()))
	})
}

func (m *meter) failed() {
	m.record(func(all *metrics) { all.failures.WithLabelValues(m.tenant).Inc() })
}

func (m *meter) unusable() {
	m.stands(func(now *insights.Standing) { now.Known, now.Accepted = true, false })
	m.record(func(all *metrics) { all.valid.WithLabelValues(m.tenant).Set(0) })
}

func (m *meter) usable() {
	m.stands(func(now *insights.Standing) { now.Known, now.Accepted = true, true })
	m.record(func(all *metrics) { all.valid.WithLabelValues(m.tenant).Set(1) })
}

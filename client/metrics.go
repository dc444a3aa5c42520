package client

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/secretfile"
)

var (
	byTenant   = []string{"tenant"}
	byResource = []string{"tenant", "resource"}
)

// What the client tells of itself.
var (
	apiRequests = &exposition.Metric{
		Name: "prisma_exporter_api_requests_total", Type: exposition.Counter, Labels: []string{"tenant", "resource", "code"},
		Help: "Requests to the API by resource, or token, and HTTP status, or error where there was no answer.",
	}
	apiDuration = &exposition.Metric{
		Name: "prisma_exporter_api_request_duration_seconds", Type: exposition.Histogram, Labels: byResource,
		Help: "Time from sending a request to the API to the end of its answer.",
	}
	apiRetries = &exposition.Metric{
		Name: "prisma_exporter_api_retries_total", Type: exposition.Counter, Labels: byResource,
		Help: "Requests to the API that were sent again after a failure that may pass.",
	}
	budgetWait = &exposition.Metric{
		Name: "prisma_exporter_api_budget_wait_seconds_total", Type: exposition.Counter, Labels: byTenant,
		Help: "Time that requests waited for their share of the API budget.",
	}
	budgetLimit = &exposition.Metric{
		Name: "prisma_exporter_api_budget_requests_per_minute", Type: exposition.Gauge,
		Help: "The most requests that this process sends in a minute.",
	}
	budgetUsed = &exposition.Metric{
		Name: "prisma_exporter_api_budget_used_requests", Type: exposition.Gauge,
		Help: "Requests that this process sent in the last minute.",
	}
	breakerOpen = &exposition.Metric{
		Name: "prisma_exporter_breaker_open", Type: exposition.Gauge, Labels: []string{"tenant", "reason"},
		Help: "Whether the API is not asked now because of what it answered: reason resource where at least one resource of the tenant was refused for good, reason blocked where it blocks this machine's address.",
	}
	tokenExpiry = &exposition.Metric{
		Name: "prisma_exporter_token_expiry_timestamp_seconds", Type: exposition.Gauge, Labels: byTenant,
		Help: "When the API token in use ends.",
	}
	tokenRefreshes = &exposition.Metric{
		Name: "prisma_exporter_token_refreshes_total", Type: exposition.Counter, Labels: byTenant,
		Help: "API tokens that were got for the tenant's credential.",
	}
	tokenFailures = &exposition.Metric{
		Name: "prisma_exporter_token_refresh_failures_total", Type: exposition.Counter, Labels: byTenant,
		Help: "Attempts to get an API token that failed.",
	}
	credentialValid = &exposition.Metric{
		Name: "prisma_exporter_credential_valid", Type: exposition.Gauge, Labels: byTenant,
		Help: "Whether the API accepted the tenant's credential when it was last used: 1 yes, 0 no or not readable.",
	}
	credentialLoaded = &exposition.Metric{
		Name: "prisma_exporter_credential_loaded_timestamp_seconds", Type: exposition.Gauge, Labels: byTenant,
		Help: "When the credential in use was read from its file for the first time.",
	}
	credentialExpiry = &exposition.Metric{
		Name: "prisma_exporter_credential_expiry_timestamp_seconds", Type: exposition.Gauge, Labels: byTenant,
		Help: "When the API key of Insights 1.0 ends: one year after its issue date in the configuration or, without one, after the time of its file. The client secrets of 2.0 and 3.0 have no known end and no series.",
	}
)

// OwnMetrics are what the client tells of itself.
func OwnMetrics() []*exposition.Metric {
	return []*exposition.Metric{
		apiRequests, apiDuration, apiRetries, budgetWait, budgetLimit, budgetUsed, breakerOpen,
		tokenExpiry, tokenRefreshes, tokenFailures, credentialValid, credentialLoaded, credentialExpiry,
	}
}

// metrics are the series of what the client tells of itself, for all tenants
// of a process.
type metrics struct {
	requests   *prometheus.CounterVec
	duration   *prometheus.HistogramVec
	retries    *prometheus.CounterVec
	wait       *prometheus.CounterVec
	tokenEnd   *prometheus.GaugeVec
	refreshes  *prometheus.CounterVec
	failures   *prometheus.CounterVec
	valid      *prometheus.GaugeVec
	loaded     *prometheus.GaugeVec
	credential *prometheus.GaugeVec
	// requested are the series by resource that each tenant has: to look for
	// them among those of all tenants takes long when many go at once.
	requested map[string]map[requestSeries]struct{}
}

// requestSeries are the labels of a request beside the tenant.
type requestSeries struct{ resource, code string }

func newMetrics(r prometheus.Registerer) *metrics {
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:                            apiDuration.Name,
		Help:                            apiDuration.Help,
		Buckets:                         []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		NativeHistogramBucketFactor:     1.1,
		NativeHistogramMaxBucketNumber:  100,
		NativeHistogramMinResetDuration: time.Hour,
	}, apiDuration.Labels)
	r.MustRegister(duration)
	return &metrics{
		requests:   exposition.NewCounter(r, apiRequests),
		duration:   duration,
		retries:    exposition.NewCounter(r, apiRetries),
		wait:       exposition.NewCounter(r, budgetWait),
		tokenEnd:   exposition.NewGauge(r, tokenExpiry),
		refreshes:  exposition.NewCounter(r, tokenRefreshes),
		failures:   exposition.NewCounter(r, tokenFailures),
		valid:      exposition.NewGauge(r, credentialValid),
		loaded:     exposition.NewGauge(r, credentialLoaded),
		credential: exposition.NewGauge(r, credentialExpiry),
		requested:  map[string]map[requestSeries]struct{}{},
	}
}

// forget removes all series of a tenant.
func (m *metrics) forget(tenant string) {
	for s := range m.requested[tenant] {
		m.requests.DeleteLabelValues(tenant, s.resource, s.code)
		m.retries.DeleteLabelValues(tenant, s.resource)
		m.duration.DeleteLabelValues(tenant, s.resource)
	}
	delete(m.requested, tenant)
	for _, v := range []interface{ DeleteLabelValues(...string) bool }{
		m.wait, m.tokenEnd, m.refreshes, m.failures, m.valid, m.loaded, m.credential,
	} {
		v.DeleteLabelValues(tenant)
	}
}

// observe counts one request; status is 0 when there was no answer.
func (m *metrics) observe(tenant, resource string, status int, took time.Duration) {
	code := "error"
	if status != 0 {
		code = strconv.Itoa(status)
	}
	if m.requested[tenant] == nil {
		m.requested[tenant] = map[requestSeries]struct{}{}
	}
	m.requested[tenant][requestSeries{resource, code}] = struct{}{}
	m.requests.WithLabelValues(tenant, resource, code).Inc()
	m.retries.WithLabelValues(tenant, resource) // there from the start, so that increase() sees the first
	m.duration.WithLabelValues(tenant, resource).Observe(took.Seconds())
}

// credentialMetrics are those of one tenant's credential.
type credentialMetrics struct {
	record func(write func(*metrics))
	tenant string
	issued time.Time
	life   time.Duration // of the credential, 0 where nothing is known
}

// start makes the counters visible before there is anything to count.
func (c credentialMetrics) start() {
	c.record(func(m *metrics) {
		m.refreshes.WithLabelValues(c.tenant)
		m.failures.WithLabelValues(c.tenant)
		m.wait.WithLabelValues(c.tenant)
		if c.life == 0 {
			// That of a key that the tenant had before.
			m.credential.DeleteLabelValues(c.tenant)
		}
	})
}

// read takes in a key that was not known. The issue date of the configuration
// is that of the first one: what replaces it later was made when its file was.
func (c credentialMetrics) read(key secretfile.Secret, first bool) {
	issued := c.issued
	if issued.IsZero() || !first {
		issued = key.Modified
	}
	c.record(func(m *metrics) {
		m.loaded.WithLabelValues(c.tenant).SetToCurrentTime()
		if c.life > 0 {
			m.credential.WithLabelValues(c.tenant).Set(float64(issued.Add(c.life).Unix()))
		}
	})
}

func (c credentialMetrics) refreshed(expires time.Time) {
	c.record(func(m *metrics) {
		m.refreshes.WithLabelValues(c.tenant).Inc()
		m.valid.WithLabelValues(c.tenant).Set(1)
		m.tokenEnd.WithLabelValues(c.tenant).Set(float64(expires.Unix()))
	})
}

func (c credentialMetrics) failed() {
	c.record(func(m *metrics) { m.failures.WithLabelValues(c.tenant).Inc() })
}

func (c credentialMetrics) unusable() {
	c.record(func(m *metrics) { m.valid.WithLabelValues(c.tenant).Set(0) })
}

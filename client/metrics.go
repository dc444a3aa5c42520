package client

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// keyLife is how long the API documents its keys to live.
const keyLife = 365 * 24 * time.Hour

// Metrics are what the client tells of itself, for all tenants of a process.
type Metrics struct {
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
}

// NewMetrics returns the metrics and registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "prisma_exporter_" + name, Help: help}, labels)
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "prisma_exporter_" + name, Help: help}, []string{"tenant"})
	}
	m := &Metrics{
		requests: counter("api_requests_total", "Requests to the Insights API by resource, or token, and HTTP status, or error where there was no answer.", "tenant", "resource", "code"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:                            "prisma_exporter_api_request_duration_seconds",
			Help:                            "Time from sending a request to the Insights API to the end of its answer.",
			Buckets:                         []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  100,
			NativeHistogramMinResetDuration: time.Hour,
		}, []string{"tenant", "resource"}),
		retries:    counter("api_retries_total", "Requests to the Insights API that were sent again after a failure that may pass.", "tenant", "resource"),
		wait:       counter("api_budget_wait_seconds_total", "Time that requests waited for their share of the API budget.", "tenant"),
		tokenEnd:   gauge("token_expiry_timestamp_seconds", "When the API token in use ends."),
		refreshes:  counter("token_refreshes_total", "API tokens that were got for the tenant's credential.", "tenant"),
		failures:   counter("token_refresh_failures_total", "Attempts to get an API token that failed.", "tenant"),
		valid:      gauge("credential_valid", "Whether the API accepted the tenant's credential when it was last used: 1 yes, 0 no or not readable."),
		loaded:     gauge("credential_loaded_timestamp_seconds", "When the credential in use was read from its file for the first time."),
		credential: gauge("credential_expiry_timestamp_seconds", "When the API key ends: one year after its issue date in the configuration or, without one, after the time of its file."),
	}
	r.MustRegister(m.requests, m.duration, m.retries, m.wait, m.tokenEnd, m.refreshes, m.failures, m.valid, m.loaded, m.credential)
	return m
}

// Forget removes all series of a tenant.
func (m *Metrics) Forget(tenant string) {
	l := prometheus.Labels{"tenant": tenant}
	for _, v := range []interface{ DeletePartialMatch(prometheus.Labels) int }{
		m.requests, m.duration, m.retries, m.wait, m.tokenEnd, m.refreshes, m.failures, m.valid, m.loaded, m.credential,
	} {
		v.DeletePartialMatch(l)
	}
}

// observe counts one request; status is 0 when there was no answer.
func (m *Metrics) observe(tenant, resource string, status int, took time.Duration) {
	code := "error"
	if status != 0 {
		code = strconv.Itoa(status)
	}
	m.requests.WithLabelValues(tenant, resource, code).Inc()
	m.retries.WithLabelValues(tenant, resource) // there from the start, so that increase() sees the first
	m.duration.WithLabelValues(tenant, resource).Observe(took.Seconds())
}

// credentialMetrics are those of one tenant's credential.
type credentialMetrics struct {
	*Metrics
	tenant string
	issued time.Time
}

// start makes the counters visible before there is anything to count.
func (m credentialMetrics) start() {
	m.refreshes.WithLabelValues(m.tenant)
	m.Metrics.failures.WithLabelValues(m.tenant)
	m.wait.WithLabelValues(m.tenant)
}

func (m credentialMetrics) read(key secret) {
	issued := m.issued
	if issued.IsZero() {
		issued = key.modified
	}
	m.loaded.WithLabelValues(m.tenant).SetToCurrentTime()
	m.credential.WithLabelValues(m.tenant).Set(float64(issued.Add(keyLife).Unix()))
}

func (m credentialMetrics) refreshed(expires time.Time) {
	m.refreshes.WithLabelValues(m.tenant).Inc()
	m.valid.WithLabelValues(m.tenant).Set(1)
	m.tokenEnd.WithLabelValues(m.tenant).Set(float64(expires.Unix()))
}

func (m credentialMetrics) failed()   { m.Metrics.failures.WithLabelValues(m.tenant).Inc() }
func (m credentialMetrics) unusable() { m.valid.WithLabelValues(m.tenant).Set(0) }

package transport

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var byTenant = []string{"tenant"}

// What the client tells of itself.
var (
	apiRequests = &exposition.Metric{
		Name: "prisma_exporter_api_requests_total", Type: exposition.Counter, Labels: []string{"tenant", "resource", "code"},
		Help: "API requests, by resource and HTTP status code. resource is token for token requests. code is error if there was no answer.",
	}
	apiDuration = &exposition.Metric{
		Name: "prisma_exporter_api_request_duration_seconds", Type: exposition.Histogram, Labels: []string{"resource"},
		Help: "Time from sending an API request to the end of its answer, for all tenants, by resource. resource is token for token requests.",
	}
	apiRetries = &exposition.Metric{
		Name: "prisma_exporter_api_retries_total", Type: exposition.Counter, Labels: byTenant,
		Help: "API requests sent again after a temporary failure.",
	}
	budgetWait = &exposition.Metric{
		Name: "prisma_exporter_api_budget_wait_seconds_total", Type: exposition.Counter, Labels: byTenant,
		Help: "Time that requests waited for the API budget.",
	}
	breakerOpen = &exposition.Metric{
		Name: "prisma_exporter_breaker_open", Type: exposition.Gauge, Labels: []string{"tenant", "reason"},
		Help: "Whether the exporter currently makes no calls because of an earlier answer. With reason resource, the API refused at least one query of the tenant. With reason blocked, the API refuses queries that worked before, for all tenants, as it does when it blocks this machine's address.",
	}
	holdUntil = &exposition.Metric{
		Name: "prisma_exporter_hold_until_timestamp_seconds", Type: exposition.Gauge, Labels: []string{"tenant", "scope", "reason"},
		Help: "Time until which the exporter makes no calls because of an earlier answer; there is a series only while that lasts. scope is what the hold covers: a host, a credential, a tenant or a query. reason is rate_limited (HTTP 429), busy (the API asked for a pause), refused (the API refuses the query), rejected (the API does not accept the credential) or all_refused (the API refuses all queries that worked before). After that time, the exporter tries one request.",
	}
)

// OwnMetrics are what senders tell of themselves.
func OwnMetrics() []*exposition.Metric {
	return []*exposition.Metric{apiRequests, apiDuration, apiRetries, budgetWait, breakerOpen, holdUntil}
}

// metrics are the series of the senders of one name, told by Process for as long
// as there is one: what somebody still counts after that is told nowhere. So
// nobody has to hold a lock while anything counts. The durations are those of
// all names.
type metrics struct {
	requests *prometheus.CounterVec
	retries  *prometheus.CounterVec
	wait     *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newMetrics(duration *prometheus.HistogramVec) *metrics {
	counter := func(m *exposition.Metric) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.Name, Help: m.Help}, m.Labels)
	}
	return &metrics{requests: counter(apiRequests), retries: counter(apiRetries), wait: counter(budgetWait), duration: duration}
}

// newDuration returns the durations of all names, registered.
func newDuration(r prometheus.Registerer) *prometheus.HistogramVec {
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:                            apiDuration.Name,
		Help:                            apiDuration.Help,
		Buckets:                         []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		NativeHistogramBucketFactor:     1.1,
		NativeHistogramMaxBucketNumber:  100,
		NativeHistogramMinResetDuration: time.Hour,
	}, apiDuration.Labels)
	r.MustRegister(duration)
	return duration
}

// own are the series of the name.
func (m *metrics) own() []prometheus.Collector {
	return []prometheus.Collector{m.requests, m.retries, m.wait}
}

// observe counts one request; status is 0 when there was no answer.
func (m *metrics) observe(tenant, resource string, status int, took time.Duration) {
	code := "error"
	if status != 0 {
		code = strconv.Itoa(status)
	}
	m.requests.WithLabelValues(tenant, resource, code).Inc()
	m.retries.WithLabelValues(tenant) // there from the start, so that increase() sees the first
	m.duration.WithLabelValues(resource).Observe(took.Seconds())
}

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
		Help: "Requests to the API by resource, or token, and HTTP status, or error where there was no answer.",
	}
	apiDuration = &exposition.Metric{
		Name: "prisma_exporter_api_request_duration_seconds", Type: exposition.Histogram, Labels: []string{"resource"},
		Help: "Time from sending a request to the API, by resource, or token, to the end of its answer: of all tenants together.",
	}
	apiRetries = &exposition.Metric{
		Name: "prisma_exporter_api_retries_total", Type: exposition.Counter, Labels: byTenant,
		Help: "Requests to the API that were sent again after a failure that may pass.",
	}
	budgetWait = &exposition.Metric{
		Name: "prisma_exporter_api_budget_wait_seconds_total", Type: exposition.Counter, Labels: byTenant,
		Help: "Time that requests waited for their share of the API budget.",
	}
	breakerOpen = &exposition.Metric{
		Name: "prisma_exporter_breaker_open", Type: exposition.Gauge, Labels: []string{"tenant", "reason"},
		Help: "Whether the API is not asked now because of what it answered: reason resource where it refused at least one query of the tenant, reason blocked where it refuses all tenants what it answered before, as it does when it blocks this machine's address.",
	}
	holdUntil = &exposition.Metric{
		Name: "prisma_exporter_hold_until_timestamp_seconds", Type: exposition.Gauge, Labels: []string{"tenant", "scope", "reason"},
		Help: "Until when the API is not asked because of what it answered, where that is so: the latest by scope (all of a host, all with a credential, all of a tenant, one query) and reason (rate_limited: HTTP 429; busy: it asked for time; refused: it will not answer the query; rejected: it does not accept the credential; all_refused: it refuses all that it answered before). After that, one request tries whether it answers again.",
	}
)

// OwnMetrics are what senders tell of themselves.
func OwnMetrics() []*exposition.Metric {
	return []*exposition.Metric{apiRequests, apiDuration, apiRetries, budgetWait, breakerOpen, holdUntil}
}

// metrics are the series of what the client tells of itself, for all tenants
// of a process.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	retries  *prometheus.CounterVec
	wait     *prometheus.CounterVec
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
		requests:  exposition.NewCounter(r, apiRequests),
		duration:  duration,
		retries:   exposition.NewCounter(r, apiRetries),
		wait:      exposition.NewCounter(r, budgetWait),
		requested: map[string]map[requestSeries]struct{}{},
	}
}

// forget removes all series of a tenant.
func (m *metrics) forget(tenant string) {
	for s := range m.requested[tenant] {
		m.requests.DeleteLabelValues(tenant, s.resource, s.code)
	}
	delete(m.requested, tenant)
	m.retries.DeleteLabelValues(tenant)
	m.wait.DeleteLabelValues(tenant)
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
	m.retries.WithLabelValues(tenant) // there from the start, so that increase() sees the first
	m.duration.WithLabelValues(resource).Observe(took.Seconds())
}

package statuspage

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

const evil = `<script>document.title="owned"</script><img src=x onerror="document.title='owned'">"'&{{.}}`

// newHandler is a page with a healthy tenant and a broken one of evil names,
// and companies of both kinds.
func newHandler() *Handler {
	now := time.Now()
	registry := prometheus.NewRegistry()
	gauge := func(name string, labels prometheus.Labels, v float64) {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: "Test.", ConstLabels: labels})
		g.Set(v)
		registry.MustRegister(g)
	}
	gauge("prisma_exporter_api_budget_used_requests", nil, 17)
	gauge("prisma_exporter_api_budget_requests_per_minute", nil, 600)
	gauge("prisma_exporter_credential_valid", prometheus.Labels{"tenant": "acme"}, 1)
	gauge("prisma_exporter_token_expiry_timestamp_seconds", prometheus.Labels{"tenant": "acme"}, float64(now.Add(10*time.Minute+30*time.Second).Unix()))
	gauge("prisma_exporter_credential_expiry_timestamp_seconds", prometheus.Labels{"tenant": "acme"}, float64(now.Add(200*24*time.Hour+time.Hour).Unix()))
	gauge("prisma_exporter_credential_valid", prometheus.Labels{"tenant": evil}, 0)
	gauge("prisma_exporter_credential_expiry_timestamp_seconds", prometheus.Labels{"tenant": evil}, float64(now.Add(-time.Hour-time.Minute).Unix()))
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "prisma_exporter_api_requests_total", Help: "Test."}, []string{"tenant", "code"})
	requests.WithLabelValues("acme", "200").Add(40)
	requests.WithLabelValues("acme", "503").Add(2)
	requests.WithLabelValues("gas", "200").Add(77)
	registry.MustRegister(requests)
	return &Handler{
		Own: registry, Version: "version 1.2.3", Links: []Link{{"/metrics", "Metrics"}},
		Scopes: func() []poll.Summary {
			return []poll.Summary{
				{Name: "acme", OpenAlerts: []poll.SeverityCount{{Severity: "Critical", Count: 1}, {Severity: "High", Count: 4}}, Polls: []poll.Status{
					{View: poll.View{Name: "alerts", Ended: now, Success: true, LastSuccess: now.Add(-12 * time.Second), Took: 180 * time.Millisecond}, Rows: 9, Series: 371},
					{View: poll.View{Name: "tunnels", Ended: now, Success: true, LastSuccess: now.Add(-50 * time.Second), Took: 2 * time.Second}, Truncated: true, Rows: 10000, Series: 109000},
				}},
				{
					Name: evil, SubTenant: evil, Lacking: []poll.ResourceStatus{{Name: evil, State: "missing"}},
					OpenAlerts: []poll.SeverityCount{{Severity: evil, Count: 3}}, Polls: []poll.Status{
						{View: poll.View{Name: "alerts", Ended: now, LastSuccess: now.Add(-4 * time.Minute), Took: time.Minute, Err: errors.New(evil + strings.Repeat("x", 400))}},
						{View: poll.View{Name: "tunnels", Ended: now, LastSuccess: now.Add(-50 * time.Hour), Err: errors.New("no answer")}, Withdrawn: true},
						{View: poll.View{Name: "locations"}},
						{View: poll.View{Name: "bandwidth", Ended: now, Err: errors.New("never answered")}},
					},
				},
				{
					Name: "gas", Token: &poll.TokenStatus{
						Accepted: true, Known: true, Readable: true, Loaded: now.Add(-3*24*time.Hour - time.Hour), Number: "12", Created: now.Add(-100*24*time.Hour - time.Hour),
					},
					Polls: []poll.Status{
						{View: poll.View{Name: "fcfs-booking", Ended: now, Success: true, LastSuccess: now.Add(-7 * time.Second), Took: 90 * time.Millisecond}, Rows: 4321, Series: 1},
					},
				},
				{Name: evil, Token: &poll.TokenStatus{Known: true, Number: evil}, Polls: []poll.Status{{View: poll.View{Name: evil, Ended: now, Err: errors.New(evil)}}}},
				{Name: "new", Token: &poll.TokenStatus{Readable: true, Loaded: now.Add(-5 * time.Second)}},
			}
		},
	}
}

func get(t *testing.T, h http.Handler) (*http.Response, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	return w.Result(), w.Body.String()
}

func TestPage(t *testing.T) {
	resp, body := get(t, newHandler())
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%s", resp.Status)
	}
	for _, want := range []string{
		"version 1.2.3", "17 of 600 calls in the last minute", `<a href="/metrics">Metrics</a>`,
		">accepted<", ">not usable<", "in 10 min", "in 200 days", "over for 1 h 1 min", "42, 2 of them failed",
		"1 Critical, 4 High", "12 s ago", "180 ms", "<strong>tunnels</strong>", ">cut off<",
		">failing, old answer served<", "4 min 0 s ago", ">withdrawn<", "2 days ago", ">not asked yet<", ">failing<", "never answered", "(missing)",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(body, "<script") || strings.Contains(body, "<img") {
		t.Error("the page has what the API sent as it is")
	}
}

// card is the part of the page about a tenant or company.
func card(t *testing.T, body, name string) string {
	t.Helper()
	for part := range strings.SplitSeq(body, "<section") {
		if strings.Contains(part, "<h2>"+name+" ") {
			return part
		}
	}
	t.Fatalf("no card of %s", name)
	return ""
}

func TestCompanyCard(t *testing.T) {
	resp, body := get(t, newHandler())
	defer resp.Body.Close()
	for name, texts := range map[string][]string{
		"gas": {">accepted<", "<dd>12<", "100 days ago", "<dd>read 3 days ago<", "<dd>77<", "<th>Resource<", ">Records<", `data-name="records">4321<`, "<strong>fcfs-booking<", "90 ms"},
		"new": {">not asked yet<", "<dd>unknown<", "<dd>read 5 s ago<"},
	} {
		got := card(t, body, name)
		for _, want := range texts {
			if !strings.Contains(got, want) {
				t.Errorf("the card of %s does not say %q:\n%s", name, want, got)
			}
		}
		for _, foreign := range []string{"Open alerts", "Key ends", "Collector<"} {
			if strings.Contains(got, foreign) {
				t.Errorf("the card of %s says %q", name, foreign)
			}
		}
	}
	last := body[strings.LastIndex(body, "<h2>&lt;script"):]
	for _, want := range []string{`pill bad">not usable</span> nothing read yet`, `pill bad">not usable</span></dd>`, ">failing<"} {
		if !strings.Contains(last, want) {
			t.Errorf("the card of a company without a file does not say %q:\n%s", want, last)
		}
	}
	if got := card(t, body, "acme"); strings.Contains(got, "Token number") || !strings.Contains(got, "Key ends") {
		t.Errorf("the card of a tenant is\n%s", got)
	}
}

// TestDiscoveryCard: discoveries come first, and say what they found.
func TestDiscoveryCard(t *testing.T) {
	h := newHandler()
	registry := prometheus.NewRegistry()
	now := time.Now()
	for metric, values := range map[string][]float64{
		"success": {1, 0}, "tenants": {42, 0}, "left_out_tenants": {3, 0}, "last_success_timestamp_seconds": {float64(now.Add(-90 * time.Minute).Unix())},
	} {
		gauge := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "prisma_exporter_discovery_" + metric, Help: "Test."}, []string{"tenant"})
		registry.MustRegister(gauge)
		for i, v := range values {
			gauge.WithLabelValues([]string{"msp", evil}[i]).Set(v)
		}
	}
	h.Own = prometheus.Gatherers{h.Own, registry}
	resp, body := get(t, h)
	defer resp.Body.Close()
	got := card(t, body, "Discovery msp")
	for _, want := range []string{`pill good">ok<`, "<dd>42, 3 groups left out: the log says why<", "1 h 30 min ago"} {
		if !strings.Contains(got, want) {
			t.Errorf("the card of a discovery does not say %q:\n%s", want, got)
		}
	}
	first, _, _ := strings.Cut(body, "<h2>acme")
	if strings.Count(first, "<h2>Discovery ") != 2 || !strings.Contains(first, `pill bad">failing<`) || strings.Contains(body, "<script") {
		t.Errorf("before the tenants stands\n%s", first)
	}
	h.Scopes = func() []poll.Summary { return nil }
	resp, body = get(t, h)
	defer resp.Body.Close()
	if !strings.Contains(body, "No tenant has been found.") {
		t.Error("the page says nothing of a discovery without tenants")
	}
}

func TestNoTenant(t *testing.T) {
	h := newHandler()
	h.Scopes = func() []poll.Summary { return nil }
	resp, body := get(t, h)
	defer resp.Body.Close()
	if !strings.Contains(body, "No tenant is configured") {
		t.Error("the page says nothing of it")
	}
}

func TestVerdictOfScope(t *testing.T) {
	polled := func(success ...bool) (s poll.Summary) {
		s.Polls = append(s.Polls, poll.Status{View: poll.View{Name: "not yet"}})
		for _, ok := range success {
			s.Polls = append(s.Polls, poll.Status{View: poll.View{Ended: time.Now(), Success: ok}})
		}
		return s
	}
	for want, s := range map[string]poll.Summary{
		"not asked yet": polled(), "ok": polled(true, true), "failing": polled(false, false), "1 of 3 failing": polled(true, false, true),
	} {
		if got := verdictOf(s).Word; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 ms", 999 * time.Millisecond: "999 ms", 59 * time.Second: "59 s", 61 * time.Second: "1 min 1 s",
		90 * time.Minute: "1 h 30 min", 47 * time.Hour: "47 h 0 min", 49 * time.Hour: "2 days",
	} {
		if got := duration(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}

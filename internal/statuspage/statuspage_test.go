package statuspage

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

const evil = `<script>document.title="owned"</script><img src=x onerror="document.title='owned'">"'&{{.}}`

// newHandler is a page with a healthy tenant and a broken one of evil names,
// companies of both kinds, and discoveries.
func newHandler() *Handler {
	now := time.Now()
	return &Handler{
		Version: "version 1.2.3", Links: []Link{{"/metrics", "Metrics"}},
		Budget:      func() (used, limit int) { return 17, 600 },
		Members:     func() []fleet.Status { return append(tenants(now), companies(now)...) },
		Discoveries: func() []discovery.Status { return nil },
	}
}

// polls says how polls of a name stand.
func polls(name string, v poll.View) poll.Status {
	v.Name = name
	if v.Took > 0 {
		v.Ended = time.Now()
	}
	return poll.Status{View: v}
}

func tenants(now time.Time) []fleet.Status {
	cutOff := polls("tunnels", poll.View{Success: true, LastSuccess: now.Add(-50 * time.Second), Took: 2 * time.Second})
	cutOff.Truncated, cutOff.Rows, cutOff.Series = true, 10000, 109000
	withdrawn := polls("tunnels", poll.View{LastSuccess: now.Add(-50 * time.Hour), Took: time.Second, Err: errors.New("no answer")})
	withdrawn.Withdrawn = true
	return []fleet.Status{
		{
			Name: "acme", Polled: "Collector", Counted: "Rows",
			Facts: []fleet.Fact{
				fleet.CredentialFact("Credential", true, true), fleet.EndFact("Token ends", now.Add(10*time.Minute+30*time.Second)),
				fleet.EndFact("Key ends", now.Add(200*24*time.Hour+time.Hour)), fleet.CallsFact(42, 2),
				{Name: "Open alerts", Text: "1 Critical, 4 High"},
			},
			Polls: []poll.Status{polls("alerts", poll.View{Success: true, LastSuccess: now.Add(-12 * time.Second), Took: 180 * time.Millisecond}), cutOff},
		},
		{
			Name: evil, Part: evil, Polled: "Collector", Counted: "Rows",
			Facts: []fleet.Fact{
				fleet.CredentialFact("Credential", true, false), fleet.EndFact("Key ends", now.Add(-time.Hour-time.Minute)),
				{Name: "Open alerts", Text: "3 " + evil},
				{Name: "This tenant lacks", Text: evil + " (missing)"},
			},
			Polls: []poll.Status{
				polls("alerts", poll.View{LastSuccess: now.Add(-4 * time.Minute), Took: time.Minute, Err: errors.New(evil + strings.Repeat("x", 400))}),
				withdrawn, polls("locations", poll.View{}), polls("bandwidth", poll.View{Took: time.Second, Err: errors.New("never answered")}),
			},
		},
	}
}

func companies(now time.Time) []fleet.Status {
	booking := polls("fcfs-booking", poll.View{Success: true, LastSuccess: now.Add(-7 * time.Second), Took: 90 * time.Millisecond})
	booking.Rows, booking.Series = 4321, 1
	of := func(name string, polls []poll.Status, facts ...fleet.Fact) fleet.Status {
		return fleet.Status{Name: name, Polled: "Resource", Counted: "Records", Facts: facts, Polls: polls}
	}
	return []fleet.Status{
		of("gas", []poll.Status{booking}, fleet.CredentialFact("Token", true, true), fleet.Fact{Name: "Token number", Text: "12"},
			fleet.Fact{Name: "Token made", Since: now.Add(-100*24*time.Hour - time.Hour)},
			fleet.Fact{Name: "Token file", Text: "read", Since: now.Add(-3*24*time.Hour - time.Hour)}, fleet.CallsFact(77, 0)),
		of(evil, []poll.Status{polls(evil, poll.View{Took: time.Second, Err: errors.New(evil)})}, fleet.Fact{Name: evil, Text: evil, Verdict: fleet.Verdict{Tone: fleet.Bad, Word: evil}}),
		of("new", nil, fleet.CredentialFact("Token", false, false), fleet.Fact{Name: "Token number", Text: "unknown"}, fleet.Fact{Name: "Token file", Text: "read", Since: now.Add(-5 * time.Second)}),
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

// TestNothingBetweenCards: all text is in a card, but for the head and the foot.
func TestNothingBetweenCards(t *testing.T) {
	resp, body := get(t, newHandler())
	defer resp.Body.Close()
	parts := strings.Split(body, "</section>")
	for _, part := range parts[1:] {
		if between, _, _ := strings.Cut(part, "<"); strings.TrimSpace(between) != "" {
			t.Errorf("between two cards stands %q", between)
		}
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
	if got := card(t, body, "acme"); strings.Contains(got, "Token number") || !strings.Contains(got, "Key ends") {
		t.Errorf("the card of a tenant is\n%s", got)
	}
}

// TestDiscoveryCard: discoveries come first, and say what they found.
func TestDiscoveryCard(t *testing.T) {
	h := newHandler()
	h.Discoveries = func() []discovery.Status {
		return []discovery.Status{
			{Name: "msp", Ended: true, Success: true, LastSuccess: time.Now().Add(-90*time.Minute - time.Second), Tenants: 42, LeftOut: 3, Standing: insights.Standing{Known: true, Accepted: true, Calls: 5, Failed: 1}},
			{Name: evil, Ended: true},
		}
	}
	resp, body := get(t, h)
	defer resp.Body.Close()
	got := card(t, body, "Discovery msp")
	for _, want := range []string{`pill good">ok<`, "<dd>42, 3 groups left out: the log says why<", "1 h 30 min ago", ">accepted<", "<dd>5, 1 of them failed<"} {
		if !strings.Contains(got, want) {
			t.Errorf("the card of a discovery does not say %q:\n%s", want, got)
		}
	}
	first, _, _ := strings.Cut(body, "<h2>acme")
	if strings.Count(first, "<h2>Discovery ") != 2 || !strings.Contains(first, `pill bad">failing<`) || strings.Contains(body, "<script") {
		t.Errorf("before the tenants stands\n%s", first)
	}
	h.Members = func() []fleet.Status { return nil }
	resp, body = get(t, h)
	defer resp.Body.Close()
	if !strings.Contains(body, "No tenant has been found.") {
		t.Error("the page says nothing of a discovery without tenants")
	}
}

func TestNoTenant(t *testing.T) {
	h := newHandler()
	h.Members = func() []fleet.Status { return nil }
	resp, body := get(t, h)
	defer resp.Body.Close()
	if !strings.Contains(body, "No tenant is configured") {
		t.Error("the page says nothing of it")
	}
}

func TestVerdictOfScope(t *testing.T) {
	polled := func(success ...bool) (s fleet.Status) {
		s.Polls = append(s.Polls, poll.Status{View: poll.View{Name: "not yet"}})
		for _, ok := range success {
			s.Polls = append(s.Polls, poll.Status{View: poll.View{Ended: time.Now(), Success: ok}})
		}
		return s
	}
	for want, s := range map[string]fleet.Status{
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

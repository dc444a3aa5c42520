package statuspage

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

const evil = `<script>document.title="owned"</script><img src=x onerror="document.title='owned'">"'&{{.}}`

// newHandler is a page with a healthy tenant and a broken one of evil names,
// companies of both kinds, and discoveries. Its times are as of now: a test that
// reads how long ago something was is in a bubble, where none passes until the
// page is made.
func newHandler() *Handler {
	now := time.Now()
	return &Handler{
		Version: "version 1.2.3", Links: []Link{{"metrics", "Metrics"}},
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
				fleet.CredentialFact("Credential", true, true), fleet.EndFact("Token expires", now.Add(10*time.Minute+30*time.Second)),
				fleet.EndFact("Key expires", now.Add(200*24*time.Hour+time.Hour)), fleet.CallsFact(42, 2),
			},
			Alerts: &fleet.Alerts{Open: []fleet.Count{{Name: "Critical", N: 1}, {Name: "High", N: 4}, {Name: "Medium"}}},
			Holds:  []fleet.Hold{{Why: "tunnels: not now", Until: now.Add(4*time.Minute + time.Second)}},
			Polls:  []poll.Status{polls("alerts", poll.View{Success: true, LastSuccess: now.Add(-12 * time.Second), Took: 180 * time.Millisecond}), cutOff},
		},
		{
			Name: evil, Part: evil, Polled: "Collector", Counted: "Rows",
			Facts: []fleet.Fact{
				fleet.CredentialFact("Credential", true, false), fleet.EndFact("Key expires", now.Add(-time.Hour-time.Minute)),
				{Name: "Missing resources", Text: evil + " (missing)"},
			},
			Alerts: &fleet.Alerts{Open: []fleet.Count{{Name: evil, N: 3}}}, Do: func(poll.Status) string { return evil },
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
			fleet.Fact{Name: "Token generated", Since: now.Add(-100*24*time.Hour - time.Hour)},
			fleet.Fact{Name: "Token file", Text: "read", Since: now.Add(-3*24*time.Hour - time.Hour)}, fleet.CallsFact(77, 0)),
		of(evil, []poll.Status{polls(evil, poll.View{Took: time.Second, Err: errors.New(evil)})}, fleet.Fact{Name: evil, Text: evil, Verdict: fleet.Verdict{Tone: fleet.Bad, Word: evil}}),
		of("new", nil, fleet.CredentialFact("Token", false, false), fleet.Fact{Name: "Token number", Text: "unknown"}, fleet.Fact{Name: "Token file", Text: "read", Since: now.Add(-5 * time.Second)}),
	}
}

func get(t *testing.T, h http.Handler, target string) (*http.Response, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, http.NoBody))
	return w.Result(), w.Body.String()
}

// pageOf is the page at / of a handler.
func pageOf(t *testing.T, h http.Handler) string {
	t.Helper()
	resp, body := get(t, h, "/")
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%s", resp.Status)
	}
	return body
}

func TestPage(t *testing.T) { synctest.Test(t, testPage) }

func testPage(t *testing.T) {
	body := pageOf(t, newHandler())
	for _, want := range []string{
		"version 1.2.3", "17 of 600 calls in the last minute", `<a href="metrics">Metrics</a>`,
		">accepted<", ">not working<", "in 10 min", "in 200 days", "expired 1 h 1 min ago", "42, of which 2 failed",
		"1 Critical, 4 High<", "12 s ago", "180 ms", "<th>tunnels</th>", ">cut off<", "on hold, next try in 4 min", "tunnels: not now; next try in 4 min",
		">failing, showing old data<", "4 min 0 s ago", ">failing, data expired<", "2 days ago", ">not polled yet<", ">failing<", "never answered", "(missing)",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Count(body, "<script") != 1 || strings.Contains(body, "<img") {
		t.Error("the page has what the API sent as it is")
	}
}

// TestPolicy lets the page's own script run, and no other.
func TestPolicy(t *testing.T) {
	resp, body := get(t, newHandler(), "/")
	defer resp.Body.Close()
	_, rest, _ := strings.Cut(body, "<script>")
	text, _, _ := strings.Cut(rest, "</script>")
	sum := sha256.Sum256([]byte(text))
	if want := "script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"; !strings.Contains(resp.Header.Get("Content-Security-Policy"), want) {
		t.Errorf("%s is not in %s", want, resp.Header.Get("Content-Security-Policy"))
	}
}

// member is the part of a page about a tenant or company.
func member(t *testing.T, body, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(body, `<details id="`+name+`"`)
	if !found {
		t.Fatalf("nothing of %s", name)
	}
	part, _, _ := strings.Cut(rest, "</details>")
	return part
}

func TestCompany(t *testing.T) { synctest.Test(t, testCompany) }

func testCompany(t *testing.T) {
	body := pageOf(t, newHandler())
	for name, texts := range map[string][]string{
		"gas": {">accepted<", "<dd>12<", "100 days ago", "<dd>read 3 days ago<", "<dd>77<", "<th>Resource<", ">Records<", `data-n="records">4321<`, "<th>fcfs-booking<", "90 ms"},
		"new": {">not polled yet<", "<dd>unknown<", "<dd>read 5 s ago<"},
	} {
		got := member(t, body, name)
		for _, want := range texts {
			if !strings.Contains(got, want) {
				t.Errorf("the page does not say %q of %s:\n%s", want, name, got)
			}
		}
		for _, foreign := range []string{"alerts", "Key expires", "Collector<"} {
			if strings.Contains(got, foreign) {
				t.Errorf("the page says %q of %s", foreign, name)
			}
		}
	}
	if got := member(t, body, "acme"); strings.Contains(got, "Token number") || !strings.Contains(got, "Key expires") {
		t.Errorf("of a tenant the page says\n%s", got)
	}
}

// TestDiscoveryCard: discoveries come first, and say what they found.
func TestDiscoveryCard(t *testing.T) { synctest.Test(t, testDiscoveryCard) }

func testDiscoveryCard(t *testing.T) {
	h := newHandler()
	h.Discoveries = func() []discovery.Status {
		return []discovery.Status{
			{Name: "msp", Ended: true, Success: true, LastSuccess: time.Now().Add(-90*time.Minute - time.Second), Tenants: 42, LeftOut: 3, Standing: insights.Standing{Known: true, Accepted: true, Calls: 5, Failed: 1}},
			{Name: evil, Ended: true},
		}
	}
	body := pageOf(t, h)
	got := member(t, body, "discovery-msp")
	for _, want := range []string{`pill good">ok<`, ">42 tenants<", "3 groups are not tenants: the log shows the reasons.", "1 h 30 min ago", ">accepted<", "<dd>5, of which 1 failed<"} {
		if !strings.Contains(got, want) {
			t.Errorf("the card of a discovery does not say %q:\n%s", want, got)
		}
	}
	first, _, _ := strings.Cut(body, `<details id="acme"`)
	if strings.Count(first, `<details id="discovery-`) != 2 || !strings.Contains(first, `pill bad">failing<`) || strings.Count(body, "<script") != 1 {
		t.Errorf("before the tenants stands\n%s", first)
	}
	if title := "<title>2 of 5 failing, 1 discovery failing · prisma_exporter</title>"; !strings.Contains(body, title) {
		t.Errorf("what the page says first is not %s:\n%s", title, first)
	}
	h.Members = func() []fleet.Status { return nil }
	body = pageOf(t, h)
	if title := "<title>1 discovery failing · prisma_exporter</title>"; !strings.Contains(body, title) {
		t.Errorf("without tenants, what the page says first is not %s", title)
	}
	if !strings.Contains(body, "No tenants were discovered.") {
		t.Error("the page says nothing of a discovery without tenants")
	}
}

func TestNoTenant(t *testing.T) {
	h := newHandler()
	h.Members = func() []fleet.Status { return nil }
	body := pageOf(t, h)
	if !strings.Contains(body, "No tenants or companies are configured") {
		t.Error("the page says nothing of it")
	}
}

// polled is the status of a tenant of which each poll ended so, beside one that
// has not ended.
func polled(name string, success ...bool) fleet.Status {
	s := fleet.Status{Name: name, Alerts: &fleet.Alerts{}, Polls: []poll.Status{{View: poll.View{Name: "not yet"}}}}
	for i, ok := range success {
		v := poll.View{Name: fmt.Sprint("poll", i), Ended: time.Now(), Asked: time.Now(), Success: ok}
		if !ok {
			v.Err = errors.New("no route")
		}
		s.Polls = append(s.Polls, poll.Status{View: v})
	}
	return s
}

// idle is one that nobody asks for any more.
func idle(s fleet.Status, since time.Duration) fleet.Status {
	for i := range s.Polls {
		s.Polls[i].Idle, s.Polls[i].Asked = true, time.Now().Add(-since)
	}
	return s
}

func TestVerdict(t *testing.T) { synctest.Test(t, testVerdict) }

func testVerdict(t *testing.T) {
	for want, s := range map[string]fleet.Status{
		"not polled yet": polled(""), "polls ok": polled("", true, true), "polls failing": polled("", false, false), "1 of 3 polls failing": polled("", true, false, true),
		"not polled for 21 min": idle(polled("", false, false), 21*time.Minute+time.Second),
	} {
		if got := stateOf(s).verdict(time.Now()); got.Word != want || (got.Tone == fleet.Idle) != strings.HasPrefix(want, "not polled") {
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

package capacity

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

func (b *bench) page() string { return b.call("GET", "/-/capacity/", "").Body.String() }

// form sends a form of the page.
func (b *bench) form(path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/-/capacity/"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.sim.ServeHTTP(w, r)
	return w
}

func TestPage(t *testing.T) {
	b := newBench(t, Company{Name: "<globex>", V1: true})
	b.clock.advance(24 * time.Hour)
	w := b.call("GET", "/-/capacity/", "")
	page := w.Body.String()
	for _, want := range []string{
		"acme", "&lt;globex&gt;", "v1", "number 1", "2026-03-04", b.file, "contains this token",
		"/-/capacity/companies/acme/generate-token", "/-/capacity/companies/acme/write-token", "Simulated time: 2026-03-05T10:20:43Z",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if w.Code != 200 || strings.Contains(page, "<globex>") || strings.Contains(page, "does not hold") {
		t.Errorf("page %d\n%s", w.Code, page)
	}
	if got := strings.Count(page, "write-token"); got != 1 {
		t.Errorf("%d buttons that write a file, want one: the other company has none", got)
	}
	for _, company := range []string{"acme", "<globex>"} {
		if strings.Contains(page, b.sim.Token(company)) {
			t.Errorf("the page shows the token of %s", company)
		}
	}
	if n := len(b.sim.Calls()); n != 0 {
		t.Errorf("%d calls, but the page is none", n)
	}
}

func TestNewTokenByHand(t *testing.T) {
	b := newBench(t)
	b.clock.advance(24 * time.Hour)
	old := b.sim.Token("acme")
	w := b.form("companies/acme/generate-token", nil)
	token := b.sim.Token("acme")
	if w.Code != 200 || token == old || !strings.Contains(w.Body.String(), token) || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("new token: %d %v", w.Code, w.Header())
	}
	page := b.page()
	if strings.Contains(page, token) || !strings.Contains(page, "does not contain this token") || !strings.Contains(page, "number 2") || !strings.Contains(page, "2026-03-05") {
		t.Errorf("page after it:\n%s", page)
	}
	if w := b.form("companies/acme/write-token", nil); w.Code != 303 || w.Header().Get("Location") != "/-/capacity/" || b.fileContent() != token {
		t.Errorf("written: %d", w.Code)
	}
	if page := b.page(); strings.Contains(page, "does not contain this token") {
		t.Errorf("page after it is written:\n%s", page)
	}

	var answer map[string]string
	w = b.form("companies/acme/generate-token", nil, "Accept", "application/json")
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer["token"] != b.sim.Token("acme") || answer["company"] != "acme" {
		t.Errorf("new token as JSON: %d %v", w.Code, err)
	}
	w = b.form("companies/acme/write-token", nil, "Accept", "application/json")
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer["file"] != b.file || b.fileContent() != b.sim.Token("acme") {
		t.Errorf("written as JSON: %d %s", w.Code, w.Body)
	}
}

func TestFaultsByHand(t *testing.T) {
	b := newBench(t)
	if w := b.form("faults", url.Values{"resource": {"fcfs-booking"}, "fault": {"503"}}); w.Code != 303 || b.get("fcfs-booking").Code != 503 {
		t.Errorf("set: %d", w.Code)
	}
	b.set("auction-calendar", Fault{Kind: TruncatedJSON, Hits: 3})
	page := b.page()
	for _, want := range []string{"fcfs-booking: status 503, until cleared", "auction-calendar: truncated JSON, 0 of 3 hits"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if w := b.form("faults/clear", nil); w.Code != 303 || b.get("fcfs-booking").Code != 200 {
		t.Errorf("cleared: %d", w.Code)
	}
}

func TestControlsRefuse(t *testing.T) {
	b := newBench(t, Company{Name: "globex"})
	token := b.sim.Token("acme")
	for _, c := range []struct {
		path   string
		form   url.Values
		status int
	}{
		{"companies/nobody/generate-token", nil, 404},
		{"companies/nobody/write-token", nil, 404},
		{"companies/globex/write-token", nil, 500},
		{"faults", url.Values{"resource": {"nothing"}, "fault": {"503"}}, 400},
		{"faults", url.Values{"resource": {"*"}, "fault": {"nothing"}}, 400},
		{"nothing", nil, 404},
	} {
		if w := b.form(c.path, c.form); w.Code != c.status {
			t.Errorf("%s %v: %d, want %d", c.path, c.form, w.Code, c.status)
		}
	}
	if w := b.call("GET", "/-/capacity/companies/acme/generate-token", ""); w.Code != 405 {
		t.Errorf("an act by GET: %d", w.Code)
	}
	if w := b.form("companies/acme/generate-token", nil, "Sec-Fetch-Site", "cross-site"); w.Code != 403 || b.sim.Token("acme") != token {
		t.Errorf("another site's page: %d", w.Code)
	}
	if err := os.Remove(b.file); err != nil {
		t.Fatal(err)
	}
	if page := b.page(); !strings.Contains(page, "does not contain this token") {
		t.Error("the page does not tell that the file is gone")
	}
}

func TestStats(t *testing.T) {
	b := newBench(t)
	b.get("auction-booking")
	b.get("auction-booking")
	b.call("GET", "/api/v2/fcfs-booking", "Bearer x")
	w := b.call("GET", "/-/capacity/stats", "")
	const want = `{"calls":[` +
		`{"company":"","resource":"fcfs-booking","status":401,"count":1},` +
		`{"company":"acme","resource":"auction-booking","status":200,"count":2}],"token_refusals":1}` + "\n"
	if got := w.Body.String(); got != want || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("stats %s", got)
	}
}

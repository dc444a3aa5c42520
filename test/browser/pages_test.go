//go:build browser

// Package browser looks at the pages for people in a real browser.
package browser

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/alerts"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
	"github.com/prisma-exporter/prisma_exporter/internal/statuspage"
)

const evil = `<script>document.title="owned"</script><img src=x onerror="document.title='owned'">"'&{{.}}`

// statusPage is the page of so many tenants. Where there are some, one fails
// with an evil error, one has not been asked for long, and one is on hold.
func statusPage(tenants int) http.Handler {
	return &statuspage.Handler{
		Version: "version 1.2.3", Links: []statuspage.Link{{Path: "metrics", Text: "Metrics"}, {Path: "alerts/", Text: "Rules"}},
		Budget: func() (used, limit int) { return 421, 600 }, Plan: func() string { return "452 calls a minute" },
		Discoveries: func() []discovery.Status { return []discovery.Status{{Name: "provider", Ended: true, Tenants: 3}} },
		Members: func() (all []fleet.Status) {
			for i := range tenants {
				all = append(all, tenant(i))
			}
			return all
		},
	}
}

func tenant(i int) fleet.Status {
	now := time.Now()
	s := fleet.Status{
		Name: fmt.Sprintf("customer-%04d", i), Polled: "Collector", Counted: "Rows",
		Alerts: &fleet.Alerts{Open: []fleet.Count{{Name: "Critical", N: i % 7 / 6}, {Name: "High", N: i % 3}, {Name: "Medium", N: i % 2}}},
		Facts: []fleet.Fact{
			fleet.CredentialFact("Credential", true, true), fleet.EndFact("Token expires", now.Add(10*time.Minute)),
			fleet.EndFact("Key expires", now.Add(200*24*time.Hour)), fleet.CallsFact(412, i%4),
		},
		Do: func(poll.Status) string { return "Check the tenant ID, the region and the credential." },
	}
	for _, name := range []string{"alerts", "locations", "remote_networks", "service_connections", "tunnels", "mobile_users", "bandwidth"} {
		p := poll.Status{
			View: poll.View{Name: name, Success: true, Ended: now, Took: 180 * time.Millisecond, LastSuccess: now.Add(-12 * time.Second), Asked: now},
			Rows: 40, Series: 400,
		}
		switch i {
		case 3:
			p.Success = false
			p.Err = &insights.Error{Kind: insights.ErrCredential, Resource: name, Status: 401, Message: evil, Err: errors.New(strings.Repeat("x", 300))}
		case 5:
			p.Success, p.Idle, p.Asked = false, true, now.Add(-21*time.Minute)
		}
		s.Polls = append(s.Polls, p)
	}
	if i == 7 {
		s.Holds = []fleet.Hold{{Why: "all resources: the API accepts no more calls for now (HTTP 429)", Until: now.Add(40 * time.Second)}}
	}
	return s
}

// pages are all there are.
func pages(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	for _, n := range []int{1, 40, 1000} {
		mux.Handle(fmt.Sprintf("/%d/", n), http.StripPrefix(fmt.Sprint("/", n), statusPage(n)))
	}
	rules := &statuspage.List{Title: "Rules", Text: "Rules for Prometheus.", Content: alerts.Files(), Address: "https://prisma.example/alerts/"}
	for _, f := range alerts.List() {
		rules.Files = append(rules.Files, statuspage.File{Name: f.Name, Text: f.Description})
	}
	mux.Handle("/alerts/", http.StripPrefix("/alerts/", rules))
	simulated, err := simulator.New(simulator.Options{Tenants: []simulator.Tenant{{ID: "acme"}}})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/-/", simulated)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// TestBrowser: nothing that the API sends runs, nothing is cut off on a phone,
// and axe-core finds nothing that somebody could not see, reach or understand.
// Pictures go where PICTURES says, for a person to look at.
func TestBrowser(t *testing.T) {
	axe, err := os.ReadFile(os.Getenv("AXE"))
	if err != nil {
		t.Fatalf("AXE must name axe.min.js: %v", err)
	}
	pictures := os.Getenv("PICTURES")
	if pictures == "" {
		pictures = t.TempDir()
	}
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	url, b := pages(t), newBrowser(t)
	for name, path := range map[string]string{
		"status-1": "/1/", "status-40": "/40/", "status-1000": "/1000/", "tenant": "/40/?tenant=customer-0003", "rules": "/alerts/", "simulator": "/-/",
	} {
		for _, width := range []int{1400, 390} {
			for _, scheme := range []string{"light", "dark"} {
				b.device(width, width < 500, scheme)
				b.open(url + path)
				b.look(fmt.Sprintf("%s at %d, %s", name, width, scheme), width)
				if (scheme == "light") == (width > 500) { // both schemes, and both layouts
					b.judge(fmt.Sprintf("%s at %d, %s", name, width, scheme), string(axe))
				}
				b.picture(filepath.Join(pictures, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), width)
			}
		}
	}
}

// look looks for what the API sent and for what is cut off.
func (b *browser) look(page string, width int) {
	b.t.Helper()
	var seen struct {
		Title         string
		Width, Window int
		Foreign       int
	}
	b.evaluate(`({title: document.title, width: document.documentElement.scrollWidth, window: innerWidth, foreign: document.querySelectorAll('img, script:not(body > script)').length})`, &seen)
	if seen.Title == "owned" || seen.Foreign > 0 {
		b.t.Errorf("%s: what the API sent became part of the page", page)
	}
	if seen.Window != width || seen.Width > width {
		b.t.Errorf("%s: the page is %d pixels wide in a window of %d", page, seen.Width, seen.Window)
	}
}

// judge has axe-core look at a page with all of its details open.
func (b *browser) judge(page, axe string) {
	b.t.Helper()
	b.evaluate(`document.querySelectorAll('details').forEach((one, i) => { one.open = i < 5 }); `+axe, nil)
	var violations []string
	b.evaluate(`axe.run().then((r) => r.violations.map((v) => v.id + ': ' + v.help + ': ' + v.nodes.slice(0, 3).map((n) => n.html + ' ' + n.failureSummary).join(', ')))`, &violations)
	for _, v := range violations {
		b.t.Errorf("%s: %s", page, v)
	}
}

// TestBrowserKeyboard: a tenant is found and opened without a mouse, and what
// has the focus looks like it.
func TestBrowserKeyboard(t *testing.T) {
	url, b := pages(t), newBrowser(t)
	b.device(1400, false, "light")
	b.open(url + "/40/")
	focus := func(want string) {
		t.Helper()
		for range 60 {
			b.press("Tab")
			var is bool
			b.evaluate(fmt.Sprintf("document.activeElement.matches(%q)", want), &is)
			if is {
				var outline string
				b.evaluate("getComputedStyle(document.activeElement).outlineStyle", &outline)
				if outline == "none" {
					t.Errorf("%s has the focus and does not look like it", want)
				}
				return
			}
		}
		t.Fatalf("the keyboard does not reach %s", want)
	}
	focus("#filter input")
	b.press(strings.Split("0012 ok", "")...)
	var shown []string
	b.evaluate("[...document.querySelectorAll('#lines > :not([hidden])')].map((line) => line.id)", &shown)
	if len(shown) != 1 || shown[0] != "customer-0012" {
		t.Errorf("the filter shows %v", shown)
	}
	focus("#customer-0012 > summary")
	b.press("Enter")
	var open []string
	b.evaluate("[...document.querySelectorAll('#lines > details[open]')].map((line) => line.id)", &open)
	if len(open) != 1 || open[0] != "customer-0012" {
		t.Errorf("open are %v", open)
	}
	b.open(url + "/40/?again#customer-0003")
	b.evaluate("[...document.querySelectorAll('#lines > details[open]')].map((line) => line.id)", &open)
	if len(open) != 1 || open[0] != "customer-0003" {
		t.Errorf("the address of a tenant opens %v", open)
	}
}

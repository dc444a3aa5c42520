package statuspage

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// TestSummary comes first, and then who fails, whatever the configuration's
// order.
func TestSummary(t *testing.T) { synctest.Test(t, testSummary) }

func testSummary(t *testing.T) {
	h := newHandler()
	h.Budget = func() (used, limit int) { return 590, 600 }
	h.Plan = func() string { return "1960 of 600" }
	h.Members = func() (all []fleet.Status) {
		for i := range 196 {
			one := polled(fmt.Sprintf("good-%03d", i), true)
			one.Alerts.Open = []fleet.Count{{Name: "Critical", N: i % 2}, {Name: "High", N: 0}}
			all = append(all, one)
		}
		held := polled("held", true)
		held.Holds = []fleet.Hold{{Why: "too many calls", Until: time.Now().Add(40*time.Second + 500*time.Millisecond)}}
		return append(all, held, polled("bad-1", false, false), polled("part", true, false), idle(polled("asleep", true), 21*time.Minute+time.Second))
	}
	body := pageOf(t, h)
	for _, want := range []string{
		"<title>2 of 200 failing · prisma_exporter</title>",
		"<dd>197 of 200 ok, 1 failing, 1 partly failing, 1 not polled for 21 min</dd>",
		">98 Critical in 98 of 200 tenants; unknown for 4</dd>", "590 of 600 calls in the last minute; planned: 1960 of 600",
		"<dd>1, the last ends in 40 s</dd>",
		`<a href="?tenant=good-100">good-100</a>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	last := 0
	for _, name := range []string{"bad-1", "part", "asleep", "held", "good-000", "good-001", "good-195"} {
		at := strings.Index(body, ` id="`+name+`"`)
		if at < last {
			t.Errorf("%s is at %d, behind %d", name, at, last)
		}
		last = at
	}
}

// TestErrorsOnce: what fails in one way is told once, with what to do about it
// and where it is; each request has a name of its own and each resource, too.
func TestErrorsOnce(t *testing.T) { synctest.Test(t, testErrorsOnce) }

func testErrorsOnce(t *testing.T) {
	h := newHandler()
	h.Members = func() (all []fleet.Status) {
		for i := range 30 {
			one := polled(fmt.Sprintf("tenant-%02d", i), false, false, false)
			for j := range one.Polls[1:] {
				one.Polls[1+j].Err = &insights.Error{
					Kind: insights.ErrForbidden, Resource: fmt.Sprint("list", j), Status: 403, RequestID: fmt.Sprint("r", i, j), Until: time.Now().Add(time.Duration(i+1) * time.Minute),
				}
			}
			one.Do = func(poll.Status) string { return "Give it a role." }
			all = append(all, one)
		}
		return all
	}
	body := pageOf(t, h)
	for text, want := range map[string]int{
		"the API forbids the query (HTTP 403)": 1, "Give it a role.": 1, `<a href="#tenant-00">tenant-00</a> (poll0, poll1, poll2)`: 1, "and 20 more": 1,
		`<a href="#problem-1">problem 1</a>`: 90, "next try in 29 min": 3,
	} {
		if got := strings.Count(body, text); got != want {
			t.Errorf("%q is there %d times, want %d", text, got, want)
		}
	}
}

// TestTenant: one has a page of its own, with all of its parts.
func TestTenant(t *testing.T) {
	h := newHandler()
	h.Members = func() []fleet.Status {
		a, b := polled("acme", true), polled("acme", false)
		a.Part, b.Part = "7", "8"
		return []fleet.Status{a, polled("other", false), b}
	}
	resp, body := get(t, h, "/?tenant=acme")
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || strings.Contains(body, "other") || strings.Count(body, "<details") != 2 || strings.Count(body, " open>") != 2 || !strings.Contains(body, "no route") {
		t.Errorf("%s\n%s", resp.Status, body)
	}
	resp, body = get(t, h, "/?tenant=<b>")
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound || !strings.Contains(body, "There is no tenant or company &lt;b&gt;") {
		t.Errorf("%s\n%s", resp.Status, body)
	}
}

// TestChildren: a provider's part leads to its children, of many only on its own
// page.
func TestChildren(t *testing.T) {
	h := newHandler()
	names := []string{"a b&c", "<i>"}
	h.Members = func() []fleet.Status {
		return []fleet.Status{{Name: "msp", Below: names}}
	}
	const first, second = `<a href="?tenant=a+b%26c">a b&amp;c</a>`, `<a href="?tenant=%3Ci%3E">&lt;i&gt;</a>`
	want := func(path string, there bool) {
		resp, body := get(t, h, path)
		defer resp.Body.Close()
		if strings.Contains(body, first) != there || strings.Contains(body, second) != there {
			t.Errorf("%s of %d children: links are there: %t\n%s", path, len(names), !there, body)
		}
	}
	want("/", true)
	for range mostWhole {
		names = append(names, "another")
	}
	want("/", false)
	want("/?tenant=msp", true)
}

// TestSize: a thousand tenants that have much to tell make a page that can be
// loaded and read.
func TestSize(t *testing.T) {
	h := newHandler()
	h.Members = func() (all []fleet.Status) {
		for i := range 1000 {
			one := tenants(time.Now())[0]
			one.Name = fmt.Sprintf("customer-%04d", i)
			one.Polls = slices.Repeat(one.Polls, 4)
			all = append(all, one)
		}
		return all
	}
	if n := len(pageOf(t, h)); n > 300_000 {
		t.Errorf("the page has %d bytes", n)
	}
}

func TestList(t *testing.T) {
	l := &List{
		Title: "Rules", Address: "https://x.example/alerts/", Files: []File{{"a.yml", "The <first>"}},
		Content: fstest.MapFS{"a.yml": {Data: []byte("groups: []")}, "b.json": {Data: []byte("{}")}},
	}
	h := http.StripPrefix("/rules/", l)
	for path, wants := range map[string][3]string{
		"/rules/":       {"200", "text/html; charset=utf-8", `<a href="a.yml">a.yml</a></dt><dd>The &lt;first&gt;</dd>`},
		"/rules/a.yml":  {"200", "text/plain; charset=utf-8", "groups: []"},
		"/rules/b.json": {"200", "application/json", "{}"},
		"/rules/c.yml":  {"404", "text/plain; charset=utf-8", "404"},
	} {
		resp, body := get(t, h, path)
		_ = resp.Body.Close()
		if fmt.Sprint(resp.StatusCode) != wants[0] || resp.Header.Get("Content-Type") != wants[1] || !strings.Contains(body, wants[2]) {
			t.Errorf("%s: %s %v\n%s", path, resp.Status, resp.Header, body)
		}
	}
}

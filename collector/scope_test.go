package collector

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// newScope is a scope with some collectors that all ask api.
func newScope(api insights.API, logs *logtest.Buffer, names ...string) *Scope {
	var enabled []Enabled
	for _, d := range Definitions() {
		for _, name := range names {
			if d.Name == name {
				enabled = append(enabled, Enabled{d, 0})
			}
		}
	}
	return NewScope(ScopeOptions{
		Tenant: "acme", API: api, Collectors: enabled, Options: testOptions(), Logger: log.NewLogfmtLogger(logs),
		Freshness: poll.Freshness{MaxStaleness: time.Hour, PollTimeout: time.Minute}, Metrics: NewMetrics(prometheus.NewRegistry()),
	})
}

func scrapeText(t *testing.T, s *Scope, names ...string) string {
	t.Helper()
	var text strings.Builder
	if err := exposition.NewPage(s.Scrape(context.Background(), names, poll.NewPage(true)), nil).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// panicking has a row of tomorrow for every query.
type panicking struct{}

func (panicking) Query(context.Context, insights.Query, func() insights.Row) (insights.Answer, error) {
	panic("a row of tomorrow")
}

// TestAPanicOfAQueryIsAFailure: also where a collector asks side by side.
func TestAPanicOfAQueryIsAFailure(t *testing.T) {
	var logs logtest.Buffer
	page := scrapeText(t, newScope(panicking{}, &logs, "bandwidth"))
	if !strings.Contains(page, `success{tenant="acme",sub_tenant="",collector="bandwidth"} 0`) || !strings.Contains(logs.String(), "a row of tomorrow") {
		t.Errorf("page:\n%s\nlog:\n%s", page, logs.String())
	}
}

// TestUpNeedsAnAnswer: a host that has nothing of what is asked for is not up,
// though nothing fails.
func TestUpNeedsAnAnswer(t *testing.T) {
	var logs logtest.Buffer
	s := newScope(&oneAnswer{insights.ErrMissing}, &logs, "tunnels", "mobile_users")
	if page := scrapeText(t, s); !strings.Contains(page, `prisma_access_up{tenant="acme",sub_tenant=""} 0`) ||
		!strings.Contains(page, `success{tenant="acme",sub_tenant="",collector="tunnels"} 1`) {
		t.Errorf("the page is\n%s", page)
	}
	if page := scrapeText(t, newScope(&oneAnswer{}, &logtest.Buffer{}, "tunnels")); !strings.Contains(page, `prisma_access_up{tenant="acme",sub_tenant=""} 1`) {
		t.Errorf("an answer without rows is an answer:\n%s", page)
	}
	if page := scrapeText(t, s, "alerts"); strings.Contains(page, "prisma_access_up") {
		t.Errorf("nothing was asked, and it says:\n%s", page)
	}
}

// TestAFailureThatGoesOnIsSaidOnce: its text can differ each time.
func TestAFailureThatGoesOnIsSaidOnce(t *testing.T) {
	var logs logtest.Buffer
	api := &oneAnswer{}
	s := newScope(api, &logs, "tunnels")
	for _, port := range []string{"1", "2", "3"} {
		api.err = &insights.Error{Kind: insights.ErrUnavailable, Resource: "tunnel_list", Err: errors.New("reset from port " + port)}
		scrapeText(t, s)
	}
	if n := strings.Count(logs.String(), "Collector failed"); n != 1 {
		t.Errorf("it is said %d times:\n%s", n, logs.String())
	}
}

package collector

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
)

// script answers each query with as many rows as stand next in it, and the
// last number for ever.
type script struct {
	answers []int
	asked   int
	fill    func(i int, row insights.Row)
}

func (s *script) Query(_ context.Context, _ insights.Query, next func() insights.Row) (insights.Answer, error) {
	n := s.answers[min(s.asked, len(s.answers)-1)]
	s.asked++
	for i := range n {
		s.fill(i, next())
	}
	return insights.Answer{Rows: n}, nil
}

// TestMuchThatIsGoneAtOnceIsAskedForAgain at once, and is believed when it
// comes twice.
func TestMuchThatIsGoneAtOnceIsAskedForAgain(t *testing.T) {
	for _, c := range []struct {
		collector string
		answers   []int
		asked     int
		series    string
		left      int // after the second poll
	}{
		{"alerts", []int{20, 0, 20}, 3, "", 20},
		{"alerts", []int{20, 0, 0}, 3, "", 0},
		{"alerts", []int{20, 9, 20}, 3, "", 20},
		{"alerts", []int{20, 10}, 2, "", 10},
		{"alerts", []int{1, 0}, 2, "", 0},
		{"alerts", []int{0, 0}, 2, "", 0},
		{"tunnels", []int{3, 0, 3}, 3, `prisma_access_tunnel_state{`, 3 * len(tunnelStateNames)},
		{"remote_networks", []int{3, 0, 0}, 3, "prisma_access_site_info{", 0},
	} {
		t.Run(fmt.Sprint(c.collector, c.answers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := &script{answers: c.answers, fill: func(i int, row insights.Row) {
					switch r := row.(type) {
					case *alertRow:
						*r = alertRow{event: event{id: fmt.Sprint(i), severity: "High", category: "RN", stateName: "Raised"}}
					case *tunnelRow:
						r.tunnel, r.stateName = fmt.Sprint(i), "Up"
					case *siteRow:
						r.site = fmt.Sprint(i)
					}
				}}
				s := newScope(api, &logtest.Buffer{}, c.collector)
				defer s.Close()
				scrapeText(t, s)
				time.Sleep(time.Minute)
				page := scrapeText(t, s)
				n := strings.Count(page, "\n"+c.series)
				if c.collector == "alerts" { // which have at most some series of their own
					n = 0
					for _, open := range s.Status().OpenAlerts {
						n += open.Count
					}
				}
				if n != c.left || api.asked != c.asked {
					t.Errorf("it asked %d times and shows %d series, want %d and %d", api.asked, n, c.asked, c.left)
				}
				scrapeText(t, s)
				if gone := c.collector == "alerts" && c.left < c.answers[0]; strings.Contains(scrapeText(t, s), `clear_reason="unobserved"}`) != gone {
					t.Errorf("alerts count as cleared: %t, want %t", !gone, gone)
				}
			})
		})
	}
}

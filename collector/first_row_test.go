package collector

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// TestNoRowsOfAWrongRegionAreNoAllClear: alerts are none only once there was a
// row of anything.
func TestNoRowsOfAWrongRegionAreNoAllClear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tunnels := 0
		api := queryFunc(func(_ context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
			if q.Resource != insights.TunnelList {
				return insights.Answer{}, nil
			}
			time.Sleep(time.Second) // behind the alerts
			for range tunnels {
				next().(*tunnelRow).tunnel = "t"
			}
			return insights.Answer{Rows: tunnels}, nil
		})
		for _, unknown := range []bool{true, false} {
			s := newScope(api, &bytes.Buffer{}, "alerts", "tunnels")
			s.emptyIsUnknown = unknown
			tunnels = 0
			page := scrapeText(t, s)
			if strings.Contains(page, `success{tenant="acme",sub_tenant="",collector="alerts"} 1`) == unknown || !strings.Contains(page, `rows_seen{tenant="acme",sub_tenant=""} 0`) {
				t.Errorf("no rows at all, unknown %t:\n%s", unknown, page)
			}
			if err := s.Status().Polls[0].Err; errors.Is(err, insights.ErrNothing) != unknown {
				t.Errorf("unknown %t: %v", unknown, err)
			}
			tunnels = 1
			time.Sleep(time.Minute)
			scrapeText(t, s) // need not wait for what took its time to fail
			time.Sleep(10 * time.Second)
			if page = scrapeText(t, s); !strings.Contains(page, `success{tenant="acme",sub_tenant="",collector="alerts"} 1`) || !strings.Contains(page, `rows_seen{tenant="acme",sub_tenant=""} 1`) {
				t.Errorf("with a row, unknown %t:\n%s", unknown, page)
			}
			s.Close()
		}
	})
}

type queryFunc func(context.Context, insights.Query, func() insights.Row) (insights.Answer, error)

func (f queryFunc) Query(ctx context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	return f(ctx, q, next)
}

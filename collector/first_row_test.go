package collector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
)

// TestNoRowsOfAWrongRegionAreNoAllClear: alerts are none only once there was a
// row of anything in the region.
func TestNoRowsOfAWrongRegionAreNoAllClear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		locations, old, missing := 0, 0, false
		api := queryFunc(func(_ context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
			rows := 0
			switch {
			case q.Resource == insights.EdgeLocationStatus && missing:
				return insights.Answer{}, insights.ErrMissing
			case q.Resource == insights.EdgeLocationStatus:
				rows = locations
			case q.Resource == insights.AlertsCurrent && q.Filter == nil:
				rows = old
			case !q.Resource.OfRegion:
				rows = 1 // a count, or a licence
			}
			for range rows {
				next()
			}
			return insights.Answer{Rows: rows}, nil
		})
		for _, unknown := range []bool{true, false} {
			s := newScope(api, &logtest.Buffer{}, "alerts")
			s.emptyIsUnknown = unknown
			locations = 0
			page := scrapeText(t, s)
			if strings.Contains(page, `success{tenant="acme",sub_tenant="",collector="alerts"} 1`) == unknown || !strings.Contains(page, `rows_seen{tenant="acme",sub_tenant=""} 0`) {
				t.Errorf("no rows at all, unknown %t:\n%s", unknown, page)
			}
			if err := s.Status().Polls[0].Err; errors.Is(err, insights.ErrNothing) != unknown {
				t.Errorf("unknown %t: %v", unknown, err)
			}
			locations = 1
			time.Sleep(time.Minute)
			if page = scrapeText(t, s); !strings.Contains(page, `success{tenant="acme",sub_tenant="",collector="alerts"} 1`) || unknown != strings.Contains(page, `rows_seen{tenant="acme",sub_tenant=""} 1`) {
				t.Errorf("with a row, unknown %t:\n%s", unknown, page)
			}
			if strings.Contains(page, "edge_location") {
				t.Errorf("what was looked for is on the page:\n%s", page)
			}
			s.Close()
		}
		missing = true
		for _, old = range []int{0, 1} {
			s := newScope(api, &logtest.Buffer{}, "alerts", "mobile_users", "licenses")
			s.emptyIsUnknown = true
			scrapeText(t, s)
			time.Sleep(time.Minute)
			if page := scrapeText(t, s); !strings.Contains(page, fmt.Sprintf(`success{tenant="acme",sub_tenant="",collector="alerts"} %d`, old)) {
				t.Errorf("no locations and %d old alerts:\n%s", old, page)
			}
			s.Close()
		}
	})
}

// TestNoTimeToLookIsNoWrongRegion: where the budget has no call left to find out
// whether the region is right, the poll fails for want of that call.
func TestNoTimeToLookIsNoWrongRegion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := queryFunc(func(_ context.Context, q insights.Query, _ func() insights.Row) (insights.Answer, error) {
			if q.Resource == insights.EdgeLocationStatus {
				return insights.Answer{}, fmt.Errorf("%w: too late", insights.ErrBudget)
			}
			return insights.Answer{}, nil
		})
		s := newScope(api, &logtest.Buffer{}, "alerts")
		s.emptyIsUnknown = true
		scrapeText(t, s)
		if err := s.Status().Polls[0].Err; !errors.Is(err, insights.ErrBudget) {
			t.Errorf("%v", err)
		}
		s.Close()
	})
}

type queryFunc func(context.Context, insights.Query, func() insights.Row) (insights.Answer, error)

func (f queryFunc) Query(ctx context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	return f(ctx, q, next)
}

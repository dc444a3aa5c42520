package collector

import (
	"context"
	"fmt"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
)

// manyRows answers every query with so many rows, which have names and states.
type manyRows int

// Query implements insights.API.
func (n manyRows) Query(_ context.Context, _ insights.Query, next func() insights.Row) (insights.Answer, error) {
	for i := range int(n) {
		row := next()
		for _, column := range []string{"alert_id", "state", "tunnel_name", "tunnel_state_name", "site_name", "site_state_name"} {
			switch text := row.Column(column).(type) {
			case *string:
				*text = fmt.Sprint("x-", i)
			case *insights.Word:
				*text = insights.Word(fmt.Sprint("x-", i))
			}
		}
	}
	return insights.Answer{Rows: int(n)}, nil
}

// TestSeriesOfAScopeAreBounded: those of all collectors together, of which the
// alerts' are never dropped.
func TestSeriesOfAScopeAreBounded(t *testing.T) {
	whole := map[string]int{}
	for _, most := range []int{0, 5000, 2000, 1} {
		s := newScope(manyRows(200), &logtest.Buffer{}, "remote_networks", "tunnels", "alerts")
		s.series.most = most
		for range 3 {
			scrapeText(t, s)
		}
		all, cut := 0, 0
		for _, c := range s.Status().Polls {
			if most == 0 {
				whole[c.Name] = c.Series
			}
			if all += c.Series; c.Truncated {
				cut++
			}
			if c.Truncated != (c.Series < whole[c.Name]) || c.Name == "alerts" && c.Truncated {
				t.Errorf("at most %d: %s has %d of %d series, truncated %v", most, c.Name, c.Series, whole[c.Name], c.Truncated)
			}
		}
		if most == 2000 && (cut == 0 || all > most || all < most-len(tunnelStateNames)) || most == 1 && all != whole["alerts"] || most == 5000 && cut > 0 {
			t.Errorf("at most %d: %d series, %d collectors cut", most, all, cut)
		}
	}
}

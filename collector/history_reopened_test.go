package collector

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// updated is a row that changed so long before now.
func updated(r alertRow, before time.Duration) alertRow {
	r.updated = insights.Time{Time: time.Now().Add(-before).Truncate(time.Millisecond)}
	return r
}

// cleared is a row that says that the alert is over.
func cleared(r alertRow) alertRow {
	r.stateName, r.clearReason = "Cleared", "Auto"
	return r
}

// TestReopenedAlertIsRaisedAgain, though it keeps the time that it was raised
// first.
func TestReopenedAlertIsRaisedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newAlertsPoller(t)
		p.poll()
		time.Sleep(time.Minute)
		a := row("a", "Raised", 10*time.Second)
		p.want(p.poll(a), "raised", sums{"open": 1, "raised": 1})
		time.Sleep(time.Minute)
		p.want(p.poll(updated(cleared(a), time.Second)), "cleared", sums{"raised": 1, "cleared Auto": 1})
		time.Sleep(time.Minute)
		again := updated(a, time.Second)
		p.want(p.poll(again), "open again", sums{"open": 1, "raised": 2, "cleared Auto": 1})
		time.Sleep(time.Minute)
		p.want(p.poll(updated(again, 0)), "touched", sums{"open": 1, "raised": 2, "cleared Auto": 1})
		p.want(p.poll(updated(cleared(a), 0)), "and cleared again", sums{"raised": 2, "cleared Auto": 2})
	})
}

// TestAClearThatWasSeenStays: the row that said so leaves the window of the
// answer, and the older row of the same alert, which is open, does not.
func TestAClearThatWasSeenStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newAlertsPoller(t)
		p.poll()
		time.Sleep(time.Minute)
		old := row("a", "Raised", 10*time.Second)
		p.want(p.poll(old), "raised", sums{"open": 1, "raised": 1})
		time.Sleep(time.Minute)
		over := updated(cleared(old), 0)
		p.want(p.poll(old, over), "cleared", sums{"raised": 1, "cleared Auto": 1})
		for range 100 {
			time.Sleep(time.Hour)
			p.want(p.poll(old), "the old row alone", sums{"raised": 1, "cleared Auto": 1})
		}
	})
}

// TestAnAlertThatWentWithoutAWordComesBack: nothing said that it is over.
func TestAnAlertThatWentWithoutAWordComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newAlertsPoller(t)
		a := row("a", "Raised", time.Hour)
		p.poll(a)
		time.Sleep(time.Minute)
		p.poll()
		p.poll()
		time.Sleep(time.Minute)
		p.want(p.poll(a), "back", sums{"open": 1, "cleared unobserved": 1})
	})
}

// TestUndatedAlertIsOneEvent, however often it is shown.
func TestUndatedAlertIsOneEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newAlertsPoller(t)
		p.poll()
		bare := alertRow{event: event{id: "a", severity: "High", category: "RN", stateName: "Raised"}}
		for range 5 {
			time.Sleep(time.Minute)
			p.want(p.poll(bare, bare), "shown", sums{"open": 1, "raised": 1})
		}
		over := cleared(bare)
		for range 3 {
			time.Sleep(time.Minute)
			p.want(p.poll(over), "cleared", sums{"raised": 1, "cleared Auto": 1})
		}
	})
}

// TestTheAPIsClockDatesAlerts: whichever clock is ahead, each alert that is
// raised counts once, and none of those from before the start does.
func TestTheAPIsClockDatesAlerts(t *testing.T) {
	for _, ahead := range []time.Duration{0, 90 * time.Minute, -90 * time.Minute} {
		t.Run(ahead.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newAlertsPoller(t)
				p.api.ahead = ahead
				p.api.takes = 2 * time.Second
				old := row("old", "Raised", 10*time.Minute-ahead)
				time.Sleep(time.Minute)
				first := row("first", "Cleared", 30*time.Second-ahead)
				p.want(p.poll(old, first), "since the start", sums{"open": 1, "raised": 1, "cleared Auto": 1})
				for i := range 5 {
					time.Sleep(time.Minute)
					flap := row(fmt.Sprint("flap", i), "Cleared", 20*time.Second-ahead)
					p.want(p.poll(old, flap), "a flap between two polls", sums{"open": 1, "raised": float64(2 + i), "cleared Auto": float64(2 + i)})
				}
				time.Sleep(10 * time.Hour)
				p.poll(old)
				time.Sleep(time.Minute)
				long := row("long ago", "Cleared", 8*time.Hour-ahead)
				p.want(p.poll(old, long), "raised and cleared long ago", sums{"open": 1, "raised": 6, "cleared Auto": 6})
			})
		})
	}
}

// TestOneAlertRaisedForEver takes no more memory for that.
func TestOneAlertRaisedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newAlertsPoller(t)
		for i := range 20 {
			rows := make([]alertRow, 50)
			for j := range rows {
				rows[j] = cleared(row("a", "Cleared", time.Duration(j+1)*time.Millisecond))
			}
			if p.poll(rows...); len(p.c.(*alertsCollector).history.alerts["a"].events) > maxEvents {
				t.Fatalf("%d events are remembered after poll %d", len(p.c.(*alertsCollector).history.alerts["a"].events), i)
			}
			time.Sleep(time.Minute)
		}
	})
}

// BenchmarkAlertHistory: what undated alerts cost beside dated ones.
func BenchmarkAlertHistory(b *testing.B) {
	for _, dated := range []bool{true, false} {
		b.Run(fmt.Sprint("dated=", dated), func(b *testing.B) {
			var rows []*event
			for i := range 5000 {
				r := row(fmt.Sprint("a", i), "Raised", time.Hour)
				if !dated {
					r.raised = insights.Time{}
				}
				r.state = alertStateRaised
				rows = append(rows, &r.event)
			}
			slices.SortFunc(rows, compareEvents)
			h := newHistory(time.Now(), time.Hour, severities)
			for b.Loop() {
				h.note(rows, pollTime{now: time.Now()}, false)
			}
		})
	}
}

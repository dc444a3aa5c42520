package collector

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestFirstCountIsZero: a combination of labels is on show as zero for one poll
// before it counts, and an open alert's stays when it is gone, so that neither
// increase() nor a graph misses anything.
func TestFirstCountIsZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := testOptions()
		o.Started, o.MaxAlertSeries = time.Now(), 1000
		p := &alertsPoller{t, newAlerts(o), &alertsAPI{}}
		p.poll()
		if got := p.series(alertsOpen.Name, alertsRaised.Name, alertsCleared.Name); got != 3*len(severities) {
			t.Errorf("%d series of a tenant without an alert, want one for each severity of each", got)
		}
		time.Sleep(time.Minute)
		a := row("a", "Raised", 10*time.Second)
		p.want(p.poll(a), "it is new", sums{"open": 1})
		time.Sleep(time.Minute)
		p.want(p.poll(a), "it is still there", sums{"open": 1, "raised": 1})
		time.Sleep(time.Minute)
		before := p.series(alertsOpen.Name)
		p.want(p.poll(updated(cleared(a), time.Second)), "it is cleared", sums{"raised": 1})
		if got := p.series(alertsOpen.Name); got != before {
			t.Errorf("%d series of how many are open, %d while one was", got, before)
		}
		time.Sleep(time.Minute)
		p.want(p.poll(), "nothing more", sums{"raised": 1, "cleared Auto": 1})
	})
}

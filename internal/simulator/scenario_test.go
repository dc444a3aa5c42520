package simulator

import (
	"slices"
	"testing"
	"time"
)

// TestDemoLives watches the demo for a while: how many alerts are open, and how often something changes.
func TestDemoLives(t *testing.T) {
	if testing.Short() {
		t.Skip("asks much with one goroutine")
	}
	o := Demo()
	c := &testClock{now: startOfTests}
	o.Now = c.Now
	sim, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	w, err := sim.World(DemoTenant, "")
	if err != nil {
		t.Fatal(err)
	}
	const minutes = 3 * 60
	open, changes, severities := 0, 0, map[string]bool{}
	before := map[string]string{}
	for range minutes {
		c.advance(time.Minute)
		after := map[string]string{}
		for _, a := range w.alertsNow() {
			after[a.ID] = a.State + a.RaisedTime.String()
			if before[a.ID] != after[a.ID] {
				changes++
			}
			if a.open() {
				open++
				severities[a.Severity] = true
			}
		}
		before = after
	}
	if mean := float64(open) / minutes; mean < 5 || mean > 14 {
		t.Errorf("%.1f alerts are open on average", mean)
	}
	if each := float64(changes-len(before)) / minutes; each < 0.2 || each > 3 {
		t.Errorf("%.2f changes a minute", each)
	}
	if len(severities) < 5 {
		t.Errorf("severities %v", severities)
	}
}

// TestSiteLosesOneTunnelThenAll follows a site through the chapter of that story.
func TestSiteLosesOneTunnelThenAll(t *testing.T) {
	c := &testClock{now: startOfTests}
	w := newWorld("t", "", 3, DemoSize, clock{now: c.Now, speed: 1})
	s := w.sites[0]
	s.chapters = []chapter{{primary: []gap{{0.20, 0.50}}, backups: []gap{{0.27, 0.45}}, reason: clearedAuto}}
	cycle, _ := s.rhythm.at(c.now)
	var seen time.Time
	for _, step := range []struct {
		progress float64
		state    State
		up       int64
		open     map[string]string
	}{
		{0.10, Up, 2, map[string]string{}},
		{0.22, Warning, 1, map[string]string{"AL_RN_PRIMARY_TUNNEL_DOWN": Raised}},
		{0.30, Down, 0, map[string]string{"AL_RN_PRIMARY_TUNNEL_DOWN": Raised, "AL_RN_SECONDARY_TUNNEL_DOWN": RaisedChild, "AL_RN_SITE_DOWN": Raised}},
		{0.40, Down, 0, map[string]string{"AL_RN_PRIMARY_TUNNEL_DOWN": Raised, "AL_RN_SECONDARY_TUNNEL_DOWN": RaisedChild, "AL_RN_SITE_DOWN": Raised}},
		{0.47, Warning, 1, map[string]string{"AL_RN_PRIMARY_TUNNEL_DOWN": Raised}},
		{0.60, Up, 2, map[string]string{}},
	} {
		c.now = s.rhythm.time(cycle, step.progress)
		status := s.statusAt(c.now)
		if status.state != step.state || status.up != step.up {
			t.Errorf("at %.2f: %+v, want %s with %d up", step.progress, status, step.state, step.up)
		}
		open := map[string]string{}
		for _, a := range w.OpenAlerts() {
			if a.Site == s.name {
				open[a.Code] = a.State
			}
		}
		if len(open) != len(step.open) {
			t.Errorf("at %.2f: alerts %v, want %v", step.progress, open, step.open)
		}
		for code, state := range step.open {
			if open[code] != state {
				t.Errorf("at %.2f: alerts %v, want %v", step.progress, open, step.open)
			}
		}
		if step.state == Down {
			if !seen.IsZero() && !status.seen.Equal(seen) {
				t.Errorf("last seen moves from %v to %v", seen, status.seen)
			}
			seen = status.seen
		}
	}
	lost, took := s.lossesIn(window{from: s.rhythm.time(cycle, 0), to: c.now}, s.lossesOf)
	if want := time.Duration(0.18 * float64(s.rhythm.period)); lost != 1 || (took-want).Abs() > 2*time.Second {
		t.Errorf("%d losses of %v, want one of %v", lost, took, want)
	}
}

func TestScenarioHasFlapsOfOneAlert(t *testing.T) {
	if testing.Short() {
		t.Skip("asks much with one goroutine")
	}
	c := &testClock{now: startOfTests}
	w := newWorld("t", "", 3, DemoSize, clock{now: c.Now, speed: 1})
	raised := map[string][]time.Time{}
	reasons := map[string]bool{}
	for range 150 {
		c.advance(time.Minute)
		for _, a := range w.alertsNow() {
			if !slices.Contains(raised[a.ID], a.RaisedTime) {
				raised[a.ID] = append(raised[a.ID], a.RaisedTime)
			}
			reasons[a.ClearReason] = true
			if a.open() == (a.ClearReason != "") || a.open() != a.ClearedTime.IsZero() || a.UpdatedTime.Before(a.RaisedTime) {
				t.Fatalf("inconsistent alert %+v", a)
			}
		}
	}
	again := 0
	for _, times := range raised {
		if len(times) > 1 {
			again++
		}
	}
	if again == 0 || !reasons[clearedAuto] || !reasons[clearedNoData] {
		t.Errorf("%d of %d alerts were raised again, reasons %v", again, len(raised), reasons)
	}
}

func TestRaiseAndClear(t *testing.T) {
	b := newBench(t, Options{Still: true})
	id := b.world.RaiseAlert(Alert{Severity: "Critical", Message: "m"})
	if open := b.world.OpenAlerts(); len(open) != 1 || open[0].ID != id || open[0].State != Raised || !open[0].RaisedTime.Equal(startOfTests) {
		t.Fatalf("open %+v", open)
	}
	b.clock.advance(time.Minute)
	if err := b.world.ClearAlert(id, clearedNoData); err != nil {
		t.Fatal(err)
	}
	if err := b.world.ClearAlert(id, ""); err == nil {
		t.Error("cleared twice")
	}
	all := b.world.alertsNow()
	if len(all) != 1 || all[0].State != Cleared || all[0].ClearReason != clearedNoData || !all[0].ClearedTime.Equal(startOfTests.Add(time.Minute)) {
		t.Errorf("cleared %+v", all)
	}
	b.clock.advance(time.Minute)
	b.world.RaiseAlert(Alert{ID: id})
	if open := b.world.OpenAlerts(); len(open) != 1 || !open[0].RaisedTime.Equal(startOfTests.Add(2*time.Minute)) || open[0].ClearReason != "" {
		t.Errorf("raised again %+v", open)
	}
	if err := b.world.ClearAlert(id, ""); err != nil {
		t.Fatal(err)
	}
	b.clock.advance(13 * time.Hour)
	if all := b.world.alertsNow(); len(all) != 0 {
		t.Errorf("cleared alerts stay for ever: %+v", all)
	}
}

func TestScenarioAlertsCanBeClearedByHand(t *testing.T) {
	b := newBench(t, Options{})
	for _, a := range b.world.OpenAlerts() {
		if err := b.world.ClearAlert(a.ID, ""); err != nil {
			t.Fatal(err)
		}
	}
	if open := b.world.OpenAlerts(); len(open) != 0 {
		t.Errorf("still open: %+v", open)
	}
}

func TestUsersFollowTheDay(t *testing.T) {
	c := &testClock{now: time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)}
	w := newWorld("t", "", 3, Size{Locations: 1, Users: 1000}, clock{now: c.Now, speed: 1})
	// New York: its night is at 9 o'clock UTC, its afternoon at 21.
	count := func(hour int) int64 {
		c.now = time.Date(2026, 3, 5, hour, 2, 0, 0, time.UTC)
		for r := range userCountRecords(w, window{}) {
			n, _ := r["user_count"].(int64)
			return n
		}
		return -1
	}
	if night, day := count(9), count(21); night*2 > day || night == 0 {
		t.Errorf("%d users at night, %d by day", night, day)
	}
}

func TestSpeed(t *testing.T) {
	slow := newRhythm(clock{speed: 1}, time.Hour, 1)
	fast := newRhythm(clock{speed: 60}, time.Hour, 1)
	if got := slow.period / fast.period; got != 60 {
		t.Errorf("a speed of 60 is %d times faster", got)
	}
}

func TestCyclesBeforeTheEpoch(t *testing.T) {
	r := rhythm{period: time.Hour}
	cycle, progress := r.at(epoch.Add(-15 * time.Minute))
	if cycle != -1 || progress != 0.75 {
		t.Errorf("cycle %d at %v", cycle, progress)
	}
}

package poll

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// TestAPaceOfItsOwn: what stands still is asked for rarely, at once when another
// source tells of a change, and its old reading is late meanwhile, neither
// failed nor withdrawn.
func TestAPaceOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calm := Pace{Every: time.Hour, Longest: time.Hour}
		var pace atomic.Pointer[Pace]
		pace.Store(&calm)
		f := &fakePoll{takes: time.Second}
		g := NewGroup(Freshness{MaxStaleness: 10 * time.Minute, PollTimeout: time.Minute})
		g.Add(f.poll, Options{Name: "alerts", Interval: 30 * time.Second, Pace: func() Pace { return *pace.Load() }, Logger: log.NewNopLogger()})
		t.Cleanup(g.Close)
		scrapes := func(during time.Duration) (polls int) {
			before := f.count()
			for range during / (30 * time.Second) {
				time.Sleep(30 * time.Second)
				if v := get(g, 10*time.Second); !v.Success || v.Reading == nil || v.Overdue || v.Late {
					t.Fatalf("a scrape shows %+v", v)
				}
			}
			return f.count() - before
		}
		if polls := scrapes(5 * time.Hour); polls != 5 {
			t.Errorf("%d polls in five hours in which nothing moved", polls)
		}
		time.Sleep(time.Second)
		pace.Store(&Pace{Every: time.Hour, Longest: time.Hour, Moved: time.Now()})
		if v := g.Peek()[0]; !v.Late || !v.Success || v.Reading == nil {
			t.Errorf("after a change, what there is is %+v", v)
		}
		if polls := scrapes(30 * time.Second); polls != 1 {
			t.Errorf("%d polls at the scrape after a change", polls)
		}
		if polls := scrapes(50 * time.Minute); polls != 0 {
			t.Errorf("%d polls although nothing has moved since", polls)
		}

		// Quick again: a reading of the slow time is not too old at once.
		pace.Store(&Pace{Every: 30 * time.Second, Longest: time.Hour})
		f.set(time.Second, errors.New("no answer"))
		time.Sleep(30 * time.Second)
		if v := get(g, 10*time.Second); v.Success || v.Reading == nil {
			t.Errorf("when a quick poll fails, a scrape shows %+v", v)
		}
		f.set(time.Second, nil)
		time.Sleep(time.Minute)
		get(g, 10*time.Second) // which does not wait for what has just failed
		if polls := scrapes(10 * time.Minute); polls < 19 {
			t.Errorf("%d polls in ten minutes, every 30 seconds", polls)
		}

		// What cannot be had for two slow intervals is withdrawn.
		pace.Store(&calm)
		f.set(time.Second, errors.New("no answer"))
		time.Sleep(110 * time.Minute)
		if v := get(g, 10*time.Second); v.Success || v.Reading == nil {
			t.Errorf("in the second hour, a scrape shows %+v", v)
		}
		time.Sleep(11 * time.Minute)
		if v := get(g, 10*time.Second); v.Reading != nil {
			t.Errorf("after two hours, a scrape shows %+v", v)
		}
	})
}

// TestNothingFailsBeforeItsTurn: of a thing with a slow pace that the budget had
// no room for yet, no page says that it failed, until a poll is overdue.
func TestNothingFailsBeforeItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{}
		f.set(time.Second, fmt.Errorf("%w: too late", insights.ErrBudget))
		g := slowGroup(t, f)
		metrics := NewMetrics("x_", "thing", nil)
		says := func() bool {
			b := exposition.NewBuilder()
			metrics.Emit(b, b.Labels(nil), get(g, 10*time.Second))
			return slices.ContainsFunc(b.Parts(), func(p exposition.Part) bool { return p.Metric == metrics.Success })
		}
		for range 110 {
			if says() {
				t.Fatalf("a poll that waits for its turn has failed: %+v", g.Peek()[0])
			}
			time.Sleep(time.Minute)
		}
		time.Sleep(15 * time.Minute)
		if !says() || !g.Peek()[0].Overdue {
			t.Errorf("a poll that was due twice has not failed: %+v", g.Peek()[0])
		}
		f.set(time.Second, nil)
		time.Sleep(time.Minute)
		get(g, 10*time.Second) // which starts a poll and may not wait for it
		time.Sleep(10 * time.Second)
		if v := get(g, 10*time.Second); !v.Success || !says() {
			t.Errorf("after the first answer: %+v", v)
		}
	})
}

// TestAFirstPollThatRunsOutOfTimeWaits: its time went by before it could ask.
func TestAFirstPollThatRunsOutOfTimeWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{}
		f.set(time.Hour, nil)
		g := slowGroup(t, f)
		get(g, 10*time.Second)
		time.Sleep(2 * time.Minute)
		if v := g.Peek()[0]; v.Ended.IsZero() || !v.Pending {
			t.Errorf("%+v", v)
		}
	})
}

// TestARefusedFirstPollFails at once, whatever its pace.
func TestARefusedFirstPollFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{}
		f.set(time.Second, insights.ErrUnavailable)
		if v := get(slowGroup(t, f), 10*time.Second); v.Pending || v.Success {
			t.Errorf("%+v", v)
		}
	})
}

// slowGroup polls one thing once an hour.
func slowGroup(t *testing.T, f *fakePoll) *Group {
	g := NewGroup(Freshness{MaxStaleness: 10 * time.Minute, PollTimeout: time.Minute})
	pace := Pace{Every: time.Hour, Longest: time.Hour}
	g.Add(f.poll, Options{Name: "alerts", Interval: 30 * time.Second, Pace: func() Pace { return pace }, Logger: log.NewNopLogger()})
	t.Cleanup(g.Close)
	return g
}

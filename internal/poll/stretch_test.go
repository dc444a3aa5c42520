package poll

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
)

// TestStretchedInterval: where the budget has no room for all, a poll comes as
// much later as the plan says; its reading is served meanwhile, however old it
// may be otherwise, and is neither overdue nor a failure.
func TestStretchedInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, stretch := &fakePoll{takes: time.Second}, 1.
		g := NewGroup(Freshness{MaxStaleness: 10 * time.Minute, PollTimeout: time.Minute})
		g.Add(f.poll, Options{Name: "tunnels", Interval: 5 * time.Minute, Stretch: func() float64 { return stretch }, Logger: log.NewNopLogger()})
		t.Cleanup(g.Close)
		day := func(hours int) (polls int) {
			before := f.count()
			for range hours * 120 {
				time.Sleep(30 * time.Second)
				if v := get(g, 10*time.Second); !v.Success || v.Reading == nil || v.Overdue {
					t.Fatalf("stretched by %v, a scrape shows %+v", stretch, v)
				}
			}
			return f.count() - before
		}
		if polls := day(1); polls < 10 || polls > 12 {
			t.Errorf("%d polls an hour, every five minutes", polls)
		}
		stretch = 4
		if polls := day(10); polls < 28 || polls > 31 {
			t.Errorf("%d polls in ten hours, every twenty minutes", polls)
		}
	})
}

// TestRarePolls: what is polled more rarely than the longest staleness is served
// until it was due twice, is no failure meanwhile, and nobody who scrapes it is
// taken for gone, nor somebody who is gone for one who scrapes.
func TestRarePolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: time.Second}
		g := NewGroup(Freshness{MaxStaleness: 10 * time.Minute, PollTimeout: time.Minute})
		g.Add(f.poll, Options{Name: "licenses", Interval: 6 * time.Hour, Logger: log.NewNopLogger()})
		t.Cleanup(g.Close)
		for range 2 * 24 * 60 {
			if v := get(g, 10*time.Second); !v.Success || v.Reading == nil || v.Overdue || v.Idle {
				t.Fatalf("a scrape shows %+v", v)
			}
			time.Sleep(time.Minute)
		}
		if n := f.count(); n < 8 || n > 9 {
			t.Errorf("%d polls in two days, every six hours", n)
		}
		time.Sleep(31 * time.Minute)
		if v := g.Peek()[0]; !v.Idle {
			t.Error("nobody has asked for half an hour, and it is not idle")
		}
		time.Sleep(12 * time.Hour)
		if v := g.Peek()[0]; v.Reading != nil {
			t.Error("a reading is served that was due twice")
		}
	})
}

package poll

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// every scrapes once an interval and calls f after each, with how long the
// scrape took.
func every(interval time.Duration, times int, scrape func() []View, f func(i int, v []View, took time.Duration)) {
	start := time.Now()
	for i := range times {
		time.Sleep(time.Until(start.Add(time.Duration(i) * interval)))
		begun := time.Now()
		f(i, scrape(), time.Since(begun))
	}
}

// TestALatePollIsNoFailure: on an API that takes longer than a scrape may
// wait, each poll is good, and so is what the page says.
func TestALatePollIsNoFailure(t *testing.T) {
	for _, interval := range []time.Duration{30 * time.Second, time.Minute} {
		t.Run(interval.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakePoll{takes: 12 * time.Second}
				g := newGroup(t, f.poll)
				every(interval, 20, func() []View { return getAll(g, 10*time.Second, true) }, func(i int, v []View, took time.Duration) {
					switch {
					case i == 0 && (v[0].Success || !v[0].Late || v[0].Reading != nil || v[0].Err != nil || took != 10*time.Second):
						t.Errorf("the first scrape, after %s: %+v", took, v[0])
					case i > 0 && (!v[0].Success || v[0].Overdue || took > 2*time.Second):
						t.Errorf("scrape %d, after %s: %+v", i, took, v[0])
					case i > 2 && time.Since(v[0].LastSuccess) > 15*time.Second:
						t.Errorf("scrape %d shows a reading of %s ago, want one that was begun a little before", i, time.Since(v[0].LastSuccess))
					}
				})
				if f.calls > 22 {
					t.Errorf("%d polls for 20 scrapes", f.calls)
				}
			})
		})
	}
}

// TestASpikeIsNoFailure: three minutes of slow answers on an API that is
// usually fast.
func TestASpikeIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: 200 * time.Millisecond}
		g := newGroup(t, f.poll)
		every(30*time.Second, 40, func() []View { return getAll(g, 10*time.Second, true) }, func(i int, v []View, took time.Duration) {
			if !v[0].Success || took > 10*time.Second {
				t.Errorf("scrape %d, after %s: %+v", i, took, v[0])
			}
			f.set(200*time.Millisecond, nil)
			if i >= 10 && i < 16 {
				f.set(25*time.Second, nil)
			}
		})
	})
}

// TestAPollThatHangsIsOverdue, and what it found before is still served.
func TestAPollThatHangsIsOverdue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: 100 * time.Millisecond}
		g := newGroup(t, f.poll)
		g.freshness.PollTimeout = 5 * time.Minute
		get(g, 10*time.Second)
		f.set(time.Hour, nil)
		every(10*time.Second, 20, func() []View { return getAll(g, 10*time.Second, true) }, func(i int, v []View, _ time.Duration) {
			// The poll is due from the third scrape on.
			due := max(0, time.Duration(i-3)*10*time.Second)
			if over := due > time.Minute; v[0].Overdue != over || v[0].Success == over || v[0].Late != (i >= 3) || rows(v[0]) != 1 || v[0].Err != nil {
				t.Errorf("after %s: %+v", due, v[0])
			}
		})
	})
}

// TestNobodyAskedIsNoFailure: the time without a scrape does not count.
func TestNobodyAskedIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: 5 * time.Second}
		g := newGroup(t, f.poll)
		get(g, 10*time.Second)
		time.Sleep(8 * time.Minute)
		if v := g.Peek()[0]; !v.Success || v.Overdue || !v.Idle || f.calls != 1 {
			t.Errorf("%d polls, and it stands so: %+v", f.calls, v)
		}
		if v := get(g, time.Second); !v.Success || !v.Late || v.Overdue || v.Idle {
			t.Errorf("the first scrape after that: %+v", v)
		}
	})
}

// TestOneThatHangsCostsAPageLittle, and that once: nine hang, drip or fail
// from the start or after a good time, and the tenth is fresh on each page.
func TestOneThatHangsCostsAPageLittle(t *testing.T) {
	for _, goodFor := range []int{0, 4} {
		for name, bad := range map[string]struct {
			takes time.Duration
			err   error
		}{
			"hang": {time.Hour, nil}, "drip": {31 * time.Second, insights.ErrUnavailable},
			"fail": {0, insights.ErrUnavailable}, "fail slowly": {4 * time.Second, insights.ErrUnavailable},
		} {
			t.Run(fmt.Sprint(name, " after ", goodFor), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					healthy := &fakePoll{takes: 100 * time.Millisecond}
					polls := []Func{healthy.poll}
					groups := []*Group{newGroup(t, polls...)}
					var others []*fakePoll
					for range 9 {
						f := &fakePoll{takes: 100 * time.Millisecond}
						others = append(others, f)
						groups = append(groups, newGroup(t, times(f.poll, 2)...))
					}
					slow := 0
					every(30*time.Second, 20, func() []View { return scrapeAll(groups) }, func(i int, v []View, took time.Duration) {
						if i+1 >= goodFor {
							for _, f := range others {
								f.set(bad.takes, bad.err)
							}
						}
						if took > 2100*time.Millisecond {
							t.Errorf("page %d takes %s", i, took)
						}
						if took > 200*time.Millisecond {
							slow++
						}
						if !v[0].Success || rows(v[0]) != i+1 {
							t.Errorf("page %d has poll %d of the healthy one, success %t", i, rows(v[0]), v[0].Success)
						}
					})
					if slow > 1 {
						t.Errorf("%d pages waited, want one at most", slow)
					}
				})
			})
		}
	}
}

// times is a poll of several things that go the same way.
func times(poll Func, n int) []Func {
	polls := make([]Func, n)
	for i := range polls {
		polls[i] = poll
	}
	return polls
}

// scrapeAll is a page of several groups. It returns the first view of the
// first.
func scrapeAll(groups []*Group) []View {
	ctx, cancel := context.WithTimeout(context.Background(), 9500*time.Millisecond)
	defer cancel()
	pages := make(chan []View)
	page := NewPage(false)
	for i, g := range groups {
		go func() {
			v := g.Scrape(ctx, nil, page)
			if i > 0 {
				v = nil
			}
			pages <- v
		}()
	}
	var first []View
	for range groups {
		if v := <-pages; v != nil {
			first = v
		}
	}
	return first
}

// TestAFirstReadingIsWorthTheWholeScrape where the page has nothing else, and
// not much where it has.
func TestAFirstReadingIsWorthTheWholeScrape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &fakePoll{takes: 8 * time.Second}
		if v := get(newGroup(t, slow.poll), 10*time.Second); !v.Success {
			t.Errorf("alone on its page: %+v", v)
		}
		begun := time.Now()
		if v := getAll(newGroup(t, slow.poll), 10*time.Second, false)[0]; v.Success || !v.Late || time.Since(begun) > 2*time.Second {
			t.Errorf("among others, after %s: %+v", time.Since(begun), v)
		}
		g := newGroup(t, (&fakePoll{}).poll, (&fakePoll{takes: time.Hour}).poll)
		getAll(g, 10*time.Second, true)
		time.Sleep(20 * time.Second)
		begun = time.Now()
		if getAll(g, 10*time.Second, true); time.Since(begun) > time.Second {
			t.Errorf("a page that has something to show waits %s for what hangs", time.Since(begun))
		}
	})
}

// TestPrometheusDrivesThePolling: a slow API is polled ahead of the next
// scrape, and no more once there is none.
func TestPrometheusDrivesThePolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: 12 * time.Second}
		g := newGroup(t, f.poll)
		every(30*time.Second, 10, func() []View { return getAll(g, 10*time.Second, true) }, func(int, []View, time.Duration) {})
		calls := f.count()
		time.Sleep(time.Hour)
		if n := f.count() - calls; n > 1 {
			t.Errorf("%d polls within an hour without a scrape", n)
		}
	})
}

// TestTwoPrometheusServersAreOneRhythm: they scrape 7 seconds apart.
func TestTwoPrometheusServersAreOneRhythm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: 12 * time.Second}
		g := newGroup(t, f.poll)
		start := time.Now()
		for i := range 40 {
			time.Sleep(time.Until(start.Add(time.Duration(i/2)*30*time.Second + time.Duration(i%2)*7*time.Second)))
			if v := get(g, 5*time.Second); i > 6 && time.Since(v.LastSuccess) > 23*time.Second {
				t.Errorf("scrape %d shows a reading of %s ago", i, time.Since(v.LastSuccess))
			}
		}
		if calls := f.count(); calls > 24 {
			t.Errorf("%d polls in 20 intervals", calls)
		}
	})
}

// TestWhatIsDueLaterWaitsForNothing: once one poll of a group hangs, those that
// become due after it cost the page no time of their own.
func TestWhatIsDueLaterWaitsForNothing(t *testing.T) {
	testDueLater(t, time.Hour, nil)
	testDueLater(t, 1200*time.Millisecond, insights.ErrUnavailable)
}

func testDueLater(t *testing.T, takes time.Duration, err error) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: 100 * time.Millisecond}
		g := newGroup(t, times(f.poll, 3)...)
		g.pollers[1].interval, g.pollers[2].interval = time.Minute, 5*time.Minute
		waited := 0
		every(30*time.Second, 20, func() []View { return getAll(g, 10*time.Second, false) }, func(i int, _ []View, took time.Duration) {
			if took > time.Second {
				waited++
			}
			if i >= 2 {
				f.set(takes, err)
			}
		})
		if waited != 1 {
			t.Errorf("%d pages waited for what hangs, want one", waited)
		}
	})
}

// TestASlowFailureIsWaitedForOnce, also by a page that has nothing else.
func TestASlowFailureIsWaitedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: 4 * time.Second, err: insights.ErrUnavailable}
		g := newGroup(t, f.poll)
		every(time.Minute, 5, func() []View { return getAll(g, 10*time.Second, true) }, func(i int, _ []View, took time.Duration) {
			if i > 0 && took > 0 {
				t.Errorf("scrape %d takes %s", i, took)
			}
		})
	})
}

// TestNothingIsPolledEarlyForARareScrape: one that comes every five minutes
// has to do with a poll of its own.
func TestNothingIsPolledEarlyForARareScrape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: 12 * time.Second}
		g := newGroup(t, f.poll)
		every(5*time.Minute, 10, func() []View { return getAll(g, 10*time.Second, true) }, func(i int, v []View, _ time.Duration) {
			synctest.Wait() // for the poll that the scrape started to begin
			if f.count() != i+1 || i > 0 && !v[0].Late {
				t.Errorf("scrape %d: %d polls, late %t", i, f.count(), v[0].Late)
			}
		})
	})
}

// TestAFirstPageWaitsWhileItComesAlong: after a start the polls of many tenants
// end one after the other. The page has all that come, and gives up on the one
// that hangs soon after the last of them.
func TestAFirstPageWaitsWhileItComesAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		groups := []*Group{newGroup(t, (&fakePoll{takes: time.Hour}).poll)}
		for i := range 6 {
			groups = append(groups, newGroup(t, (&fakePoll{takes: time.Duration(i) * time.Second}).poll))
		}
		begun := time.Now()
		scrapeAll(groups)
		if took := time.Since(begun); took != 5*time.Second+patience {
			t.Errorf("the page took %s", took)
		}
		for i, g := range groups[1:] {
			if v := g.Peek()[0]; !v.Success {
				t.Errorf("group %d: %+v", i+1, v)
			}
		}
	})
}

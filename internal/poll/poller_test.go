package poll

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// fakePoll is a poll whose end a test decides.
type fakePoll struct {
	mu    sync.Mutex
	calls int
	takes time.Duration
	err   error
}

// set says how the next polls go.
func (f *fakePoll) set(takes time.Duration, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.takes, f.err = takes, err
}

func (f *fakePoll) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

func (f *fakePoll) poll(ctx context.Context) (*Reading, error) {
	f.mu.Lock()
	f.calls++
	rows, takes, err := f.calls, f.takes, f.err
	f.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return &Reading{Rows: rows, Parts: []exposition.Part{}}, nil
}

// newGroup polls one thing. It is closed at the end of the test, as a bubble
// does not end before all its goroutines.
func newGroup(t *testing.T, polls ...Func) *Group {
	g := NewGroup(Freshness{MaxStaleness: 10 * time.Minute, PollTimeout: time.Minute})
	for i, poll := range polls {
		g.Add(poll, Options{Name: fmt.Sprint("tunnels", i), Kind: "Collector", Interval: 30 * time.Second, Logger: log.NewNopLogger()})
	}
	t.Cleanup(g.Close)
	return g
}

// get is a scrape that has so much time, of a page with nothing else to show.
func get(g *Group, time time.Duration) View { return getAll(g, time, true)[0] }

func getAll(g *Group, time time.Duration, alone bool) []View {
	ctx, cancel := context.WithTimeout(context.Background(), time)
	defer cancel()
	return g.Scrape(ctx, nil, NewPage(alone))
}

// rows is which poll a view is from.
func rows(v View) int {
	if v.Reading == nil {
		return 0
	}
	return v.Reading.Rows
}

func TestFreshAnswersCostNoPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: time.Second}
		p := newGroup(t, f.poll)
		for _, step := range []struct {
			wait time.Duration
			rows int
		}{{0, 1}, {10 * time.Second, 1}, {17 * time.Second, 1}, {2 * time.Second, 2}, {27 * time.Second, 2}, {time.Second, 3}} {
			time.Sleep(step.wait)
			if v := get(p, 10*time.Second); rows(v) != step.rows || !v.Success {
				t.Fatalf("%s later: poll %d, success %t, want poll %d", step.wait, rows(v), v.Success, step.rows)
			}
		}
	})
}

func TestAScrapeEachIntervalPollsEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: 100 * time.Millisecond}
		p := newGroup(t, f.poll)
		start := time.Now()
		for i := range 100 {
			time.Sleep(time.Until(start.Add(time.Duration(i)*30*time.Second + time.Duration(i%7)*100*time.Millisecond)))
			get(p, 10*time.Second)
		}
		if f.calls != 100 {
			t.Errorf("%d polls for 100 scrapes that came once an interval, give or take half a second", f.calls)
		}
	})
}

func TestScrapesAtOnceShareAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: time.Second}
		p := newGroup(t, f.poll)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if v := get(p, 10*time.Second); rows(v) != 1 || !v.Success {
					t.Errorf("got poll %d, success %t", rows(v), v.Success)
				}
			})
		}
		wg.Wait()
		if f.calls != 1 {
			t.Errorf("%d polls for 50 scrapes at once", f.calls)
		}
	})
}

func TestAFailureServesTheLastGoodAnswerUntilItIsTooOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{}
		p := newGroup(t, f.poll)
		taken := time.Now()
		get(p, time.Second)
		f.err = insights.ErrUnavailable
		for age := 30 * time.Second; age <= 10*time.Minute; age += 30 * time.Second {
			time.Sleep(30 * time.Second)
			v := get(p, time.Second)
			if rows(v) != 1 || v.Success || !v.LastSuccess.Equal(taken) || !errors.Is(v.Err, insights.ErrUnavailable) {
				t.Fatalf("after %s: poll %d, success %t, last success %s, error %v", age, rows(v), v.Success, v.LastSuccess, v.Err)
			}
		}
		time.Sleep(time.Second)
		if v := get(p, time.Second); v.Reading != nil || v.Success || !v.LastSuccess.Equal(taken) {
			t.Errorf("too old an answer is still served: %+v", v)
		}
		f.err = nil
		time.Sleep(30 * time.Second)
		if v := get(p, time.Second); rows(v) != f.calls || !v.Success || v.Err != nil {
			t.Errorf("it does not recover: %+v", v)
		}
	})
}

func TestFailuresAreNotRepeatedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{err: insights.ErrUnavailable}
		p := newGroup(t, f.poll)
		var waits []time.Duration
		for calls, last := 0, time.Now(); len(waits) < 5; time.Sleep(time.Second) {
			get(p, time.Second)
			if f.calls > calls {
				waits = append(waits, time.Since(last))
				calls, last = f.calls, time.Now()
			}
		}
		if got, want := fmt.Sprint(waits), "[0s 10s 20s 30s 30s]"; got != want {
			t.Errorf("after a failure it waits %s, want %s: twice as long each time, up to the interval", got, want)
		}
		// A good poll ends that: the next failure is the first again.
		f.set(0, nil)
		time.Sleep(30 * time.Second)
		get(p, time.Second)
		f.set(0, insights.ErrUnavailable)
		time.Sleep(30 * time.Second)
		get(p, time.Second)
		calls := f.count()
		time.Sleep(10 * time.Second)
		if get(p, time.Second); f.count() != calls+1 {
			t.Errorf("ten seconds after a failure that follows a good poll, there are %d polls more, want one", f.count()-calls)
		}
		// An unusable credential costs the API nothing: the client decides.
		f.err, f.calls = insights.ErrCredential, 0
		time.Sleep(30 * time.Second)
		for range 60 {
			get(p, time.Second)
			time.Sleep(time.Second)
		}
		if f.calls != 60 {
			t.Errorf("%d polls in a minute of an unusable credential, want one each second", f.calls)
		}
	})
}

// TestWhatIsAskedRarelyIsSoonBack: after a long outage it is asked within a
// minute, whatever its interval.
func TestWhatIsAskedRarelyIsSoonBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{err: errors.New("refused")}
		g := newGroup(t, f.poll)
		g.pollers[0].interval = 5 * time.Minute
		for range 60 {
			get(g, time.Second)
			time.Sleep(30 * time.Second)
		}
		f.set(0, nil)
		for range 2 {
			time.Sleep(30 * time.Second)
			get(g, time.Second)
		}
		if v := get(g, time.Second); !v.Success {
			t.Errorf("a minute after the outage the last poll is that of %s, %v", v.Ended, v.Err)
		}
	})
}

func TestAPollHasItsOwnDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: time.Hour}
		p := newGroup(t, f.poll)
		start := time.Now()
		if v := get(p, 2*time.Hour); !errors.Is(v.Err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("it ended with %v after %s, want the poll's deadline of a minute", v.Err, time.Since(start))
		}
	})
}

func TestAPanicIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newGroup(t, func(context.Context) (*Reading, error) { panic("a row of tomorrow") })
		if v := get(p, time.Second); v.Err == nil || !strings.Contains(v.Err.Error(), "a row of tomorrow") {
			t.Errorf("got error %v", v.Err)
		}
	})
}

package collector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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

func (f *fakePoll) poll(ctx context.Context) (*reading, error) {
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
	return &reading{rows: rows, parts: []exposition.Part{}}, nil
}

func newSnapshot(f *fakePoll) *snapshot {
	return &snapshot{
		interval:  30 * time.Second,
		freshness: Freshness{MaxStaleness: 10 * time.Minute, PollTimeout: time.Minute},
		poll:      f.poll,
	}
}

func get(s *snapshot, patience time.Duration) view {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return s.Get(ctx)
}

// rows is which poll a view is from.
func (v view) rows() int {
	if v.reading == nil {
		return 0
	}
	return v.reading.rows
}

func TestFreshAnswersCostNoPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: time.Second}
		s := newSnapshot(f)
		for _, step := range []struct {
			wait time.Duration
			rows int
		}{{0, 1}, {10 * time.Second, 1}, {17 * time.Second, 1}, {2 * time.Second, 2}, {27 * time.Second, 2}, {time.Second, 3}} {
			time.Sleep(step.wait)
			if v := get(s, 10*time.Second); v.rows() != step.rows || !v.success {
				t.Fatalf("%s later: poll %d, success %t, want poll %d", step.wait, v.rows(), v.success, step.rows)
			}
		}
	})
}

func TestAScrapeEachIntervalPollsEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: 100 * time.Millisecond}
		s := newSnapshot(f)
		start := time.Now()
		for i := range 100 {
			time.Sleep(time.Until(start.Add(time.Duration(i)*30*time.Second + time.Duration(i%7)*100*time.Millisecond)))
			get(s, 10*time.Second)
		}
		if f.calls != 100 {
			t.Errorf("%d polls for 100 scrapes that came once an interval, give or take half a second", f.calls)
		}
	})
}

func TestScrapesAtOnceShareAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: time.Second}
		s := newSnapshot(f)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if v := get(s, 10*time.Second); v.rows() != 1 || !v.success {
					t.Errorf("got poll %d, success %t", v.rows(), v.success)
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
		s := newSnapshot(f)
		taken := time.Now()
		get(s, time.Second)
		f.err = insights.ErrUnavailable
		for age := 30 * time.Second; age <= 10*time.Minute; age += 30 * time.Second {
			time.Sleep(30 * time.Second)
			v := get(s, time.Second)
			if v.rows() != 1 || v.success || !v.lastSuccess.Equal(taken) || !errors.Is(v.err, insights.ErrUnavailable) {
				t.Fatalf("after %s: poll %d, success %t, last success %s, error %v", age, v.rows(), v.success, v.lastSuccess, v.err)
			}
		}
		time.Sleep(time.Second)
		if v := get(s, time.Second); v.reading != nil || v.success || !v.lastSuccess.Equal(taken) {
			t.Errorf("too old an answer is still served: %+v", v)
		}
		f.err = nil
		time.Sleep(30 * time.Second)
		if v := get(s, time.Second); v.rows() != f.calls || !v.success || v.err != nil {
			t.Errorf("it does not recover: %+v", v)
		}
	})
}

func TestFailuresAreNotRepeatedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{err: insights.ErrUnavailable}
		s := newSnapshot(f)
		var waits []time.Duration
		for calls, last := 0, time.Now(); len(waits) < 5; time.Sleep(time.Second) {
			get(s, time.Second)
			if f.calls > calls {
				waits = append(waits, time.Since(last))
				calls, last = f.calls, time.Now()
			}
		}
		if got, want := fmt.Sprint(waits), "[0s 10s 20s 30s 30s]"; got != want {
			t.Errorf("after a failure it waits %s, want %s: twice as long each time, up to the interval", got, want)
		}
		// An unusable credential costs the API nothing: the client decides.
		f.err, f.calls = insights.ErrCredential, 0
		time.Sleep(s.interval)
		for range 60 {
			get(s, time.Second)
			time.Sleep(time.Second)
		}
		if f.calls != 60 {
			t.Errorf("%d polls in a minute of an unusable credential, want one each second", f.calls)
		}
	})
}

func TestASlowPollIsServedByTheNextScrape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: 15 * time.Second}
		s := newSnapshot(f)
		if v := get(s, 10*time.Second); v.reading != nil || v.success || v.took != 10*time.Second || !errors.Is(v.err, context.DeadlineExceeded) {
			t.Errorf("before the poll is back: %+v", v)
		}
		time.Sleep(10 * time.Second)
		if v := get(s, 10*time.Second); v.rows() != 1 || !v.success || v.took != 15*time.Second {
			t.Errorf("after it is back: %+v", v)
		}
		time.Sleep(30 * time.Second)
		if v := get(s, time.Second); v.rows() != 1 || v.success {
			t.Errorf("while the next is under way: poll %d, success %t, want the old one without success", v.rows(), v.success)
		}
		time.Sleep(time.Minute) // lets the last poll end
		synctest.Wait()
		if f.calls != 2 {
			t.Errorf("%d polls, want 2", f.calls)
		}
	})
}

func TestAPollHasItsOwnDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{takes: time.Hour}
		s := newSnapshot(f)
		start := time.Now()
		if v := get(s, 2*time.Hour); !errors.Is(v.err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("it ended with %v after %s, want the poll's deadline of a minute", v.err, time.Since(start))
		}
	})
}

func TestAPanicIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSnapshot(&fakePoll{})
		s.poll = func(context.Context) (*reading, error) { panic("a row of tomorrow") }
		if v := get(s, time.Second); v.err == nil || !strings.Contains(v.err.Error(), "a row of tomorrow") {
			t.Errorf("got error %v", v.err)
		}
	})
}

package poll

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// held is what a client answers while it may not ask.
func held(until time.Time) error {
	return &insights.Error{Kind: insights.ErrUnavailable, Resource: "tunnel_list", Until: until}
}

// TestAHoldDoesNotBlind: what was shown before is shown until the API can be
// asked again, even if it gets too old meanwhile, and no longer.
func TestAHoldDoesNotBlind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{}
		g := newGroup(t, f.poll)
		start := time.Now()
		get(g, time.Second)
		until := start.Add(15 * time.Minute)
		f.set(0, held(until))
		time.Sleep(15 * time.Second)
		for time.Since(start) < 15*time.Minute {
			time.Sleep(15 * time.Second)
			if v := get(g, time.Second); rows(v) != 1 || v.Success {
				t.Fatalf("after %s: %+v", time.Since(start), v)
			}
		}
		// The probe fails: the reading has been too old for long.
		f.set(0, held(time.Now().Add(15*time.Minute)))
		time.Sleep(2 * time.Minute)
		if v := get(g, time.Second); v.Reading != nil {
			t.Errorf("after the probe it is still served: %+v", v)
		}
	})
}

// TestAHoldAndAPauseDoNotAddUp: the API is asked when the hold ends, however
// many polls have failed before.
func TestAHoldAndAPauseDoNotAddUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{err: insights.ErrUnavailable}
		g := newGroup(t, f.poll)
		for range 20 {
			get(g, time.Second)
			time.Sleep(15 * time.Second)
		}
		time.Sleep(30 * time.Second) // the longest pause is over
		f.set(0, held(time.Now().Add(20*time.Second)))
		get(g, time.Second)
		f.set(0, nil)
		time.Sleep(20 * time.Second)
		if v := get(g, time.Second); !v.Success {
			t.Errorf("at the end of the hold: %+v", v)
		}
	})
}

// TestNothingOutlivesClose: a bubble does not end before its goroutines.
func TestNothingOutlivesClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := false
		g := newGroup(t, func(ctx context.Context) (*Reading, error) {
			<-ctx.Done()
			time.Sleep(time.Second) // it takes a moment to see that
			ended = true
			return nil, ctx.Err()
		})
		g.freshness.PollTimeout = 1000 * time.Hour
		begun := time.Now()
		getAll(g, time.Second, false)
		if g.Close(); !ended || time.Since(begun) > 2*time.Second {
			t.Errorf("after Close the poll has ended: %t, and that took %s", ended, time.Since(begun))
		}
		if v := get(g, time.Second); v.Late {
			t.Errorf("a scrape after Close polls: %+v", v)
		}
	})
}

// TestAHoldThatEndsEarlyIsFoundOut: the probe of another ended it.
func TestAHoldThatEndsEarlyIsFoundOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakePoll{}
		g := newGroup(t, f.poll)
		g.pollers[0].interval = 5 * time.Minute
		f.set(0, held(time.Now().Add(time.Hour)))
		get(g, time.Second)
		f.set(0, nil)
		time.Sleep(30 * time.Second)
		if v := get(g, time.Second); !v.Success {
			t.Errorf("half a minute later: %+v", v)
		}
	})
}

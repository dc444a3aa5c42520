package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
	"github.com/prisma-exporter/prisma_exporter/internal/secretfile"
)

// sourceBench is a source whose exchange a test scripts. The vendor's holds are
// a sender's, so nothing keeps the source from asking here.
type sourceBench struct {
	*Source
	mu    sync.Mutex
	times []time.Time
	took  time.Duration
	life  time.Duration
	fail  func(key string) error
}

func newSourceBench(t *testing.T, path string, names ...string) *sourceBench {
	b := &sourceBench{life: 15 * time.Minute}
	b.Source = New(Options{
		Name: strings.Join(append(names, "acme"), "-"), File: secretfile.File{Path: path, What: "API key"}, Exchange: b.trade,
		Process: NewProcess(prometheus.NewRegistry(), log.NewNopLogger()), Logger: log.NewNopLogger(),
	})
	t.Cleanup(func() { b.Close(true) })
	return b
}

func (b *sourceBench) trade(ctx context.Context, key string) (string, time.Duration, error) {
	b.mu.Lock()
	b.times = append(b.times, time.Now())
	fail, took, life := b.fail, b.took, b.life
	b.mu.Unlock()
	select {
	case <-time.After(took):
	case <-ctx.Done():
		return "", 0, ctx.Err()
	}
	if fail != nil {
		if err := fail(key); err != nil {
			return "", 0, err
		}
	}
	return "token of " + key, life, nil
}

func (b *sourceBench) calls() int { return len(b.exchanges()) }

// exchanges are the times of all exchanges so far.
func (b *sourceBench) exchanges() []time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.times)
}

var errRejected = &insights.Error{Kind: insights.ErrCredential, Resource: TokenResource, Status: http.StatusUnauthorized}

// accept has every key but one rejected from now on.
func (b *sourceBench) accept(good string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = func(key string) error {
		if key != good {
			return errRejected
		}
		return nil
	}
}

func TestRenewalIsOffTheScrapesPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newSourceBench(t, authtest.WriteKey(t, "", "k"))
		b.took = 5 * time.Second
		if _, err := b.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		first := b.exchanges()[0]
		// For six hours, somebody asks every five seconds and never waits.
		for range 6 * 720 {
			start := time.Now()
			if _, err := b.Token(t.Context()); err != nil || time.Since(start) != 0 {
				t.Fatalf("waited %v: %v", time.Since(start), err)
			}
			time.Sleep(5 * time.Second)
		}
		previous := first
		for i, at := range b.exchanges()[1:] {
			// Its life counts from when it was asked for and is 15 minutes.
			gap := at.Sub(previous) - b.took
			if low, high := 9*time.Minute, 10*time.Minute+31*time.Second; gap < low || gap > high {
				t.Errorf("renewal %d came %v after the last, want about two thirds of 15 minutes", i, gap)
			}
			previous = at
		}
		if n := b.calls(); n < 33 || n > 42 {
			t.Errorf("%d exchanges in six hours", n)
		}
	})
}

func TestRenewalsAreJittered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := authtest.WriteKey(t, "", "k")
		start := time.Now()
		sources := make([]*sourceBench, 100)
		for i := range sources {
			sources[i] = newSourceBench(t, path, fmt.Sprint(i))
			if _, err := sources[i].Token(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(14 * time.Minute)
		moments := map[time.Duration]bool{}
		for _, s := range sources {
			at := s.exchanges()[1].Sub(start)
			if at < 10*time.Minute*95/100 || at > 10*time.Minute*105/100 {
				t.Errorf("renewed after %v, want 10 minutes give or take a twentieth", at)
			}
			moments[at] = true
		}
		if len(moments) < 90 {
			t.Errorf("100 renewals at %d moments", len(moments))
		}
	})
}

func TestOneFlightForAllWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newSourceBench(t, authtest.WriteKey(t, "", "k"))
		b.took = time.Second
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if got, err := b.Token(t.Context()); err != nil || got.Value != "token of k" {
					t.Errorf("token %v: %v", got, err)
				}
			})
		}
		// One who does not wait to the end costs the others nothing.
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := b.Token(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, insights.ErrUnavailable) {
			t.Errorf("impatient: %v", err)
		}
		wg.Wait()
		if b.calls() != 1 {
			t.Errorf("%d exchanges for 50 waiters", b.calls())
		}
	})
}

func TestKeyRejectedWhileItsTokenLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := authtest.WriteKey(t, "", "old")
		b := newSourceBench(t, path)
		if _, err := b.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.accept("new")
		time.Sleep(11 * time.Minute) // the renewal has been rejected
		if b.calls() < 2 {
			t.Fatal("no renewal")
		}
		if got, err := b.Token(t.Context()); err != nil || got.Value != "token of old" {
			t.Errorf("the old token lives on: %v, %v", got, err)
		}
		synctest.Wait() // until the old key is rejected once more
		authtest.WriteKey(t, path, "new")
		if _, err := b.Token(t.Context()); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if got, err := b.Token(t.Context()); err != nil || got.Value != "token of new" {
			t.Errorf("the new key waits though it is there: %v, %v", got, err)
		}
	})
}

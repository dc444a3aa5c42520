package budget

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const (
	second = First + 1
	third  = First + 2
)

// mostInAMinute is the most starts within any 60 seconds.
func mostInAMinute(starts []time.Time) int {
	slices.SortFunc(starts, time.Time.Compare)
	most, from := 0, 0
	for i, t := range starts {
		for t.Sub(starts[from]) >= time.Minute {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// load is how much goes on at a time, and the most that ever did.
type load struct{ now, most atomic.Int64 }

func (l *load) begin() { l.most.Store(max(l.most.Load(), l.now.Add(1))) }
func (l *load) end()   { l.now.Add(-1) }

// TestBudgetIsNeverExceeded lets many tenants ask as fast as they can, some of
// whom give up, for half an hour.
func TestBudgetIsNeverExceeded(t *testing.T) {
	const concurrency = 4
	t.Run("quick", func(t *testing.T) {
		if all, _ := exceed(t, concurrency, slowAfter); all.most.Load() != concurrency {
			t.Errorf("%d at a time, the bound is %d", all.most.Load(), concurrency)
		}
	})
	t.Run("slow", func(t *testing.T) {
		all, tenants := exceed(t, concurrency, time.Minute)
		for i := range tenants {
			if most := tenants[i].most.Load(); most > concurrency {
				t.Errorf("tenant %d had %d at a time, the bound is %d", i, most, concurrency)
			}
		}
		if most := all.most.Load(); most <= concurrency {
			t.Errorf("%d at a time, as if none were slow", most)
		}
	})
}

// exceed asks for calls that take less than some time, and returns how many
// there were at a time.
func exceed(t *testing.T, concurrency int, longest time.Duration) (all *load, tenants []*load) {
	t.Helper()
	all = &load{}
	for range 7 {
		tenants = append(tenants, &load{})
	}
	synctest.Test(t, func(t *testing.T) {
		const perMinute = 30
		b := New(Options{RequestsPerMinute: perMinute, Concurrency: concurrency})
		var mu sync.Mutex
		var starts []time.Time
		end := time.Now().Add(30 * time.Minute)
		var wg sync.WaitGroup
		for i := range 40 {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			wg.Go(func() {
				for time.Now().Before(end) {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.IntN(200))*time.Second)
					call, err := b.Acquire(ctx, fmt.Sprint("tenant-", i%7), Priority(i%3))
					cancel()
					if err != nil {
						time.Sleep(time.Second)
						continue
					}
					if r.IntN(20) == 0 {
						call.Unused() // and no start
						continue
					}
					mu.Lock()
					starts = append(starts, time.Now())
					all.begin()
					tenants[i%7].begin()
					mu.Unlock()
					time.Sleep(time.Duration(r.Int64N(int64(longest))))
					all.end()
					tenants[i%7].end()
					call.Done()
				}
			})
		}
		wg.Wait()
		if most := mostInAMinute(starts); most > perMinute || most < perMinute-2 {
			t.Errorf("%d starts within a minute, the budget is %d", most, perMinute)
		}
		nothingLeft(t, b)
	})
	return all, tenants
}

// nothingLeft wants a budget that nobody uses or waits for.
func nothingLeft(t *testing.T, b *Budget) {
	t.Helper()
	if b.running != 0 || b.next() != nil {
		t.Errorf("left over: %d running, %+v waits", b.running, b.next())
	}
	for name, one := range b.tenants {
		if one.running != 0 || one.slow != 0 {
			t.Errorf("left over of %s: %+v", name, one)
		}
	}
}

// waiter is a call that waits for its turn.
type waiter struct {
	tenant  string
	urgency Priority
}

// order lets waiters queue up behind a full budget and returns who got leave,
// one after the other.
func order(t *testing.T, waiters ...waiter) []string {
	b := New(Options{RequestsPerMinute: 1000, Concurrency: 1})
	first, err := b.Acquire(t.Context(), "first", First)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	var wg sync.WaitGroup
	for _, w := range waiters {
		wg.Go(func() {
			call, err := b.Acquire(t.Context(), w.tenant, w.urgency)
			if err != nil {
				t.Error(err)
				return
			}
			got = append(got, fmt.Sprint(w.tenant, w.urgency))
			call.Done()
		})
		synctest.Wait() // in the order in which they were given
	}
	first.Done()
	wg.Wait()
	return got
}

func TestBudgetOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := order(t,
			waiter{tenant: "a", urgency: third}, waiter{tenant: "a", urgency: second},
			waiter{tenant: "b", urgency: First}, waiter{tenant: "b", urgency: second},
			waiter{tenant: "a", urgency: First})
		want := []string{"b0", "a0", "b1", "a1", "a2"}
		if !slices.Equal(got, want) {
			t.Errorf("alerts before health before traffic: %v, want %v", got, want)
		}
	})
}

func TestBudgetIsFairToTenants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waiters []waiter
		for range 6 {
			waiters = append(waiters, waiter{tenant: "greedy", urgency: second})
		}
		waiters = append(waiters, waiter{tenant: "b", urgency: second}, waiter{tenant: "c", urgency: second},
			waiter{tenant: "b", urgency: second}, waiter{tenant: "c", urgency: second})
		got := order(t, waiters...)
		want := []string{"greedy1", "b1", "c1", "greedy1", "b1", "c1", "greedy1", "greedy1", "greedy1", "greedy1"}
		if !slices.Equal(got, want) {
			t.Errorf("turns %v, want %v", got, want)
		}
	})
}

// TestNewTenantDoesNotPushOthersAside: who has had nothing so far has no claim
// to everything.
func TestNewTenantDoesNotPushOthersAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{RequestsPerMinute: 1 << 20, Concurrency: 1})
		first, err := b.Acquire(t.Context(), "first", second)
		if err != nil {
			t.Fatal(err)
		}
		b.turn, b.tenant("old").turn = 5000, 5000
		var got []string
		var wg sync.WaitGroup
		for range 10 {
			for _, tenant := range []string{"new", "old"} {
				wg.Go(func() {
					call, err := b.Acquire(t.Context(), tenant, second)
					if err == nil {
						got = append(got, tenant)
						call.Done()
					}
				})
			}
		}
		synctest.Wait()
		first.Done()
		wg.Wait()
		for i := 1; i < len(got); i++ {
			if got[i] == got[i-1] {
				t.Fatalf("turns %v", got)
			}
		}
	})
}

func TestCancelledWaiterGivesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{RequestsPerMinute: 1000, Concurrency: 2})
		var calls []*Call
		for range 2 {
			call, err := b.Acquire(t.Context(), "a", second)
			if err != nil {
				t.Fatal(err)
			}
			calls = append(calls, call)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				call, err := b.Acquire(ctx, "b", second)
				if err == nil { // leave came at the moment of giving up
					call.Done()
				}
			})
		}
		time.Sleep(time.Second) // the moment at which all give up
		for _, call := range calls {
			call.Done()
		}
		wg.Wait()
		nothingLeft(t, b)
	})
}

// TestUnusedCallsDoNotCount: what was not made leaves its part of the minute to
// others.
func TestUnusedCallsDoNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{RequestsPerMinute: 10, Concurrency: 4})
		start := time.Now()
		for range 1000 {
			acquire(t, b, "a").Unused()
		}
		if b.Used() != 0 || time.Since(start) != 0 {
			t.Errorf("%d used after %v", b.Used(), time.Since(start))
		}
		for range 9 { // the last one is for what is most urgent
			acquire(t, b, "a").Done()
		}
		if time.Since(start) != 0 {
			t.Errorf("waited for %v", time.Since(start))
		}
	})
}

// BenchmarkQueue queues calls of many tenants behind a full budget, and has
// them all give up.
func BenchmarkQueue(b *testing.B) {
	for b.Loop() {
		budget := New(Options{RequestsPerMinute: 600, Concurrency: 8})
		for range 8 {
			if _, err := budget.Acquire(b.Context(), "first", First); err != nil {
				b.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(b.Context())
		var wg sync.WaitGroup
		for i := range 8000 {
			wg.Go(func() {
				if call, err := budget.Acquire(ctx, fmt.Sprint("tenant-", i%2000), second); err == nil {
					call.Done()
				}
			})
		}
		cancel()
		wg.Wait()
	}
}

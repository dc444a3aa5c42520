package budget

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// acquire gets leave or ends the test.
func acquire(t *testing.T, b *Budget, tenant string) *Call {
	t.Helper()
	call, err := b.Acquire(t.Context(), tenant, second)
	if err != nil {
		t.Fatal(err)
	}
	return call
}

// TestSlowCallsMakeRoomForOthers: a tenant whose API does not answer costs
// others the time after which a call is slow, and itself all of its places.
func TestSlowCallsMakeRoomForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const concurrency = 4
		b := New(Options{RequestsPerMinute: 1000, Concurrency: concurrency})
		var slow []*Call
		for range concurrency {
			slow = append(slow, acquire(t, b, "slow"))
		}
		start := time.Now()
		mine := make(chan *Call)
		go func() { mine <- acquire(t, b, "slow") }()
		acquire(t, b, "other").Done()
		if took := time.Since(start); took != slowAfter {
			t.Errorf("another tenant waited for %v, want %v", took, slowAfter)
		}
		start = time.Now()
		for i := range 100 {
			acquire(t, b, fmt.Sprint("other-", i)).Done()
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("others waited for %v more", took)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		select {
		case <-mine:
			t.Fatal("the slow tenant has more under way than it may")
		default:
		}
		slow[0].Done()
		(<-mine).Done()

		// The others have all places, and no more.
		var quick []*Call
		for range concurrency {
			quick = append(quick, acquire(t, b, "other"))
		}
		ctx, cancel := context.WithTimeout(t.Context(), slowAfter/2)
		defer cancel()
		if _, err := b.Acquire(ctx, "third", First); err == nil {
			t.Error("there are more places than the concurrency")
		}
		for _, call := range append(quick, slow[1:]...) {
			call.Done()
		}
		// Who is not slow any more takes places as before.
		for range concurrency {
			quick = append(quick[:0], acquire(t, b, "slow"))
		}
		if b.running != concurrency {
			t.Errorf("%d have a place, want %d", b.running, concurrency)
		}
	})
}

// TestSlowCallsDoNotExceedTheRate: what is free of places is not free of the
// budget.
func TestSlowCallsDoNotExceedTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const perMinute = 30
		b := New(Options{RequestsPerMinute: perMinute, Concurrency: 2})
		var mu sync.Mutex
		var starts []time.Time
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				call := acquire(t, b, fmt.Sprint("tenant-", i))
				mu.Lock()
				starts = append(starts, time.Now())
				mu.Unlock()
				time.Sleep(5 * time.Minute)
				call.Done()
			})
		}
		wg.Wait()
		if most := mostInAMinute(starts); most > perMinute || len(starts) != 200 {
			t.Errorf("%d starts, %d within a minute, the budget is %d", len(starts), most, perMinute)
		}
	})
}

// demand is what asks for a budget too small for all of it.
type demand struct {
	*testing.T
	budget *Budget
	end    time.Time

	mu   sync.Mutex
	got  map[string]*[3]int // calls by urgency
	late time.Duration      // the longest wait for alerts
}

// ask asks twice a minute, as a collector that is scraped does.
func (d *demand) ask(tenant string, urgency Priority) {
	for time.Now().Before(d.end) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(d.Context(), 5*time.Minute)
		call, err := d.budget.Acquire(ctx, tenant, urgency)
		cancel()
		if err == nil {
			waited := time.Since(start)
			time.Sleep(200 * time.Millisecond)
			call.Done()
			d.mu.Lock()
			if time.Now().Before(d.end) { // what was left over is no share
				d.got[tenant][urgency]++
			}
			if urgency == First {
				d.late = max(d.late, waited)
			}
			d.mu.Unlock()
		} else if urgency == First {
			d.Errorf("%s got no leave for alerts: %v", tenant, err)
		}
		time.Sleep(max(0, 30*time.Second-time.Since(start)))
	}
}

// TestShares: with a fraction of the budget that it would take, each tenant
// gets all of its alerts and the same share of the rest, however many
// sub-tenants ask for it, and health before traffic.
func TestShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const tenants, minutes, perMinute = 10, 20, 100
		d := &demand{T: t, budget: New(Options{RequestsPerMinute: perMinute, Concurrency: 8}), got: map[string]*[3]int{}}
		d.end = time.Now().Add(minutes * time.Minute)
		var wg sync.WaitGroup
		for i := range tenants {
			tenant := fmt.Sprint("tenant-", i)
			d.got[tenant] = &[3]int{}
			wg.Go(func() { d.ask(tenant, First) })
			for range 5 + 20*(i%2) { // some have many sub-tenants
				wg.Go(func() { d.ask(tenant, second) })
				wg.Go(func() { d.ask(tenant, third) })
			}
		}
		wg.Wait()
		// A tenth is kept free for alerts.
		const share = (perMinute*9/10 - 2*tenants) * minutes / tenants
		for tenant, n := range d.got {
			t.Logf("%s: %d calls for alerts, %d for health, %d for traffic", tenant, n[First], n[second], n[third])
			if n[First] < 2*minutes-2 {
				t.Errorf("%s asked %d times for alerts, want twice a minute", tenant, n[First])
			}
			if rest := n[second] + n[third]; rest < share*9/10 || rest > share*12/10 {
				t.Errorf("%s had %d calls for the rest, the share is %d", tenant, rest, share)
			}
			if n[third] > n[second]/10 {
				t.Errorf("%s had %d calls for traffic beside %d for health, of which there was not enough", tenant, n[third], n[second])
			}
		}
		t.Logf("alerts waited for %v at most", d.late)
		if d.late > 5*time.Second {
			t.Errorf("alerts waited for %v", d.late)
		}
	})
}

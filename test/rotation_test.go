package test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/collector"
)

// credentials are the flags for each kind.
var credentials = map[string][]string{"key": nil, "client secret": {"--prisma.api=v3"}}

// TestRotationDrill makes a new key some times, each of which voids the one
// before and all of its tokens, while two clients scrape ten times a second.
func TestRotationDrill(t *testing.T) {
	for name, args := range credentials {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T) { rotationDrill(t, args...) })
		})
	}
}

func rotationDrill(t *testing.T, args ...string) {
	const clients, perSecond, between = 2, 10, 4
	rotations := 5
	switch {
	case isDrill():
		rotations = 50
	case testing.Short():
		rotations = 2
	}
	b := startTrustBench(t, nil, "150ms", append(args, "--api.requests-per-minute=1000000")...)
	b.good()
	before := b.sim.Calls()

	var scrapes, failed, partial atomic.Int64
	stop, done := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			tick := time.NewTicker(time.Second / perSecond)
			defer tick.Stop()
			for {
				select {
				case <-stop:
					return
				case <-tick.C:
				}
				b.drill(t, &scrapes, &failed, &partial)
				select {
				case done <- struct{}{}:
				case <-stop:
				}
			}
		})
	}
	for range rotations {
		if _, err := b.rotate(); err != nil {
			t.Error(err)
		}
		for range between {
			<-done
		}
	}
	close(stop)
	wg.Wait()

	diff := func(endpoint string, status int) (n int) {
		for call, count := range b.sim.Calls() {
			if (call.Endpoint == endpoint || endpoint == "" && call.Endpoint != b.tokenCall) && call.Status == status {
				n += count - before[call]
			}
		}
		return n
	}
	refused, tokens := diff(b.tokenCall, 401), diff(b.tokenCall, 200)
	t.Logf("%d rotations: %d scrapes, %d failed, %d partial; token calls: %d, refused %d; queries: %d, refused 401: %d",
		rotations, scrapes.Load(), failed.Load(), partial.Load(), tokens, refused, diff("", 200), diff("", 401))
	if failed.Load() != 0 || partial.Load() > int64(rotations) || refused > rotations {
		t.Error("more than one partial scrape or refused token call a rotation")
	}
	if tokens < rotations {
		t.Errorf("%d tokens for %d keys: the drill did not see every key", tokens, rotations)
	}
	b.noLeak("log", b.logs.String())
}

// drill scrapes once and adds up how it went.
func (b *trustBench) drill(t *testing.T, scrapes, failed, partial *atomic.Int64) {
	scrapes.Add(1)
	resp, page := b.get("/metrics", timeoutHeader, "10")
	if resp.StatusCode != http.StatusOK {
		failed.Add(1)
		return
	}
	families := parse(t, page)
	if !allSucceed(b.successes(families)) {
		partial.Add(1)
	}
	for _, d := range collector.Definitions() {
		if lost := b.lost(families, d.Name); len(lost) > 0 {
			t.Errorf("series of %s went missing: %v", d.Name, lost)
		}
	}
}

// TestRotationWithAGap: between the end of a key and the file that has the
// next one lie some scrapes, which show the last good series and cost one
// refused call.
func TestRotationWithAGap(t *testing.T) {
	if testing.Short() {
		t.Skip("costs much, and TestRotationDrill rotates as well")
	}
	for name, args := range credentials {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T) { rotationWithAGap(t, args...) })
		})
	}
}

func rotationWithAGap(t *testing.T, args ...string) {
	b := newTrustBench(t, nil, args...)
	refusals := func() (n int) {
		for call, count := range b.sim.Calls() {
			if call.Endpoint == b.tokenCall && call.Status == 401 {
				n += count
			}
		}
		return n
	}
	b.good()
	for rotation := range 3 {
		before := refusals()
		b.hideKey(func() {
			if _, err := b.rotate(); err != nil {
				t.Fatal(err)
			}
		})
		for range 5 {
			page := b.scrape()
			if up := values(page, "prisma_access_up")[""]; up != 0 {
				t.Errorf("up %v without a key", up)
			}
			for name := range b.successes(page) {
				if lost := b.lost(page, name); len(lost) > 0 {
					t.Errorf("series of %s went missing: %v", name, lost)
				}
			}
		}
		if refused := refusals() - before; refused != 1 {
			t.Errorf("rotation %d: %d refused token calls", rotation, refused)
		}
		b.showKey()
		b.good() // the very next scrape
	}
}

package simulation

import (
	"sync"
	"time"
)

// stopTimeout is how long the exporter waits for the scrapes under way when it stops.
const stopTimeout = 10 * time.Second

// A door is where scrapes come to the exporter, which is there or is being restarted.
type door struct {
	mu sync.Mutex
	// house is nil while nobody is there.
	house house
	// inside are the scrapes under way.
	inside *sync.WaitGroup
}

// enter returns the exporter, or nil while it is not there. Whoever gets it tells when it does not need it any more.
func (d *door) enter() (h house, leave func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.house == nil {
		return nil, nil
	}
	d.inside.Add(1)
	return d.house, d.inside.Done
}

func (d *door) open(h house) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.house, d.inside = h, &sync.WaitGroup{}
}

// close lets nobody in any more and closes the exporter, as its command does: once the scrapes under way have had their
// time to end. It reports whether it was there.
func (d *door) close() bool {
	d.mu.Lock()
	h, inside := d.house, d.inside
	d.house = nil
	d.mu.Unlock()
	if h == nil {
		return false
	}
	gone := make(chan struct{})
	go func() {
		inside.Wait()
		close(gone)
	}()
	select {
	case <-gone:
	case <-time.After(stopTimeout):
	}
	h.Close()
	return true
}

// restart stops the exporter and starts it again. What it knew is gone.
func (w *world) restart(Act) {
	w.restarts.Go(func() {
		if w.door.close() {
			w.checker.restarted()
			w.open()
		}
	})
}

// restarts are the troubles of everybody while the exporter stops and starts.
func restarts(_ Scenario, a Act) []trouble {
	anybody := func(tenant, string) bool { return true }
	return []trouble{{from: a.At, to: a.At + stopTimeout, of: anybody, company: func(string, string) bool { return true }}}
}

// restarted lets all that a process knows begin again.
func (c *checker) restarted() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.counters)
	clear(c.paces)
}

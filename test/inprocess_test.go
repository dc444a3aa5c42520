package test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// inProcess is the simulated API without a network, as far away as latency,
// that counts its calls by the minute.
type inProcess struct {
	sim     *simulator.Simulator
	latency time.Duration
	start   time.Time

	mu        sync.Mutex
	perMinute map[int]int
}

func newInProcess(sim *simulator.Simulator, latency time.Duration) *inProcess {
	return &inProcess{sim: sim, latency: latency, start: time.Now(), perMinute: map[int]int{}}
}

// RoundTrip implements http.RoundTripper.
func (p *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	p.perMinute[int(time.Since(p.start)/time.Minute)]++
	p.mu.Unlock()
	select {
	case <-time.After(p.latency):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	w := httptest.NewRecorder()
	p.sim.ServeHTTP(w, r)
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

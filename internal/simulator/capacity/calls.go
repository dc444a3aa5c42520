package capacity

import (
	"maps"
	"net/http"
	"sync"
)

// unknownResource is the resource of calls of anything else.
const unknownResource = "unknown"

// A Call is a kind of call that the simulator counts.
type Call struct {
	// Company is whose token the call carried, or empty if it was nobody's or a fault came first.
	Company string
	// Resource is a resource's name or "unknown".
	Resource string
	// Status is the answer's status, or 0 where the connection ended without one.
	Status int
}

// callCounter counts calls.
type callCounter struct {
	mu       sync.Mutex
	counts   map[Call]int
	refusals int
}

func (c *callCounter) add(call Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = make(map[Call]int)
	}
	c.counts[call]++
}

func (c *callCounter) refuseToken() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refusals++
}

// Calls is how often each kind of call was answered since the start.
func (s *Simulator) Calls() map[Call]int {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	return maps.Clone(s.calls.counts)
}

// TokenRefusals is how often a call was refused for its token. A 401 that a fault answered does not count.
func (s *Simulator) TokenRefusals() int {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	return s.calls.refusals
}

// statusRecorder remembers the status for the counts.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (r *statusRecorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *statusRecorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

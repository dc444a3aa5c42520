package simulator

import (
	"maps"
	"net/http"
	"sync"
)

// A Call is a kind of call that the simulator counts.
type Call struct {
	// Tenant is the ID of the tenant that the call names, the TSG if it is a provider's, or empty if the simulator does
	// not have it.
	Tenant string
	// Endpoint is "jwt", "oauth2", "list_children", a resource's name, or "unknown".
	Endpoint string
	// Status is the answer's status, or 0 where the connection ended without one.
	Status int
}

// callCounter counts calls.
type callCounter struct {
	mu     sync.Mutex
	counts map[Call]int
}

func (c *callCounter) add(call Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = make(map[Call]int)
	}
	c.counts[call]++
}

// Calls is how often each kind of call was answered since the start.
func (s *Simulator) Calls() map[Call]int {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	return maps.Clone(s.calls.counts)
}

// CallCount is the number of calls of an endpoint over all tenants and statuses.
func (s *Simulator) CallCount(endpoint string) int {
	sum := 0
	for call, n := range s.Calls() {
		if call.Endpoint == endpoint {
			sum += n
		}
	}
	return sum
}

func (s *Simulator) callOf(to route, status int) Call {
	return Call{Tenant: s.nameOf(to.tenant), Endpoint: to.endpoint(), Status: status}
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

package simulator

import (
	"net/http"
	"path"
	"slices"
	"strconv"
	"sync"
	"time"
)

// A Fault is one misbehaviour and how often it shows.
type Fault struct {
	Kind FaultKind
	// Status, Header and Body are the answer of AnswerStatus.
	Status int
	Header http.Header
	Body   string
	// Rows sizes RowFlood and GzipBomb.
	Rows int
	// Every is the time between the bytes of SlowBody; 0 means a second.
	Every time.Duration
	// Tenant limits the fault to one tenant: by its ID to all versions, by its TSG to those that know it by that. Empty
	// means all.
	Tenant string
	// Hits limits how often the fault shows; 0 means until it is cleared.
	Hits int
	// Probability limits it to some of the calls; 0 means all. Which ones follows from the options' seed, the tenant, the
	// endpoint and how many calls have come before.
	Probability float64

	pattern  string
	met      int
	released chan struct{}
}

// AllQueries is a pattern that matches every resource, but not "jwt", "oauth2" and "list_children".
const AllQueries = "queries"

// Status is a fault that answers a bare status, as a gateway does.
func Status(status int) Fault {
	return Fault{Kind: AnswerStatus, Status: status, Body: http.StatusText(status) + "\n"}
}

// APIError is a fault that answers an error in the API's shape.
func APIError(status int, code string) Fault {
	body := encode(refusal{Code: code, Message: "Simulated fault", Details: "Simulated fault", Values: []string{}})
	return Fault{Kind: AnswerStatus, Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: string(body)}
}

// TooManyCalls is a 429 whose Retry-After is taken as it is; empty leaves it out.
func TooManyCalls(retryAfter string) Fault {
	f := Status(http.StatusTooManyRequests)
	if retryAfter != "" {
		f.Header = http.Header{"Retry-After": {retryAfter}}
	}
	return f
}

// BadGateway is a 502 with the HTML page of a proxy.
func BadGateway() Fault {
	return Fault{
		Kind: AnswerStatus, Status: http.StatusBadGateway, Header: http.Header{"Content-Type": {"text/html"}},
		Body: "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
	}
}

// Redirect is a 307 to another place, which may be on another host.
func Redirect(to string) Fault {
	return Fault{Kind: AnswerStatus, Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {to}}}
}

// faults are those that are set, the latest first.
type faults struct {
	seed uint64

	mu  sync.Mutex
	set []*Fault
	// drawn counts the draws of each tenant and endpoint.
	drawn map[Call]uint64
}

// SetFault makes an endpoint misbehave: "jwt", "oauth2", "list_children", a resource's name in all versions that have it,
// AllQueries, or a pattern of path.Match, where "*" is all there is. A fault takes the place of an earlier one of the same pattern and kind, and the latest one that matches shows.
func (s *Simulator) SetFault(pattern string, f Fault) {
	f.pattern, f.released = pattern, make(chan struct{})
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.drop(func(old *Fault) bool { return old.pattern == pattern && old.Kind == f.Kind && old.Tenant == f.Tenant })
	s.faults.set = slices.Insert(s.faults.set, 0, &f)
}

// ClearFault ends the fault of a pattern, a kind and a tenant, and lets everybody go who hangs in it.
func (s *Simulator) ClearFault(pattern string, kind FaultKind, tenant string) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.drop(func(old *Fault) bool { return old.pattern == pattern && old.Kind == kind && old.Tenant == tenant })
}

// ClearFaults ends all faults and lets everybody go who hangs in one.
func (s *Simulator) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.drop(func(*Fault) bool { return true })
}

func (f *faults) drop(gone func(*Fault) bool) {
	f.set = slices.DeleteFunc(f.set, func(old *Fault) bool {
		if gone(old) {
			close(old.released)
			return true
		}
		return false
	})
}

// pick is the fault that a call for a tenant meets, or nil. Each pick uses up one of its hits.
func (f *faults) pick(to route, tenant string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.set {
		spent := one.Hits > 0 && one.met == one.Hits
		if spent || !one.matches(to, tenant) || one.Probability > 0 && f.draw(to, tenant) >= one.Probability {
			continue
		}
		// A fault that is used up stays, so that clearing it lets those go who hang in it.
		one.met++
		// A copy, as the hits go on being counted; the channel is shared.
		met := *one
		return &met
	}
	return nil
}

// draw is the next chance of a tenant's endpoint. It does not depend on what others draw, so that a run can be repeated
// whose calls come in another order. The caller holds f.mu.
func (f *faults) draw(to route, tenant string) float64 {
	if f.drawn == nil {
		f.drawn = make(map[Call]uint64)
	}
	who := Call{Tenant: tenant, Endpoint: to.endpoint()}
	f.drawn[who]++
	return chance(forFault, f.seed, textSeed(who.Tenant), textSeed(who.Endpoint), f.drawn[who])
}

func (f *Fault) matches(to route, tenant string) bool {
	if to.kind == nowhere || f.Tenant != "" && f.Tenant != tenant && f.Tenant != to.tenant {
		return false
	}
	if f.pattern == AllQueries {
		return to.kind == queryCall
	}
	matched, err := path.Match(f.pattern, to.endpoint())
	return err == nil && matched
}

// kind is the fault's kind; a missing fault has none.
func (f *Fault) kind() FaultKind {
	if f == nil {
		return noFault
	}
	return f.Kind
}

// answer gives the answer of a fault that needs nothing of the call. It tells whether it did.
func (f *Fault) answer(w http.ResponseWriter, r *http.Request) bool {
	switch f.Kind {
	case AnswerStatus:
		for name, values := range f.Header {
			w.Header()[http.CanonicalHeaderKey(name)] = values
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(f.Body)))
		w.WriteHeader(f.Status)
		// An error here means that the caller has gone.
		_, _ = w.Write([]byte(f.Body))
		return true
	case CloseConnection:
		panic(http.ErrAbortHandler)
	case Hang:
		select {
		case <-f.released:
		case <-r.Context().Done():
			return true
		}
	}
	return false
}

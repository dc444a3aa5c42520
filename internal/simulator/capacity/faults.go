package capacity

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"sync"
)

// A FaultKind is a way in which a resource misbehaves.
type FaultKind int

// The kinds of faults. Those from ResetMidBody on need a call that would have been answered; the others come before
// the caller's token is looked at.
const (
	noFault FaultKind = iota
	// AnswerStatus answers Status with Header and Body; the status may well be 200.
	AnswerStatus
	// CloseConnection ends the connection without an answer.
	CloseConnection
	// Hang keeps the caller waiting for the headers until the fault is cleared or the caller goes.
	Hang

	// ResetMidBody promises the body and breaks the connection in the middle of it.
	ResetMidBody
	// TruncatedJSON stops in the middle of the JSON, as if it were all.
	TruncatedJSON
	// EndlessBody never stops sending records.
	EndlessBody
	// WrongContentType sends the JSON as HTML.
	WrongContentType
)

var kindNames = map[FaultKind]string{
	AnswerStatus: "status", CloseConnection: "connection closed", Hang: "hang", ResetMidBody: "reset within the body",
	TruncatedJSON: "truncated JSON", EndlessBody: "endless body", WrongContentType: "wrong content type",
}

// A Fault is one misbehaviour and how often it shows.
type Fault struct {
	Kind FaultKind
	// Status, Header and Body are the answer of AnswerStatus.
	Status int
	Header http.Header
	Body   string
	// Hits limits how often the fault shows; 0 means until it is cleared.
	Hits int

	met      int
	released chan struct{}
}

// Status is a fault that answers a bare status.
func Status(status int) Fault {
	return Fault{Kind: AnswerStatus, Status: status, Body: http.StatusText(status) + "\n"}
}

// AllResources stands for every resource in SetFault.
const AllResources = "*"

// faults are those that are set, by resource.
type faults struct {
	mu  sync.Mutex
	set map[string]*Fault
}

// SetFault makes a resource, or AllResources, misbehave in place of how it did before. What is set for one resource goes
// before what is set for all.
func (s *Simulator) SetFault(resource string, f Fault) error {
	if resource != AllResources && resourceOf(resource) == nil {
		return fmt.Errorf("no resource %q", resource)
	}
	f.met, f.released = 0, make(chan struct{})
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	if s.faults.set == nil {
		s.faults.set = make(map[string]*Fault)
	}
	s.faults.set[resource].release()
	s.faults.set[resource] = &f
	return nil
}

// ClearFault ends the fault of a resource and lets everybody go who hangs in it.
func (s *Simulator) ClearFault(resource string) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.set[resource].release()
	delete(s.faults.set, resource)
}

// ClearFaults ends all faults and lets everybody go who hangs in one.
func (s *Simulator) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	for _, f := range s.faults.set {
		f.release()
	}
	clear(s.faults.set)
}

func (f *Fault) release() {
	if f != nil {
		close(f.released)
	}
}

// pick is the fault that a call meets, or nil. Each pick uses up one of its hits.
func (f *faults) pick(resource string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range []string{resource, AllResources} {
		one := f.set[name]
		if one == nil || one.Hits > 0 && one.met == one.Hits {
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

// kind is the fault's kind; a missing fault has none.
func (f *Fault) kind() FaultKind {
	if f == nil {
		return noFault
	}
	return f.Kind
}

// title is what the control page calls a fault.
func (f *Fault) title() string {
	if f.Kind == AnswerStatus {
		return fmt.Sprintf("%s %d", kindNames[f.Kind], f.Status)
	}
	return kindNames[f.Kind]
}

// answer gives the answer of a fault that needs nothing of the call. It tells whether it did.
func (f *Fault) answer(w http.ResponseWriter, r *http.Request) bool {
	switch f.kind() {
	case AnswerStatus:
		for name, values := range f.Header {
			w.Header()[http.CanonicalHeaderKey(name)] = values
		}
		w.WriteHeader(f.Status)
		// An error here, and in the writes below, means that the caller has gone.
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

// send sends a good body, of which a fault may still get hold.
func (f *Fault) send(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	switch f.kind() {
	case ResetMidBody:
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case EndlessBody:
		f.sendForEver(w, r)
		return
	case TruncatedJSON:
		body = body[:len(body)*2/3]
	case WrongContentType:
		w.Header().Set("Content-Type", "text/html")
	}
	_, _ = w.Write(body)
}

// sendForEver sends records until the caller goes or the fault is cleared, which cuts the answer off.
func (f *Fault) sendForEver(w http.ResponseWriter, r *http.Request) {
	_, err := w.Write([]byte(`[{"bookingId":"0"}`))
	chunk := bytes.Repeat([]byte(`,{"bookingId":"again and again"}`), 512)
	for err == nil && r.Context().Err() == nil {
		select {
		case <-f.released:
			panic(http.ErrAbortHandler)
		default:
			_, err = w.Write(chunk)
		}
	}
}

package simulation

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The hosts that there are.
const (
	hostA        = "insights-a.test"
	hostB        = "insights-b.test"
	hostTokens   = "auth.test"
	hostTenancy  = "tenancy.test"
	hostCapacity = "capacity.test"
)

// hosts are their names in scenarios.
var hosts = map[string]string{"a": hostA, "b": hostB, "tokens": hostTokens, "tenancy": hostTenancy, "capacity": hostCapacity}

// A network carries calls in memory. It is an http.RoundTripper.
type network struct {
	seed     uint64
	latency  time.Duration
	insights http.Handler
	platform http.Handler
	// clock is that of the hosts.
	clock  func() time.Time
	ledger *ledger

	mu sync.Mutex
	// lines are the line faults that are on.
	lines []lineFault
	drawn map[string]uint64
}

type lineFault struct {
	host, what string
	by         time.Duration
	released   chan struct{}
}

// RoundTrip implements http.RoundTripper.
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close() // of bytes
	}
	c := n.ledger.begin(r, body)
	w, err := n.travel(r, body)
	if err == nil {
		err = w.wait(r.Context())
	}
	if err != nil {
		n.ledger.end(c, 0, false)
		return nil, err
	}
	return w.response(r, n.clock(), func(whole bool, read []byte) {
		if whole && w.status == http.StatusOK {
			n.ledger.learn(c, read)
		}
		n.ledger.end(c, w.status, whole)
	}), nil
}

// travel takes a request to its host, unless a line fault keeps it.
func (n *network) travel(r *http.Request, body []byte) (*answer, error) {
	latency, faults := n.conditions(r.URL.Host)
	var gate chan struct{}
	status, header := 0, ""
	for _, f := range faults {
		switch f.what {
		case "latency":
			latency += f.by
		case "refused":
			return nil, errors.New("connect: connection refused")
		case "silent":
			gate = f.released
		default:
			status, header = lineStatus(f.what)
		}
	}
	if gate != nil {
		select {
		case <-gate:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	select {
	case <-time.After(latency):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	w := newAnswer()
	if status != 0 {
		if header != "" {
			w.Header().Set("Retry-After", header)
		}
		http.Error(w, http.StatusText(status), status)
		w.finish(nil)
		return w, nil
	}
	to := n.insights
	if r.URL.Host == hostCapacity {
		to = n.platform
	}
	go serve(to, w, arrived(r, body))
	return w, nil
}

func lineStatus(what string) (status int, retryAfter string) {
	code, rest, _ := strings.Cut(what, " ")
	status, err := strconv.Atoi(code)
	if err != nil {
		panic(fmt.Sprintf("line fault %q", what))
	}
	if rest == "for 10m" {
		retryAfter = "600"
	}
	return status, retryAfter
}

// conditions are the latency of a call and what is wrong with its line. Latencies differ by what the seed says for the
// n-th call of a host, so that a run can be repeated.
func (n *network) conditions(host string) (time.Duration, []lineFault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var on []lineFault
	for _, f := range n.lines {
		if f.host == host || f.host == "" {
			on = append(on, f)
		}
	}
	if n.drawn == nil {
		n.drawn = map[string]uint64{}
	}
	n.drawn[host]++
	return time.Duration(float64(n.latency) * (0.5 + draw(n.seed, host, n.drawn[host]))), on
}

// draw is a number from 0 to 1.
func draw(seed uint64, what string, n uint64) float64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %d", seed, what, n)
	x := h.Sum64()
	x ^= x >> 31
	x *= 0x9e3779b97f4a7c15
	x ^= x >> 29
	return float64(x>>11) / (1 << 53)
}

// set puts a line fault in force.
func (n *network) set(f lineFault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f.released = make(chan struct{})
	n.lines = append(n.lines, f)
}

// lift ends a line fault and lets those go who wait in it.
func (n *network) lift(host, what string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, f := range n.lines {
		if f.host == host && f.what == what {
			close(f.released)
			n.lines = append(n.lines[:i:i], n.lines[i+1:]...)
			return
		}
	}
}

// arrived is a request as its server sees it.
func arrived(r *http.Request, body []byte) *http.Request {
	in := r.WithContext(r.Context())
	in.Proto, in.ProtoMajor, in.ProtoMinor = "HTTP/1.1", 1, 1
	in.RemoteAddr = "192.0.2.1:40000"
	in.RequestURI = r.URL.RequestURI()
	in.Body = io.NopCloser(strings.NewReader(string(body)))
	in.ContentLength = int64(len(body))
	return in
}

// serve runs a handler as a server does, which lets it give up in the middle.
func serve(h http.Handler, w *answer, r *http.Request) {
	stop := context.AfterFunc(r.Context(), func() { w.finish(r.Context().Err()) })
	defer func() {
		stop()
		v := recover()
		switch {
		case v == nil:
			w.finish(nil)
		case v == http.ErrAbortHandler: //nolint:errorlint // a value that was thrown, not an error that was returned
			w.finish(io.EOF)
		default:
			panic(v)
		}
	}()
	h.ServeHTTP(w, r)
}

package simulation

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// mostBuffered is how far a server may be ahead of its client.
const mostBuffered = 256 << 10

var errGone = errors.New("the client has gone")

// An answer is what a handler writes and a client reads, at the same time.
type answer struct {
	header  http.Header
	status  int
	started chan struct{} // closed once the client can have the headers

	mu     sync.Mutex
	body   bytes.Buffer
	ready  bool
	done   bool
	err    error         // how the answer ended, nil for well
	moved  chan struct{} // closed when there is more to read, or room to write
	closed bool          // by the client
}

func newAnswer() *answer {
	return &answer{header: http.Header{}, started: make(chan struct{}), moved: make(chan struct{})}
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.writeHeader(status)
}

func (a *answer) writeHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) {
	for {
		a.mu.Lock()
		a.writeHeader(http.StatusOK)
		if a.closed || a.done {
			a.mu.Unlock()
			return 0, errGone
		}
		if a.body.Len() < mostBuffered {
			a.body.Write(b)
			if a.ready {
				a.move()
			}
			a.mu.Unlock()
			return len(b), nil
		}
		a.begin()
		moved := a.moved
		a.mu.Unlock()
		<-moved
	}
}

// Flush implements http.Flusher.
func (a *answer) Flush() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.writeHeader(http.StatusOK)
	a.begin()
	a.move()
}

// begin lets the client have what there is. The caller holds a.mu.
func (a *answer) begin() {
	if !a.ready {
		a.ready = true
		close(a.started)
	}
}

// move wakes whoever waits for the other side. The caller holds a.mu.
func (a *answer) move() {
	close(a.moved)
	a.moved = make(chan struct{})
}

// finish ends the answer, well or with an error.
func (a *answer) finish(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.done {
		return
	}
	a.done, a.err = true, err
	if err == nil {
		a.writeHeader(http.StatusOK)
	}
	a.begin()
	a.move()
}

// wait waits for the headers.
func (a *answer) wait(ctx context.Context) error {
	select {
	case <-a.started:
	case <-ctx.Done():
		return ctx.Err()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.status == 0 || a.err != nil && a.body.Len() == 0 && a.done {
		return errors.Join(a.err)
	}
	return nil
}

// response is the answer as its client sees it. It tells, once, how the body ended.
func (a *answer) response(r *http.Request, now time.Time, ended func(whole bool, read []byte)) *http.Response {
	a.header.Set("Date", now.UTC().Format(http.TimeFormat))
	length := int64(-1)
	if n, err := strconv.ParseInt(a.header.Get("Content-Length"), 10, 64); err == nil {
		length = n
	}
	return &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, ContentLength: length, Request: r, Body: &reading{answer: a, ended: ended},
	}
}

// reading is a body on the client's side.
type reading struct {
	*answer
	ended func(whole bool, read []byte)
	once  sync.Once
	kept  []byte
}

// mostKept is how much of a body is kept for the ledger, which wants to see tokens.
const mostKept = 4 << 10

// Read implements io.Reader.
func (r *reading) Read(b []byte) (int, error) {
	for {
		r.mu.Lock()
		if r.closed {
			r.mu.Unlock()
			return 0, http.ErrBodyReadAfterClose
		}
		if r.body.Len() > 0 {
			n, _ := r.body.Read(b) // of bytes that are there
			r.move()
			r.mu.Unlock()
			if len(r.kept) < mostKept {
				r.kept = append(r.kept, b[:n]...)
			}
			return n, nil
		}
		done, err, moved := r.done, r.err, r.moved
		r.mu.Unlock()
		switch {
		case done && err == nil:
			r.end(true)
			return 0, io.EOF
		case done && errors.Is(err, io.EOF):
			r.end(false)
			return 0, io.ErrUnexpectedEOF
		case done:
			r.end(false)
			return 0, err
		}
		<-moved
	}
}

// Close implements io.Closer. Who has read as many bytes as there are need not have looked for more.
func (r *reading) Close() error {
	r.mu.Lock()
	r.closed = true
	whole := r.done && r.err == nil && r.body.Len() == 0
	r.move()
	r.mu.Unlock()
	r.end(whole)
	return nil
}

func (r *reading) end(whole bool) { r.once.Do(func() { r.ended(whole, r.kept) }) }

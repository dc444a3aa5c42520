package transport

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"time"
)

// chunk is how much room an answer takes at a time, and kept the most that is
// kept for the next one.
const (
	chunk = 64 << 10
	kept  = 4 << 20
)

var errTooLong = errors.New("the answer is too long")

// Response is an answer under HTTP 200.
type Response struct {
	Status int
	// Date is the vendor's time of the answer, zero where it gives none.
	Date time.Time
	// Secrets are those of the request.
	Secrets []string

	body   *bytes.Buffer
	memory *memory
	of     string
	taken  int
}

// bodies are kept for the next answer: at ten thousand rows one has megabytes.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func newResponse(m *memory, of string, secrets []string) *Response {
	return &Response{Secrets: secrets, body: bodies.Get().(*bytes.Buffer), memory: m, of: of}
}

// mark is a byte order mark, which some servers write before JSON.
const mark = "\uFEFF"

// Body is the answer.
func (r *Response) Body() []byte { return bytes.TrimPrefix(r.body.Bytes(), []byte(mark)) }

// release gives the memory of the answer back.
func (r *Response) release() {
	if r.body == nil {
		return
	}
	r.memory.give(r.of, r.taken)
	if r.body.Cap() <= kept {
		r.body.Reset()
		bodies.Put(r.body)
	}
	r.body = nil
}

// readFrom reads the answer. length is what it says of its own length, or -1.
func (r *Response) readFrom(body io.Reader, length int64) error {
	if length > maxBody {
		return errTooLong
	}
	for {
		room := chunk
		if r.taken == 0 && length > 0 {
			room = int(length) + bytes.MinRead // what it says, and a look behind it
		}
		if err := r.take(room); err != nil {
			return err
		}
		n, err := r.body.ReadFrom(io.LimitReader(body, int64(r.taken-r.body.Len())))
		switch {
		case err != nil:
			return err
		case r.body.Len() > maxBody:
			return errTooLong
		case n == 0 || r.body.Len() < r.taken:
			return nil
		}
	}
}

// take takes room for n more bytes.
func (r *Response) take(n int) error {
	if err := r.memory.take(r.of, n); err != nil {
		return err
	}
	r.taken += n
	r.body.Grow(n)
	return nil
}

package transport

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"time"
)

// chunk is how much room an answer takes at a time that does not tell its
// length, and kept the most that is kept for the next one.
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

// bodies and chunks are kept for the next answer: at ten thousand rows one has
// megabytes.
var (
	bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	chunks = sync.Pool{New: func() any { return new([chunk]byte) }}
)

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
	switch {
	case length > maxBody:
		return errTooLong
	case length >= 0:
		if err := r.take(int(length)); err != nil {
			return err
		}
		return r.fill(body, int(length))
	}
	// In chunks, because a buffer that doubles takes three times the room.
	var read []*[chunk]byte
	defer func() {
		for _, c := range read {
			chunks.Put(c)
		}
	}()
	for size := 0; ; {
		if err := r.take(chunk); err != nil {
			return err
		}
		c := chunks.Get().(*[chunk]byte)
		read = append(read, c)
		n, err := readWhole(body, c[:])
		switch size += n; {
		case size > maxBody:
			return errTooLong
		case errors.Is(err, io.EOF):
			return r.join(read, size)
		case err != nil:
			return err
		}
	}
}

// readWhole fills b, unless the answer ends before, which is io.EOF.
func readWhole(body io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var more int
		more, err = body.Read(b[n:])
		n += more
	}
	return n, err
}

// join makes one answer of its chunks. One at a time does so, because for a
// moment it takes twice the room.
func (r *Response) join(read []*[chunk]byte, size int) error {
	readers := make([]io.Reader, len(read))
	for i, c := range read {
		readers[i] = bytes.NewReader(c[:])
	}
	r.memory.joining.Lock()
	defer r.memory.joining.Unlock()
	return r.fill(io.MultiReader(readers...), size)
}

// fill reads an answer of a length that is known.
func (r *Response) fill(body io.Reader, length int) error {
	r.body.Grow(length + bytes.MinRead) // and a look behind it, which ReadFrom takes
	_, err := r.body.ReadFrom(io.LimitReader(body, int64(length)))
	return err
}

// take takes room for n more bytes.
func (r *Response) take(n int) error {
	if err := r.memory.take(r.of, n); err != nil {
		return err
	}
	r.taken += n
	return nil
}

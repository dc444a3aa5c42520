package logging

import (
	"bytes"
	"io"
	"sync"
	"time"
)

const (
	// maxWaiting is how many bytes of log lines may wait for their reader.
	maxWaiting = 256 << 10
	// lastWait is how long the last lines are waited for when the process ends.
	lastWait = time.Second
)

// Sink takes log lines and writes them on, so that whoever logs never waits
// for whoever reads. Lines are dropped, and counted, while the reader is gone
// or so slow that too many of them wait.
type Sink struct {
	mu      sync.Mutex
	waiting []byte
	dropped uint64
	closed  bool

	wake chan struct{} // there are lines, or there is an end
	done chan struct{}
}

// NewSink returns a Sink that writes to w. It must be closed.
func NewSink(w io.Writer) *Sink {
	s := &Sink{wake: make(chan struct{}, 1), done: make(chan struct{})}
	go s.run(w)
	return s
}

// Write takes a line. It never fails: a logger cannot do anything about it.
func (s *Sink) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.waiting)+len(line) > maxWaiting {
		s.dropped++
		return len(line), nil
	}
	s.waiting = append(s.waiting, line...)
	s.signal()
	return len(line), nil
}

func (s *Sink) signal() {
	select {
	case s.wake <- struct{}{}:
	default: // it is awake already
	}
}

// run writes what waits until the end.
func (s *Sink) run(w io.Writer) {
	defer close(s.done)
	var spare []byte
	for range s.wake {
		s.mu.Lock()
		lines, closed := s.waiting, s.closed
		s.waiting = spare[:0]
		s.mu.Unlock()
		if n, err := w.Write(lines); err != nil {
			s.drop(lines[min(max(n, 0), len(lines)):])
		}
		spare = lines
		if closed {
			return
		}
	}
}

// drop counts lines that could not be written.
func (s *Sink) drop(lines []byte) {
	n := bytes.Count(lines, []byte{'\n'})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropped += uint64(n)
}

// Dropped is how many lines have been dropped.
func (s *Sink) Dropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// Close writes the lines that wait, as far as their reader takes them at once.
func (s *Sink) Close() {
	s.mu.Lock()
	s.closed = true
	s.signal()
	s.mu.Unlock()
	select {
	case <-s.done:
	case <-time.After(lastWait):
	}
}

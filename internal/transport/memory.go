package transport

import (
	"errors"
	"sync"
)

const (
	// maxBody bounds an answer. The largest one that the API can give, 10,000
	// alerts, has some 8 MB.
	maxBody = 16 << 20
	// maxBodies bounds all answers that are read or worked on at a time, and
	// maxOfOne those of one tenant, so that it cannot take the room of all.
	maxBodies = 64 << 20
	maxOfOne  = maxBodies / 2
)

var errNoRoom = errors.New("the answers that are being read use all the memory reserved for them")

// memory is the room for answers. Nobody waits for it with an answer half
// read, which could be for ever.
type memory struct {
	limit   int
	joining sync.Mutex

	mu   sync.Mutex
	used int
	of   map[string]int
}

func newMemory(limit int) *memory { return &memory{limit: limit, of: map[string]int{}} }

// take takes room for n more bytes of a name, if there is any.
func (m *memory) take(name string, n int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.used+n > m.limit || m.of[name]+n > maxOfOne {
		return errNoRoom
	}
	m.used += n
	m.of[name] += n
	return nil
}

// give gives room back.
func (m *memory) give(name string, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used -= n
	if m.of[name] -= n; m.of[name] == 0 {
		delete(m.of, name)
	}
}

package simulator

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// A credential is what tokens are got for: an API key or a client secret. One value works at a time.
type credential struct {
	clock clock
	// file, if there is one, always holds the value.
	file string
	// life is how long a value works after it was made; 0 means that it does not end.
	life time.Duration
	// outlive lets the tokens of old values work on.
	outlive bool

	mu         sync.Mutex
	value      string
	issued     time.Time
	generation int64
}

// begin gives the credential its first value, a random one if it is empty.
func (c *credential) begin(first string) error {
	if c.value, c.issued = first, c.clock.now(); first == "" {
		c.value = rand.Text()
	}
	if c.file == "" {
		return nil
	}
	return writeSecret(c.file, c.value)
}

func (c *credential) active() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.value
}

// accepts tells whether a value is the one that works, and which generation it is of.
func (c *credential) accepts(value string) (generation int64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	right := subtle.ConstantTimeCompare([]byte(value), []byte(c.value)) == 1
	return c.generation, right && (c.life == 0 || c.clock.now().Sub(c.issued) < c.life)
}

// honours tells whether tokens that a value of this generation got still work.
func (c *credential) honours(generation int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.outlive || generation == c.generation
}

// renew voids the value and makes another one. It holds the lock over the write, so that nobody can try the new value
// from the file before it works. If the file cannot be written, the old value stays.
func (c *credential) renew() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	value := rand.Text()
	if c.file != "" {
		if err := writeSecret(c.file, value); err != nil {
			return "", err
		}
	}
	c.value, c.issued = value, c.clock.now()
	c.generation++
	return value, nil
}

// writeSecret replaces the file in one step: a reader sees the old value or the new one, never half of one.
func writeSecret(path, value string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(value + "\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

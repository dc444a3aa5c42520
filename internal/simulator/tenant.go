package simulator

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A Tenant says what one tenant is.
type Tenant struct {
	// ID is the super tenant ID of the paths.
	ID string
	// Key is the first API key; empty means a random one.
	Key string
	// KeyFile, if given, always holds the active key, as a rotation job would keep it.
	KeyFile string
	// Seed makes the world. Tenants with one seed, size and ID are alike; 0 takes it from the ID.
	Seed uint64
	// Size is the world's size.
	Size Size
	// SubTenants are worlds beside the tenant's own, by sub-tenant ID.
	SubTenants map[string]Size
	// Refuse lists resources that this tenant does not have, and how that is said.
	Refuse map[string]Refusal
	// Nested lists resources that answer in the nested form of the envelope.
	Nested []string
}

// keyLifetime is how long a key works after it was made.
const keyLifetime = 365 * 24 * time.Hour

// tenant is a Tenant with its keys and its worlds.
type tenant struct {
	Tenant
	clock        clock
	outlive      bool
	nested       map[string]bool
	mu           sync.Mutex
	key          string
	issued       time.Time
	generation   int64
	opaqueTokens map[string]time.Time
	worlds       map[string]*World
}

func newTenant(t Tenant, c clock, outlive bool) (*tenant, error) {
	if t.ID == "" {
		return nil, errors.New("empty ID")
	}
	if strings.TrimSpace(t.Key) != t.Key {
		return nil, errors.New("blanks around the key")
	}
	sizes := []Size{t.Size}
	for id, size := range t.SubTenants {
		if id == "" {
			return nil, errors.New("empty sub-tenant ID")
		}
		sizes = append(sizes, size)
	}
	for _, size := range sizes {
		if err := size.check(); err != nil {
			return nil, err
		}
	}
	made := &tenant{Tenant: t, clock: c, outlive: outlive, nested: make(map[string]bool), worlds: make(map[string]*World)}
	for _, list := range [][]string{t.Nested, keysOf(t.Refuse)} {
		for _, name := range list {
			if resources[name] == nil {
				return nil, fmt.Errorf("no resource %q", name)
			}
		}
	}
	for _, name := range t.Nested {
		made.nested[name] = true
	}
	made.key, made.issued = t.Key, c.now()
	if made.key == "" {
		made.key = rand.Text()
	}
	if t.KeyFile != "" {
		if err := writeKeyFile(t.KeyFile, made.key); err != nil {
			return nil, err
		}
	}
	return made, nil
}

func keysOf(refused map[string]Refusal) []string {
	var names []string
	for name := range refused {
		names = append(names, name)
	}
	return names
}

func (t *tenant) activeKey() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.key
}

// accepts tells whether a key is the active one and within its year, and which generation it is of.
func (t *tenant) accepts(key string) (generation int64, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	right := subtle.ConstantTimeCompare([]byte(key), []byte(t.key)) == 1
	return t.generation, right && t.clock.now().Sub(t.issued) < keyLifetime
}

// generateKey holds the lock over the write, so that nobody can try the new key from the file before it works.
func (t *tenant) generateKey() (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := rand.Text()
	if t.KeyFile != "" {
		if err := writeKeyFile(t.KeyFile, key); err != nil {
			return "", err
		}
	}
	t.key, t.issued = key, t.clock.now()
	t.generation++
	if !t.outlive {
		t.opaqueTokens = nil
	}
	return key, nil
}

// writeKeyFile replaces the file in one step: a reader sees the old key or the new one, never half of one.
func writeKeyFile(path, key string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(key + "\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// world is the world of the tenant or of a sub-tenant, or nil if there is none of that ID.
func (t *tenant) world(subTenant string) *World {
	size, known := t.SubTenants[subTenant]
	if subTenant == "" {
		size, known = t.Size, true
	}
	if !known {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.worlds[subTenant]
	if w == nil {
		seed := t.Seed
		if seed == 0 {
			seed = textSeed(t.ID)
		}
		if subTenant != "" {
			seed = mix(seed, textSeed(subTenant))
		}
		w = newWorld(t.ID, subTenant, seed, size, t.clock)
		t.worlds[subTenant] = w
	}
	return w
}

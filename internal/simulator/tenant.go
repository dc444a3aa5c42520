package simulator

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Tenant says what one tenant is.
type Tenant struct {
	// ID is the super tenant ID of the paths of version 1.0.
	ID string
	// Key is the first API key; empty means a random one.
	Key string
	// KeyFile, if given, always holds the active key, as a rotation job would keep it.
	KeyFile string
	// TSG is the ID of the tenant's tenant service group, ten digits of which the first is 1, and what versions 2.0 and
	// 3.0 know the tenant by. A tenant without one is on 1.0 alone.
	TSG string
	// ClientID is the service account of the TSG; empty means "exporter@TSG.example.com".
	ClientID string
	// SecretFile, if given, always holds the active client secret.
	SecretFile string
	// Region is the region word of version 3.0; empty means "americas".
	Region string
	// Parent is the TSG that the tenant belongs to, and DisplayName what that one's list of children calls it.
	Parent      string
	DisplayName string
	// Seed makes the world. Tenants with one seed, size and ID are alike; 0 takes it from the ID.
	Seed uint64
	// Size is the world's size.
	Size Size
	// SubTenants are worlds beside the tenant's own, by sub-tenant ID.
	SubTenants map[string]Size
	// Refuse lists resources that this tenant does not have, by name, and how that is said. It is for all versions that
	// have the resource.
	Refuse map[string]Refusal
	// Nested lists resources that answer in the nested form of the envelope.
	Nested []string
}

// keyLifetime is how long a key works after it was made.
const keyLifetime = 365 * 24 * time.Hour

// tenant is a Tenant with its key and its worlds.
type tenant struct {
	Tenant
	clock  clock
	nested map[string]bool
	key    *credential
	mu     sync.Mutex
	worlds map[string]*World
}

func newTenant(t Tenant, c clock, outlive bool) (*tenant, error) {
	if t.Region == "" {
		t.Region = regions[0]
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	made := &tenant{
		Tenant: t, clock: c, nested: make(map[string]bool), worlds: make(map[string]*World),
		key: &credential{clock: c, file: t.KeyFile, life: keyLifetime, outlive: outlive},
	}
	for _, name := range t.Nested {
		made.nested[name] = true
	}
	return made, made.key.begin(t.Key)
}

func (t Tenant) check() error {
	if t.ID == "" {
		return errors.New("empty ID")
	}
	if t.ID == t.TSG {
		return errors.New("the ID and the TSG are the same")
	}
	if strings.TrimSpace(t.Key) != t.Key {
		return errors.New("blanks around the key")
	}
	if !slices.Contains(regions, t.Region) {
		return fmt.Errorf("no region %q", t.Region)
	}
	if t.TSG == "" && (t.ClientID != "" || t.SecretFile != "" || t.Parent != "") {
		return errors.New("a client ID, a secret file or a parent without a TSG")
	}
	if err := t.Size.check(); err != nil {
		return err
	}
	for id, size := range t.SubTenants {
		if id == "" {
			return errors.New("empty sub-tenant ID")
		}
		if err := size.check(); err != nil {
			return err
		}
	}
	known := resourceNames()
	for _, name := range slices.Concat(t.Nested, slices.Collect(maps.Keys(t.Refuse))) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("no resource %q", name)
		}
	}
	return nil
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
		w.group = t.TSG
		if subTenant == "" {
			w.below = t.subWorlds
		}
		t.worlds[subTenant] = w
	}
	return w
}

// subWorlds are the worlds of the sub-tenants.
func (t *tenant) subWorlds() []*World {
	var all []*World
	for _, id := range slices.Sorted(maps.Keys(t.SubTenants)) {
		all = append(all, t.world(id))
	}
	return all
}

package simulator

import (
	"fmt"
	"sync"
	"time"
)

// Size says how much there is in a world.
type Size struct {
	// Locations are Prisma Access locations; there is at least one where something needs one.
	Locations int
	// RemoteNetworks and ServiceConnections are the sites.
	RemoteNetworks     int
	ServiceConnections int
	// Tunnels are spread over the sites; every site has at least one.
	Tunnels int
	// Users are the mobile users that connect at the busiest hour.
	Users int
	// Alerts are those open for most of the time besides the alerts of sites and locations.
	Alerts int
}

// maxSize bounds each number of a Size.
const maxSize = 1_000_000

func (s Size) check() error {
	for _, n := range []int{s.Locations, s.RemoteNetworks, s.ServiceConnections, s.Tunnels, s.Users, s.Alerts} {
		if n < 0 || n > maxSize {
			return fmt.Errorf("a size of %d is not between 0 and %d", n, maxSize)
		}
	}
	return nil
}

// A World is what a tenant, or a sub-tenant, has: locations, sites, tunnels, users and alerts. What is in it follows
// from its seed and how it is from the clock; the methods here change it from outside, on top of that.
type World struct {
	tenant    string
	subTenant string
	// group is the tenant's TSG, and below gives the worlds of its sub-tenants where this is its own.
	group     string
	below     func() []*World
	seed      uint64
	clock     clock
	locations []*location
	sites     []*site
	users     []user
	standing  []standing

	// mu guards what came from outside.
	mu        sync.Mutex
	pinned    map[target]pin
	alerts    map[string]Alert
	incidents map[string]Incident
	raised    uint64
}

// newWorld builds a world; all of it that does not move is drawn here.
func newWorld(tenant, subTenant string, seed uint64, size Size, c clock) *World {
	w := &World{
		tenant: tenant, subTenant: subTenant, seed: seed, clock: c,
		pinned: make(map[target]pin), alerts: make(map[string]Alert), incidents: make(map[string]Incident),
	}
	sites := size.RemoteNetworks + size.ServiceConnections
	locations := size.Locations
	if locations == 0 && sites+size.Users+size.Alerts > 0 {
		locations = 1
	}
	w.locations = newLocations(w, locations)
	w.sites = newSites(w, size)
	w.users = newUsers(w, size.Users)
	w.standing = newStanding(w, size.Alerts)
	return w
}

// A State is the word that an answer has for how something is. Any word may be set; the simulator knows the numbers of
// these.
type State string

// The states that the API documents. The empty State gives something back to the scenario.
const (
	Up            State = "Up"
	Down          State = "Down"
	Warning       State = "Warning"
	Inactive      State = "Inactive"
	Init          State = "Init"
	NotConfigured State = "Not configured"
)

// unlistedState is the number of a word that no table has.
const unlistedState = 9

// The API numbers states differently by resource; each of these is one of its tables. A service connection's Warning
// has no known number.
var (
	locationNumbers   = map[State]int64{Down: 0, Up: 1, Warning: 2}
	instanceNumbers   = map[State]int64{Down: 0, Up: 1, Inactive: 2}
	remoteNumbers     = map[State]int64{Down: 0, Up: 1, Warning: 2}
	serviceNumbers    = map[State]int64{Up: 2, Down: 3, Warning: 4}
	tunnelNumbers     = map[State]int64{Init: 0, Up: 1, Inactive: 2, Down: 3}
	monitoringNumbers = map[State]int64{Down: 0, Up: 1, NotConfigured: 2}
)

func numberOf(s State, table map[State]int64) int64 {
	if n, listed := table[s]; listed {
		return n
	}
	return unlistedState
}

// target is something whose state can be pinned.
type target struct {
	kind targetKind
	name string
}

type targetKind int

const (
	siteTarget targetKind = iota
	tunnelTarget
	bgpTarget
	// locationTarget is followed by one kind for each service.
	locationTarget
)

// pin is a state from outside, and since when.
type pin struct {
	state State
	since time.Time
}

// pinAt is the pin that held at a time.
func (w *World) pinAt(t target, at time.Time) (pin, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, there := w.pinned[t]
	return p, there && !at.Before(p.since)
}

func (w *World) setPin(t target, state State) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if state == "" {
		delete(w.pinned, t)
		return
	}
	if w.pinned[t].state != state {
		w.pinned[t] = pin{state, w.clock.now().Truncate(time.Second)}
	}
}

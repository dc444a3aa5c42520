package simulator

import (
	"fmt"
	"time"
)

// nodeType is the kind of a site.
type nodeType struct {
	number int64
	name   string
	code   string
	states map[State]int64
}

var (
	remoteNetwork     = nodeType{48, "Remote Network", "RN", remoteNumbers}
	serviceConnection = nodeType{51, "Service Connection", "SC", serviceNumbers}
)

// A site is a remote network or a service connection.
type site struct {
	world    *World
	index    uint64
	name     string
	node     nodeType
	location *location
	tunnels  []*tunnel
	rhythm   rhythm
	chapters []chapter
	// capacity and aggregate are in kbps.
	capacity  int64
	aggregate int64
	// sparse sites lack columns that others have, bare ones have no addresses.
	sparse bool
	bare   bool
}

// A tunnel belongs to a site.
type tunnel struct {
	site  *site
	index uint64
	name  string
	// never came up; unwatched has no monitoring; blind is up while its monitoring is down.
	never     bool
	unwatched bool
	blind     bool
	// in and out are its usual rates in kbps.
	in, out float64
}

func newSites(w *World, size Size) []*site {
	n := size.RemoteNetworks + size.ServiceConnections
	sites := make([]*site, n)
	for i := range sites {
		s := &site{
			world: w, index: uint64(i), node: remoteNetwork,
			location: w.locations[pick(len(w.locations), forSite, w.seed, uint64(i), 1)],
			chapters: chapters,
			sparse:   i%9 == 5, bare: i%11 == 7,
		}
		if i < len(w.locations) && i < size.RemoteNetworks {
			s.location = w.locations[i]
		}
		s.name = siteName(w.seed, i, s.location.place)
		if k := i - size.RemoteNetworks; k >= 0 {
			s.node, s.name = serviceConnection, fmt.Sprintf("dc-%s-%d", slug(s.location.city), k+1)
		}
		length := max(shortestSiteCycle, time.Duration(n)*betweenSiteEvents)
		if n >= 8 && i == 6 {
			s.chapters, length = lost, lostSiteCycle
		}
		s.rhythm = newRhythm(w.clock, length, forSite, w.seed, s.index)
		s.capacity = []int64{50_000, 100_000, 250_000, 500_000, 1_000_000}[pick(5, forCapacity, w.seed, s.index)]
		s.aggregate = s.capacity * 2
		s.tunnels = newTunnels(s, tunnelsOf(size, i))
		s.location.offer(s.node)
		sites[i] = s
	}
	return sites
}

// tunnelsOf spreads the tunnels over the sites; what is left over goes to the service connections first.
func tunnelsOf(size Size, i int) int {
	sites := size.RemoteNetworks + size.ServiceConnections
	n := size.Tunnels / sites
	if (i+size.ServiceConnections)%sites < size.Tunnels%sites {
		n++
	}
	return max(n, 1)
}

func newTunnels(s *site, n int) []*tunnel {
	out := make([]*tunnel, n)
	for j := range out {
		t := &tunnel{site: s, index: uint64(j)}
		switch j {
		case 0:
			t.name = fmt.Sprintf("ike-%s-primary", s.name)
		case 1:
			t.name = fmt.Sprintf("ike-%s-secondary", s.name)
			t.never = s.index == 1 && !s.world.clock.still
		default:
			t.name = fmt.Sprintf("ike-%s-%d", s.name, j+1)
		}
		t.unwatched = s.index%5 == 4
		t.blind = s.index == 2 && j == 0 && !s.world.clock.still
		// Rates spread over two orders of magnitude; backups carry little.
		share := 0.002 * (1 + 99*chance(forTraffic, s.world.seed, s.index))
		if j > 0 {
			share /= 10
		}
		t.out = share * float64(s.capacity)
		t.in = t.out * (0.1 + 0.5*chance(forTraffic, s.world.seed, s.index, 1))
		out[j] = t
	}
	return out
}

// chapterOf is what happens in one cycle.
func (s *site) chapterOf(cycle int64) chapter {
	if s.world.clock.still {
		return chapter{}
	}
	return s.chapters[pick(len(s.chapters), forChapter, s.world.seed, s.index, uint64(cycle))]
}

// lossesOf are the stretches of one cycle in which a tunnel was down.
func (t *tunnel) lossesOf(cycle int64) []stretch {
	c := t.site.chapterOf(cycle)
	if t.index == 0 {
		return t.site.rhythm.stretchesOf(cycle, c.primary)
	}
	return t.site.rhythm.stretchesOf(cycle, c.backups)
}

// lossesOf are the stretches of one cycle in which no tunnel of the site was up.
func (s *site) lossesOf(cycle int64) []stretch {
	all := s.tunnels[0].lossesOf(cycle)
	for _, t := range s.tunnels[1:] {
		if !t.never {
			all = overlap(all, t.lossesOf(cycle))
		}
	}
	return all
}

// stateAt is a tunnel's state, and since when if it is not up.
func (t *tunnel) stateAt(at time.Time) (State, time.Time) {
	if p, pinned := t.site.world.pinAt(target{tunnelTarget, t.name}, at); pinned {
		return p.state, p.since
	}
	if p, pinned := t.site.world.pinAt(target{siteTarget, t.site.name}, at); pinned {
		switch {
		case p.state == Down, p.state == Warning && t.index == 0:
			return Down, p.since
		}
		return Up, p.since
	}
	if t.never {
		return Init, epoch
	}
	cycle, _ := t.site.rhythm.at(at)
	for _, s := range t.lossesOf(cycle) {
		if s.holds(at) {
			return Down, s.from
		}
	}
	return Up, at
}

// A siteStatus is how a site is at a moment.
type siteStatus struct {
	state State
	up    int64
	// seen is when it was last heard of.
	seen time.Time
}

// statusAt tells how a site is. The event time of a site that is down stands still.
func (s *site) statusAt(now time.Time) siteStatus {
	status := siteStatus{seen: freshEvent(now, s.index)}
	lostAt := time.Time{}
	for _, t := range s.tunnels {
		state, since := t.stateAt(now)
		if state == Up {
			status.up++
		} else if state != Init {
			lostAt = later(lostAt, since)
		}
	}
	switch status.up {
	case int64(len(s.tunnels)):
		status.state = Up
	case 0:
		status.state = Down
		if !lostAt.IsZero() {
			status.seen = earlier(status.seen, lostAt)
		}
	default:
		status.state = Warning
	}
	if p, pinned := s.world.pinAt(target{siteTarget, s.name}, now); pinned {
		status.state = p.state
	}
	return status
}

// freshEvent is the time of the last data of something that reports. It lies in the last full minute, as the windows of
// queries end there.
func freshEvent(now time.Time, index uint64) time.Time {
	return now.Truncate(time.Minute).Add(-time.Second * time.Duration(1+index*7%50))
}

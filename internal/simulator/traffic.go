package simulator

import (
	"iter"
	"math"
	"time"
)

// dayCurve is how busy a place is at a time, from 0.35 in its night to 1 in its afternoon.
func dayCurve(at time.Time, east float64) float64 {
	hour := float64(at.Unix()%86400)/3600 + east
	return 0.35 + 0.65*(0.5-0.5*math.Cos(2*math.Pi*(hour-4)/24))
}

// ratesAt are a tunnel's rates in kbps.
func (t *tunnel) ratesAt(at time.Time) (in, out float64) {
	if state, _ := t.stateAt(at); state != Up {
		return 0, 0
	}
	if t.site.world.clock.still {
		return t.in, t.out
	}
	slot := uint64(at.Unix() / 60)
	factor := dayCurve(at, t.site.location.east) * (0.6 + 0.8*chance(forNoise, t.site.world.seed, t.site.index, t.index, slot))
	return t.in * factor, t.out * factor
}

// figures are a tunnel's or a site's traffic over a window.
type figures struct {
	in, out, peak float64
	losses        int64
	lostTime      time.Duration
}

// samplesOfWindow is how many moments of a window its averages are taken from.
const samplesOfWindow = 24

func (t *tunnel) figuresOf(span window) figures {
	var f figures
	step := span.to.Sub(span.from) / samplesOfWindow
	for i := range samplesOfWindow {
		in, out := t.ratesAt(span.from.Add(time.Duration(i)*step + step/2))
		f.in += in / samplesOfWindow
		f.out += out / samplesOfWindow
		f.peak = max(f.peak, out)
	}
	if !t.site.world.clock.still {
		f.peak *= 1 + 4*chance(forNoise, t.site.world.seed, t.site.index, t.index)
	}
	f.losses, f.lostTime = t.site.lossesIn(span, t.lossesOf)
	t.addPinned(&f, span)
	return f
}

// addPinned counts an outage from outside, which the story does not know.
func (t *tunnel) addPinned(f *figures, span window) {
	for _, on := range []target{{tunnelTarget, t.name}, {siteTarget, t.site.name}} {
		p, pinned := t.site.world.pinAt(on, span.to)
		if state, _ := t.stateAt(span.to); pinned && state != Up {
			f.losses++
			f.lostTime += span.to.Sub(later(p.since, span.from))
			return
		}
	}
}

// lossesIn counts the losses of a window and the time that they took.
func (s *site) lossesIn(span window, lossesOf func(cycle int64) []stretch) (n int64, lost time.Duration) {
	first, last := s.rhythm.cycles(span)
	for cycle := first; cycle <= last; cycle++ {
		for _, l := range lossesOf(cycle) {
			from, to := later(l.from, span.from), earlier(l.to, span.to)
			if from.Before(to) {
				n++
				lost += to.Sub(from)
			}
		}
	}
	return n, lost
}

func (s *site) figuresOf(span window) figures {
	var sum figures
	for _, t := range s.tunnels {
		f := t.figuresOf(span)
		sum.in += f.in
		sum.out += f.out
		sum.peak = max(sum.peak, f.peak)
	}
	sum.losses, sum.lostTime = s.lossesIn(span, s.lossesOf)
	if p, pinned := s.world.pinAt(target{siteTarget, s.name}, span.to); pinned && p.state == Down {
		sum.losses++
		sum.lostTime += span.to.Sub(later(p.since, span.from))
	}
	return sum
}

// stepOf is the time between the samples of tunnel_status: coarser for longer windows.
func stepOf(span window) time.Duration {
	switch length := span.to.Sub(span.from); {
	case length <= time.Hour:
		return time.Minute
	case length <= 26*time.Hour:
		return 5 * time.Minute
	case length <= 8*24*time.Hour:
		return time.Hour
	}
	return 3 * time.Hour
}

// samplesStay is how long tunnel_status goes back: a little longer than the longest documented window.
const samplesStay = 100 * 24 * time.Hour

// throughputRecords are the samples of every tunnel.
func throughputRecords(w *World, span window) iter.Seq[record] {
	return func(yield func(record) bool) {
		step := stepOf(span)
		// Nothing has been measured that is yet to come.
		end := earlier(span.to, w.clock.now())
		from := later(span.from, w.clock.now().Add(-samplesStay))
		for at := from.Truncate(time.Second); !at.After(end); at = at.Add(step) {
			for _, s := range w.sites {
				for _, t := range s.tunnels {
					in, out := t.ratesAt(at)
					r := record{
						"node_type": s.node.number, "event_time": at.UnixMilli(),
						"tunnel_throughput_ingress": decimal(in), "tunnel_throughput_egress": decimal(out),
					}
					if !yield(r) {
						return
					}
				}
			}
		}
	}
}

// allocationRecords are the bandwidth bought, by location, and the placeholder that has none.
func allocationRecords(w *World, _ window) iter.Seq[record] {
	return func(yield func(record) bool) {
		if !yield(record{"edge_location_display_name": noData, "allocated_bw": decimal(1000), "allocated_aggregated_bw": decimal(1000)}) {
			return
		}
		for _, s := range w.sites {
			if s.node.number != remoteNetwork.number {
				continue
			}
			r := record{
				"edge_location_display_name": s.location.name,
				"allocated_bw":               decimal(s.capacity), "allocated_aggregated_bw": decimal(s.aggregate),
			}
			if !yield(r) {
				return
			}
		}
	}
}

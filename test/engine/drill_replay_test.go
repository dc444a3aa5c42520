package engine

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/notifier"

	"github.com/prisma-exporter/prisma_exporter/test/simulation"
)

// A recording is what there was to scrape in a drill.
type recording struct {
	drill drill
	world simulation.Scenario
	start time.Time
	parts []simulation.Part
	pages []simulation.Scraped // by the time when they were there
}

// record plays the world of a drill, and keeps its pages.
func record(t *testing.T, d drill) *recording {
	t.Helper()
	var mu sync.Mutex
	r := &recording{drill: d, world: d.world()}
	r.world.Play(t, simulation.Audience{
		Begin: func(parts []simulation.Part) {
			r.start, r.parts = time.Now(), parts
			d.live(parts)
		},
		Page: func(p simulation.Scraped) {
			mu.Lock()
			defer mu.Unlock()
			r.pages = append(r.pages, p)
		},
		Twin: d.Twin,
	})
	slices.SortStableFunc(r.pages, func(a, b simulation.Scraped) int { return a.Ended.Compare(b.Ended) })
	return r
}

// A replay is what became of a recording.
type replay struct {
	*recording
	calls []call
	// seen are the times of the scrapes that were not lost.
	seen []time.Time
}

// replay has rules evaluated over the pages, and tells whom they call.
func (r *recording) replay(t *testing.T, files []string) *replay {
	t.Helper()
	out := &replay{recording: r}
	var sent []sending
	draw := rand.New(rand.NewPCG(r.drill.Seed, 0x105))
	stations, evaluations := make([]*station, r.drill.Servers), make([]time.Time, r.drill.Servers)
	var last time.Time
	until := func(to time.Time) {
		for {
			first := 0
			for i, at := range evaluations {
				if at.Before(evaluations[first]) {
					first = i
				}
			}
			at := evaluations[first]
			if at.After(to) {
				break
			}
			evaluations[first] = at.Add(interval)
			if !r.away(first, at) && !r.within(r.drill.Stalls, at) {
				stations[first].evaluate(at)
			}
		}
		last = to
	}
	first := files
	if r.drill.Upgrade > 0 {
		first = []string{"testdata/prisma-alerts-0.1.rules.yml"}
	}
	for i := range stations {
		evaluations[i] = r.start.Add(time.Duration(7+11*i) * time.Second)
		stations[i] = newStation(t, first, r.drill.Delay, func(now time.Time, alerts []*notifier.Alert) { sent = append(sent, sending{now, alerts}) })
	}
	gone, upgrade := false, r.drill.Upgrade
	for _, p := range r.pages {
		if upgrade > 0 && p.Ended.After(r.start.Add(upgrade)) {
			until(r.start.Add(upgrade))
			for _, s := range stations {
				s.load(files)
			}
			upgrade = 0
		}
		until(p.Ended)
		switch away := r.away(p.Server, p.Begun) || r.away(p.Server, p.Ended); {
		case away:
			gone = gone || p.Server == 0
			continue
		case gone && p.Server == 0:
			stations[0].start()
			gone = false
		}
		lost := draw.Float64() < r.drill.Lost || r.within(r.drill.Stalls, p.Begun)
		stations[p.Server].take(p.Target, p.Begun, p.Text, lost)
		if !lost {
			out.seen = append(out.seen, p.Ended)
		}
	}
	until(last.Add(interval))
	out.calls = calls(t, r.drill.Seed, sent, last)
	return out
}

// away reports whether a server is not there.
func (r *recording) away(server int, at time.Time) bool {
	return server == 0 && r.within(r.drill.Away, at)
}

// within reports whether a time is in one of the spans.
func (r *recording) within(spans []span, at time.Time) bool {
	return slices.ContainsFunc(spans, func(s span) bool {
		return !at.Before(r.start.Add(s.From)) && at.Before(r.start.Add(s.To))
	})
}

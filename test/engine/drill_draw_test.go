package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// mostSilence is how long Prometheus may be silent. Alertmanager waits for four
// minutes. What fires is sent again when more than a minute has passed, which is after
// a minute and a half of evaluations, and comes an evaluation after the silence.
const mostSilence = 110 * time.Second

// drawDrill makes a drill of a seed: half of them in worlds in which much else happens.
func drawDrill(seed uint64) drill {
	r := rand.New(rand.NewPCG(seed, 0xd1))
	one := func(of ...time.Duration) time.Duration { return of[r.IntN(len(of))] }
	d := drill{Seed: seed, Wild: r.IntN(2) == 0, Hours: time.Hour, Tenants: 1 + r.IntN(2), Servers: 1 + r.IntN(4)/3}
	d.Lost = []float64{0, 0, 0.1, 0.33}[r.IntN(4)]
	if r.IntN(5) == 0 {
		d.Delay = time.Minute
	}
	d.Wild = d.Wild && d.tenants() <= 3 // what is large costs much, and shows nothing else
	length := d.world().Length
	for range r.IntN(3) {
		from := time.Duration(r.Int64N(int64(length))).Truncate(time.Second)
		d.Away = append(d.Away, span{from, from + one(10*time.Second, 40*time.Second, 100*time.Second, mostSilence)})
	}
	if !d.Wild && r.IntN(3) > 0 {
		from := 10*time.Minute + time.Duration(r.Int64N(int64(30*time.Minute))).Truncate(time.Second)
		o := span{from, from + one(40*time.Second, 2*time.Minute, 12*time.Minute, 25*time.Minute)}
		d.Outages = append(d.Outages, o)
		// What is open has to stay so.
		d.Lives = append(d.Lives, life{ID: "alert-long", Site: "oslo", Steps: []step{
			{At: o.From - 8*time.Minute, Severity: "High"}, {At: min(o.To+5*time.Minute, length-time.Second)},
		}})
	}
	for i := range 6 + r.IntN(10) {
		l := life{ID: fmt.Sprintf("alert-%d", i), Part: r.IntN(8)}
		if r.IntN(3) > 0 {
			l.Site = []string{"berlin", "paris", `Lab "North"`}[r.IntN(3)]
		}
		if r.IntN(2) == 0 {
			l.Location = "US East"
		}
		severities := []string{"Critical", "High", "High", "Medium", "Low", "Unheard-of"}
		at := time.Duration(r.Int64N(int64(length))).Truncate(time.Second)
		for range 1 + r.IntN(3) { // raisings
			severity := severities[r.IntN(len(severities))]
			if r.IntN(6) == 0 {
				l.Steps = append(l.Steps, step{At: at, Severity: severity, Child: true})
				at += one(20*time.Second, 2*time.Minute, 10*time.Minute)
			}
			l.Steps = append(l.Steps, step{At: at, Severity: severity})
			at += one(5*time.Second, 40*time.Second, 2*time.Minute, 6*time.Minute, 20*time.Minute, 45*time.Minute)
			if r.IntN(4) == 0 {
				l.Steps = append(l.Steps, step{At: at, Severity: []string{severity, severities[r.IntN(len(severities))]}[r.IntN(2)], Moved: r.IntN(2) == 0})
				at += one(time.Minute, 6*time.Minute, 20*time.Minute)
			}
			l.Steps = append(l.Steps, step{At: at})
			at += one(time.Second, 20*time.Second, 90*time.Second, 5*time.Minute, 20*time.Minute)
		}
		l.Steps = slices.DeleteFunc(l.Steps, func(s step) bool { return s.At >= length })
		if len(l.Steps) > 0 {
			d.Lives = append(d.Lives, l)
		}
	}
	if !d.Wild {
		d.drawMore()
	}
	if d.Servers == 1 {
		d.Away = apart(d.Away, d.Stalls)
	}
	return d
}

// apart are the times that are far enough from others, and from each other, for
// Prometheus to send all again in between: silences that meet are longer than any
// of them.
func apart(spans, others []span) (far []span) {
	const enough = 2 * time.Minute
	for _, s := range spans {
		if !slices.ContainsFunc(slices.Concat(others, far), func(o span) bool { return s.From < o.To+enough && o.From < s.To+enough }) {
			far = append(far, s)
		}
	}
	return far
}

// drawMore draws what there is beside alerts, with dice of its own: a second
// exporter, restarts, rules that stall, incidents, alerts without a date, sites
// that go down, and rules that are those of 0.1 at first, or a provider's children.
func (d *drill) drawMore() {
	r := rand.New(rand.NewPCG(0xd2, d.Seed))
	at := func(from time.Duration) time.Duration {
		return from + time.Duration(r.Int64N(int64(d.Hours-from))).Truncate(time.Second)
	}
	const begin = 10 * time.Minute // of what troubles alerts
	if r.IntN(3) == 0 {
		d.Twin = &[]time.Duration{0, time.Second, 8 * time.Second, 20 * time.Second}[r.IntN(4)]
	}
	for range r.IntN(3) * r.IntN(2) {
		d.Restarts = append(d.Restarts, at(begin))
	}
	d.Unlisted = r.IntN(4) == 0
	for range r.IntN(4) {
		state := []simulator.State{simulator.Down, simulator.Up, simulator.Warning}[r.IntN(3)]
		d.Sites = append(d.Sites, change{At: at(0), Part: r.IntN(8), State: state})
	}
	if r.IntN(2) == 0 {
		from := at(begin)
		d.Stalls = append(d.Stalls, span{from, from + []time.Duration{70 * time.Second, 90 * time.Second, mostSilence}[r.IntN(3)]})
	}
	for i := range d.Lives {
		d.Lives[i].Undated = r.IntN(8) == 0
	}
	if r.IntN(6) == 0 {
		// The rules of 0.1 could not do with much of this.
		d.Servers, d.Lost, d.Delay, d.Away, d.Twin, d.Unlisted = 1, 0, 0, nil, nil, false
		d.Upgrade = 4*time.Minute + time.Duration(r.Int64N(int64(begin-5*time.Minute))).Truncate(time.Second)
		d.Lives = append(d.Lives, life{ID: "alert-early", Site: "oslo", Steps: []step{{At: time.Minute, Severity: "High"}, {At: 20 * time.Minute}}}) // which knows both
	} else if r.IntN(6) == 0 {
		d.Children, d.Unlisted = 1+r.IntN(4), false
		for i, l := range d.Lives {
			// A child's counts are those of alerts, however often each was raised.
			if end := slices.IndexFunc(l.Steps, func(s step) bool { return s.Severity == "" }); end >= 0 {
				d.Lives[i].Steps = l.Steps[:end+1]
			}
		}
	}
	if len(d.Outages) > 0 && d.Upgrade == 0 && r.IntN(3) == 0 {
		// Longer than the rules remember what nobody tells them any more.
		d.Refused, d.Outages[0] = true, span{10 * time.Minute, 50 * time.Minute}
		d.Lives[0].Steps = []step{{At: 2 * time.Minute, Severity: "High"}, {At: 55 * time.Minute}} // alert-long
	}
}

// without are drills that are a little smaller.
func (d drill) without() (all []drill) {
	try := func(change func(*drill)) {
		c := d
		c.Lives, c.Away = slices.Clone(d.Lives), slices.Clone(d.Away)
		change(&c)
		all = append(all, c)
	}
	for half := len(d.Lives) / 2; half > 0; half /= 2 {
		for i := 0; i+half <= len(d.Lives); i += half {
			try(func(c *drill) { c.Lives = slices.Delete(c.Lives, i, i+half) })
		}
	}
	if d.Wild {
		try(func(c *drill) { c.Wild, c.Hours = false, d.world().Length })
	}
	if d.Servers > 1 {
		try(func(c *drill) { c.Servers = 1 })
	}
	if d.Tenants > 1 {
		try(func(c *drill) { c.Tenants = 1 })
	}
	if d.Delay > 0 {
		try(func(c *drill) { c.Delay = 0 })
	}
	if d.Lost > 0 {
		try(func(c *drill) { c.Lost = 0 })
	}
	if d.Twin != nil {
		try(func(c *drill) { c.Twin = nil })
	}
	if d.Unlisted {
		try(func(c *drill) { c.Unlisted = false })
	}
	if d.Children > 0 {
		try(func(c *drill) { c.Children = 0 })
	}
	if d.Upgrade > 0 {
		try(func(c *drill) { c.Upgrade = 0 })
	}
	if len(d.Sites) > 0 {
		try(func(c *drill) { c.Sites = nil })
	}
	if len(d.Stalls) > 0 {
		try(func(c *drill) { c.Stalls = nil })
	}
	for i := range d.Restarts {
		try(func(c *drill) { c.Restarts = slices.Delete(slices.Clone(d.Restarts), i, i+1) })
	}
	if d.Refused {
		try(func(c *drill) { c.Refused = false })
	}
	for i := range d.Outages {
		try(func(c *drill) { c.Outages = slices.Delete(slices.Clone(d.Outages), i, i+1) })
	}
	for i := range d.Away {
		try(func(c *drill) { c.Away = slices.Delete(c.Away, i, i+1) })
	}
	for i, l := range d.Lives {
		for n := range l.Steps {
			if len(l.Steps) > 1 {
				try(func(c *drill) { c.Lives[i].Steps = slices.Delete(slices.Clone(l.Steps), n, n+1) })
			}
		}
	}
	return all
}

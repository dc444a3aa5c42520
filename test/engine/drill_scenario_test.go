package engine

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
	"github.com/prisma-exporter/prisma_exporter/test/simulation"
)

// A drill is a scenario of the simulation, with what becomes of alerts, and of
// those who scrape and evaluate.
type drill struct {
	Seed uint64 `yaml:"seed"`
	// World is the scenario of that seed if Wild, else one in which nothing else
	// happens.
	Wild  bool          `yaml:"wild,omitempty"`
	Hours time.Duration `yaml:"hours,omitempty"`
	// Tenants are how many, where the world is not wild.
	Tenants int `yaml:"tenants,omitempty"`
	// Servers scrape and evaluate, each by itself: 1 or 2.
	Servers int `yaml:"servers"`
	// Lost is the share of scrapes that are lost.
	Lost float64 `yaml:"lost,omitempty"`
	// Delay is how late rules are evaluated.
	Delay time.Duration `yaml:"delay,omitempty"`
	// Away are times in which the first server is not there.
	Away []span `yaml:"away,omitempty,flow"`
	// Outages are times in which the API answers no query, where the world is not
	// wild.
	Outages []span `yaml:"outages,omitempty,flow"`
	// Upgrade is when the rules take the place of those of 0.1, if these were loaded
	// at first.
	Upgrade time.Duration `yaml:"upgrade,omitempty"`
	// Lives are what becomes of alerts.
	Lives []life `yaml:"lives"`
}

type span struct{ From, To time.Duration }

// A life is that of one alert of a part.
type life struct {
	ID       string `yaml:"id"`
	Part     int    `yaml:"part"`
	Site     string `yaml:"site,omitempty"`
	Location string `yaml:"location,omitempty"`
	Steps    []step `yaml:"steps,flow"`
}

// A step is a new state of an alert. Without a severity it is cleared.
type step struct {
	At       time.Duration `yaml:"at"`
	Severity string        `yaml:"severity,omitempty"`
	Child    bool          `yaml:"child,omitempty"`
	// Moved has it be at another site from then on.
	Moved bool `yaml:"moved,omitempty"`
}

func (d drill) String() string {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(d); err != nil {
		return err.Error()
	}
	return b.String()
}

// world is the scenario that a drill is played in.
func (d drill) world() simulation.Scenario {
	if d.Wild {
		s := simulation.Generate(d.Seed)
		if len(s.Collectors) > 0 && !slices.Contains(s.Collectors, "alerts") {
			s.Collectors = append(s.Collectors, "alerts")
		}
		s.Probe, s.Pair = false, d.Servers == 2
		return s
	}
	s := simulation.Scenario{
		Seed: d.Seed, Length: d.Hours, Every: interval, Timeout: 25 * time.Second, Latency: 50 * time.Millisecond, Pair: d.Servers == 2,
		Collectors: []string{"alerts", "remote_networks"},
		Tenants:    []simulation.Group{{Name: "a", Count: d.Tenants, API: "v1", Host: "a"}},
	}
	for _, o := range d.Outages {
		s.Acts = append(s.Acts, simulation.Act{At: o.From, For: o.To - o.From, Do: "fault", What: "503", On: "queries"})
	}
	return s
}

// tenants are how many there are in its world.
func (d drill) tenants() int {
	s := d.world()
	n := s.Found
	for _, g := range s.Tenants {
		n += g.Count * max(len(g.Subs), 1)
	}
	return n
}

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
		d.Away = append(d.Away, span{from, from + one(10*time.Second, 40*time.Second, 100*time.Second, 3*time.Minute)})
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
	return d
}

// live has alerts raised and cleared at their times.
func (d drill) live(parts []simulation.Part) {
	type event struct {
		step
		life
	}
	var events []event
	for _, l := range d.Lives {
		for _, s := range l.Steps {
			events = append(events, event{s, l})
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return int(a.At - b.At) })
	start := time.Now()
	go func() {
		for _, e := range events {
			time.Sleep(time.Until(start.Add(e.At)))
			world := parts[e.Part%len(parts)].World
			if e.Severity == "" {
				_ = world.ClearAlert(e.ID, "") // which was raised
				continue
			}
			a := simulator.Alert{
				ID: e.ID, Severity: e.Severity, State: simulator.Raised, Category: "RN", Code: "AL_TEST", Message: "Message of " + e.ID,
				Site: e.Site, Location: e.Location,
			}
			if e.Moved {
				a.Site, a.Message = "elsewhere", a.Message+" at another site"
			}
			if e.Child {
				a.State = simulator.RaisedChild
			}
			world.RaiseAlert(a)
		}
	}()
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
		try(func(c *drill) { c.Wild = false })
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

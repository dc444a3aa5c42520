package engine

import (
	"bytes"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

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
	// Stalls are times in which no server evaluates rules, nor gets a page.
	Stalls []span `yaml:"stalls,omitempty,flow"`
	// Outages are times in which the API answers no query, where the world is not
	// wild.
	Outages []span `yaml:"outages,omitempty,flow"`
	// Refused has the API refuse queries in an outage, as a firewall does.
	Refused bool `yaml:"refused,omitempty"`
	// Upgrade is when the rules take the place of those of 0.1, if these were loaded
	// at first.
	Upgrade time.Duration `yaml:"upgrade,omitempty"`
	// Twin is how much later an answer comes to a second exporter, if there is one.
	Twin *time.Duration `yaml:"twin,omitempty"`
	// Restarts are when the exporter is stopped and started again.
	Restarts []time.Duration `yaml:"restarts,omitempty,flow"`
	// Unlisted adds a tenant without a list of alerts, whose lives are those of
	// incidents.
	Unlisted bool `yaml:"unlisted,omitempty"`
	// Children are those of a provider, who are asked for by themselves when their
	// counts move.
	Children int `yaml:"children,omitempty"`
	// Lives are what becomes of alerts.
	Lives []life `yaml:"lives"`
	// Sites are what becomes of sites.
	Sites []change `yaml:"sites,omitempty"`
}

type span struct{ From, To time.Duration }

// A life is that of one alert of a part.
type life struct {
	ID       string `yaml:"id"`
	Part     int    `yaml:"part"`
	Site     string `yaml:"site,omitempty"`
	Location string `yaml:"location,omitempty"`
	Undated  bool   `yaml:"undated,omitempty"`
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
	if d.Unlisted {
		s.Tenants = append(s.Tenants, simulation.Group{Name: unlisted, Count: 1, API: "v3", Host: "b", Unlisted: true})
	}
	if d.Children > 0 {
		s.Tenants, s.Found, s.Provider = nil, d.Children, true
	}
	for _, at := range d.Restarts {
		s.Acts = append(s.Acts, simulation.Act{At: at, Do: "restart"})
	}
	what := "503"
	if d.Refused {
		what = "403 denied"
	}
	for _, o := range d.Outages {
		s.Acts = append(s.Acts, simulation.Act{At: o.From, For: o.To - o.From, Do: "fault", What: what, On: "queries"})
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

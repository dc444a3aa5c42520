package simulation

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"
)

// A Scenario is what a run consists of. Its zero fields mean nothing of the kind.
type Scenario struct {
	// Why says what the scenario is there for.
	Why string `yaml:"why,omitempty"`
	// Seed draws which calls a fault with a chance hits, and the small differences of latencies.
	Seed uint64 `yaml:"seed"`
	// Procs is how many goroutines run at a time, if not one. With one, a run is much the same each time; with more, those
	// that do something in the same instant get into each other's way.
	Procs int `yaml:"procs,omitempty"`
	// Length is how long the acts go on; what is after them is waited for.
	Length time.Duration `yaml:"length"`
	// Every and Timeout are Prometheus's. With Probe it scrapes each tenant by itself, with Pair there are two of it.
	Every   time.Duration `yaml:"every"`
	Timeout time.Duration `yaml:"timeout"`
	Probe   bool          `yaml:"probe,omitempty"`
	Pair    bool          `yaml:"pair,omitempty"`
	// Latency is what an answer takes on a good day.
	Latency time.Duration `yaml:"latency,omitempty"`
	// APIAhead is how much the API's clock is ahead of the exporter's.
	APIAhead time.Duration `yaml:"api_ahead,omitempty"`
	// Budget is the calls a minute, if not the default. It is taken to be too small for anybody to be well.
	Budget int `yaml:"budget,omitempty"`
	// Collectors are those that run, if not all.
	Collectors []string `yaml:"collectors,omitempty,flow"`
	// Found is how many tenants a discovery finds, which are a provider's children with Provider, and Companies how many
	// there are on the capacity platform.
	Found     int     `yaml:"found,omitempty"`
	Provider  bool    `yaml:"provider,omitempty"`
	Companies int     `yaml:"companies,omitempty"`
	Tenants   []Group `yaml:"tenants,omitempty"`
	Acts      []Act   `yaml:"acts,omitempty"`
}

// A Group are tenants that are alike: Name and a number from 1 on.
type Group struct {
	Name  string `yaml:"name"`
	Count int    `yaml:"count"`
	API   string `yaml:"api"`
	// Host is "a" or "b".
	Host string `yaml:"host"`
	// Shared tenants have one service account.
	Shared bool `yaml:"shared,omitempty"`
	// Subs are the sub-tenants to ask for. One that begins with "hidden" is not there for the key.
	Subs []string `yaml:"subs,omitempty,flow"`
	// Unlisted tenants have no list of alerts.
	Unlisted bool `yaml:"unlisted,omitempty"`
}

// An Act is something that happens, and for how long.
type Act struct {
	At  time.Duration `yaml:"at"`
	For time.Duration `yaml:"for,omitempty"`
	// Do is one of the keys of acts.
	Do string `yaml:"do"`
	// What is the name of a fault, or of what becomes of a file.
	What string `yaml:"what,omitempty"`
	// On is an endpoint, a host or a resource.
	On string `yaml:"on,omitempty"`
	// Tenant is whom it is about; empty means all, where that is possible. A whole group can be removed by its name.
	Tenant string `yaml:"tenant,omitempty"`
	// By is how much slower an answer comes, or how far a clock steps.
	By     time.Duration `yaml:"by,omitempty"`
	Hits   int           `yaml:"hits,omitempty"`
	Chance float64       `yaml:"chance,omitempty"`
}

func (a Act) end() time.Duration { return a.At + a.For }

// MarshalYAML puts an act on one line.
func (a Act) MarshalYAML() (any, error) {
	type plain Act
	return oneLine(plain(a))
}

// MarshalYAML puts a group on one line.
func (g Group) MarshalYAML() (any, error) {
	type plain Group
	return oneLine(plain(g))
}

func oneLine(v any) (any, error) {
	var n yaml.Node
	if err := n.Encode(v); err != nil {
		return nil, err
	}
	n.Style = yaml.FlowStyle
	return &n, nil
}

func (s Scenario) String() string {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(s); err != nil {
		return err.Error()
	}
	return b.String()
}

func parseScenario(text []byte) (Scenario, error) {
	var s Scenario
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil {
		return s, err
	}
	return s, s.check()
}

// check refuses what could not be played, so that a typing error in a scenario is no silent success.
func (s Scenario) check() error {
	if s.Every <= 0 || s.Timeout <= 0 || s.Length <= 0 {
		return fmt.Errorf("length, every and timeout have to be there")
	}
	for _, a := range s.Acts {
		play, known := acts[a.Do]
		if !known {
			return fmt.Errorf("no act %q", a.Do)
		}
		if play.whats != nil && !slices.Contains(play.whats(), a.What) {
			return fmt.Errorf("act %q: no %q", a.Do, a.What)
		}
	}
	return nil
}

// A tenant is one of a group, or one that is found.
type tenant struct {
	Group
	name, id, tsg string
	found         bool
}

// tenants are all that the scenario names.
func (s Scenario) tenants() []tenant {
	var all []tenant
	add := func(g Group, i int, found bool) {
		n := len(all) + 1
		all = append(all, tenant{
			Group: g, name: fmt.Sprintf("%s%d", g.Name, i), id: fmt.Sprintf("id-%d", n), tsg: fmt.Sprintf("1%09d", n), found: found,
		})
	}
	for _, g := range s.Tenants {
		for i := range g.Count {
			add(g, i+1, false)
		}
	}
	for i := range s.Found {
		add(Group{Name: "found", API: "v3", Host: "b", Shared: true}, i+1, true)
	}
	return all
}

// isOf tells whether a tenant has a name, or is of the group that has it.
func (t tenant) isOf(name string) bool { return t.name == name || !t.found && t.Name == name }

func (s Scenario) companies() []string {
	var names []string
	for i := range s.Companies {
		names = append(names, fmt.Sprintf("company%d", i+1))
	}
	return names
}

// A scope is what has series of its own: a tenant or a sub-tenant.
type scope struct{ tenant, sub string }

func (s Scenario) scopes() (n int) {
	for _, t := range s.tenants() {
		n += len(t.scopes())
	}
	return n
}

func (t tenant) scopes() []scope {
	if len(t.Subs) == 0 {
		return []scope{{t.name, ""}}
	}
	var all []scope
	for _, sub := range t.Subs {
		all = append(all, scope{t.name, sub})
	}
	return all
}

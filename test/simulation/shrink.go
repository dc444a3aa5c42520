package simulation

import (
	"slices"
	"time"
)

// mostTries bounds the runs that it takes to make a scenario small.
const mostTries = 150

// Shrink makes a scenario smaller as long as it breaks. After a success it goes on where it is, since what did not help
// before mostly does not help now.
func (s Scenario) Shrink(breaks func(Scenario) bool) Scenario {
	tried := map[string]bool{s.String(): true}
	for smaller := true; smaller; {
		smaller = false
		for i, all := 0, s.candidates(); i < len(all); i++ {
			c := all[i]
			if tried[c.String()] || c.check() != nil {
				continue
			}
			if len(tried) > mostTries {
				return s
			}
			if tried[c.String()] = true; breaks(c) {
				s, smaller = c, true
				all = s.candidates()
			}
		}
	}
	return s
}

// candidates are scenarios that are a little smaller, the boldest first.
func (s Scenario) candidates() []Scenario {
	var all []Scenario
	try := func(change func(*Scenario)) {
		c := s
		c.Acts, c.Tenants, c.Collectors = slices.Clone(s.Acts), slices.Clone(s.Tenants), slices.Clone(s.Collectors)
		change(&c)
		c.drop()
		all = append(all, c)
	}
	for half := (len(s.Acts) + 1) / 2; half > 0; half /= 2 {
		for i := 0; i+half <= len(s.Acts); i += half {
			try(func(c *Scenario) { c.Acts = slices.Delete(c.Acts, i, i+half) })
		}
	}
	if len(s.Acts) > 0 {
		try(func(c *Scenario) {
			first := c.Acts[0].At
			for i := range c.Acts {
				c.Acts[i].At += min(warmUp-first, 0)
			}
			c.Length = c.least()
		})
	}
	for i, g := range s.Tenants {
		try(func(c *Scenario) { c.Tenants = slices.Delete(c.Tenants, i, i+1) })
		try(func(c *Scenario) { c.Tenants[i].Count = 1 })
		try(func(c *Scenario) { c.Tenants[i].Count = (g.Count + 1) / 2 })
		try(func(c *Scenario) { c.Tenants[i].Count = max(g.Count-1, 1) })
		for n := range g.Subs {
			try(func(c *Scenario) { c.Tenants[i].Subs = slices.Delete(slices.Clone(g.Subs), n, n+1) })
		}
		try(func(c *Scenario) { c.Tenants[i].Shared = false })
		try(func(c *Scenario) { c.Tenants[i].API, c.Tenants[i].Shared = "v1", false })
	}
	s.plainer(try)
	for i, a := range s.Acts {
		a.shorter(func(shorter Act) { try(func(c *Scenario) { c.Acts[i] = shorter }) })
	}
	return all
}

// plainer leaves out what makes a scenario special.
func (s Scenario) plainer(try func(func(*Scenario))) {
	try(func(c *Scenario) { c.Found = 0 })
	try(func(c *Scenario) { c.Companies = 0 })
	try(func(c *Scenario) { c.Found = min(c.Found, 1) })
	try(func(c *Scenario) { c.Companies = min(c.Companies, 1) })
	try(func(c *Scenario) { c.Procs = 0 })
	try(func(c *Scenario) { c.Pair, c.Probe = false, false })
	try(func(c *Scenario) { c.APIAhead = 0 })
	try(func(c *Scenario) { c.Latency = 0 })
	try(func(c *Scenario) { c.Every, c.Timeout = 30*time.Second, 25*time.Second })
	try(func(c *Scenario) { c.Length = c.least() })
	if len(s.Collectors) == 0 {
		try(func(c *Scenario) { c.Collectors = []string{"alerts"} })
		try(func(c *Scenario) { c.Collectors = []string{"alerts", "locations", "remote_networks"} })
	}
	for i := range s.Collectors {
		if len(s.Collectors) > 1 {
			try(func(c *Scenario) { c.Collectors = slices.Delete(c.Collectors, i, i+1) })
		}
	}
}

// least is the shortest length in which all acts have room.
func (s Scenario) least() time.Duration {
	least := time.Minute
	for _, a := range s.Acts {
		least = max(least, a.At+a.For)
	}
	return least.Round(time.Minute)
}

// shorter are acts in place of one that are shorter, earlier, or less of a chance.
func (a Act) shorter(try func(Act)) {
	with := func(change func(*Act)) {
		b := a
		change(&b)
		if b != a {
			try(b)
		}
	}
	with(func(b *Act) { b.Chance = 0 })
	with(func(b *Act) { b.Hits = 0 })
	with(func(b *Act) { b.At = (b.At - 10*time.Minute).Round(time.Minute); b.At = max(b.At, min(a.At, warmUp)) })
	with(func(b *Act) { b.At = b.At.Round(time.Minute) })
	with(func(b *Act) { b.For = (b.For / 2).Truncate(time.Second) })
}

// drop leaves out the acts of tenants and companies that are not there any more.
func (s *Scenario) drop() {
	s.Acts = slices.DeleteFunc(s.Acts, func(a Act) bool {
		nobody := !slices.ContainsFunc(s.tenants(), func(t tenant) bool { return t.isOf(a.Tenant) })
		return a.Tenant != "" && nobody ||
			a.Do == "company rotate" && !slices.Contains(s.companies(), a.On) || a.Do == "company fault" && s.Companies == 0
	})
}

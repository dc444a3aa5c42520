package simulation

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// A dice draws what a seed makes of a scenario.
type dice struct{ *rand.Rand }

func one[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

func (d dice) chance(p float64) bool { return d.Float64() < p }

// Generate makes a scenario of a seed. Most are small, because small ones are cheap and meet all the same.
func Generate(seed uint64) Scenario {
	d := dice{rand.New(rand.NewPCG(seed, 0x5eed))}
	s := Scenario{
		Seed: seed, Every: one(d, 15*time.Second, 30*time.Second, 30*time.Second, time.Minute),
		Latency: one(d, 0, 50*time.Millisecond, 300*time.Millisecond, time.Second),
		Probe:   d.chance(0.25), Pair: d.chance(0.1),
	}
	s.Timeout = one(d, s.Every-time.Second, s.Every-5*time.Second, 10*time.Second)
	if d.chance(0.25) {
		s.APIAhead = one(d, -10*time.Minute, -45*time.Second, 45*time.Second, 10*time.Minute, time.Hour)
	}
	if d.chance(0.2) {
		s.Procs = 4
	}
	s.addTenants(d)
	scopes := s.scopes()
	s.Length = one(d, 20*time.Minute, 40*time.Minute, time.Hour)
	switch {
	case scopes <= 2:
		s.Length = one(d, time.Hour, 2*time.Hour, 4*time.Hour)
	case scopes > 20:
		s.Length = 20 * time.Minute
		s.Collectors = []string{"alerts", one(d, "locations", "tunnels", "remote_networks")}
	case scopes > 6:
		s.Length = 30 * time.Minute
		s.Collectors = []string{"alerts", "locations", one(d, "tunnels", "mobile_users", "bandwidth")}
	}
	if len(s.Collectors) == 0 && d.chance(0.8) {
		s.Collectors = []string{"alerts", "remote_networks", one(d, "tunnels", "mobile_users", "bandwidth")}
	}
	if d.chance(0.05) {
		s.Budget = one(d, 1, 20, 60)
	}
	s.addActs(d)
	s.restartToo(seed)
	s.crowd(seed)
	return s
}

func (s *Scenario) addTenants(d dice) {
	most := one(d, 1, 1, 1, 1, 2, 2, 2, 3, 4, 6, 10)
	if d.chance(0.03) {
		most = one(d, 25, 40, 60)
	}
	for i := 0; most > 0; i++ {
		g := Group{Name: string(rune('a' + i)), API: one(d, "v1", "v1", "v2", "v3"), Host: one(d, "a", "b"), Count: 1 + d.IntN(most)}
		if i == 2 {
			g.Count = most
		}
		g.Shared = g.API != "v1" && d.chance(0.5)
		if d.chance(0.2) {
			g.Subs = one(d, []string{"11"}, []string{"11", "12"}, []string{"11", "hidden1"})
			g.Count = min(g.Count, 3)
		}
		most -= g.Count
		s.Tenants = append(s.Tenants, g)
		if i == 2 {
			break
		}
	}
	if d.chance(0.2) {
		s.Found = one(d, 1, 2, 5)
	}
	if d.chance(0.2) {
		s.Companies = one(d, 1, 2)
	}
}

// warmUp is how long nothing happens at first, mostly.
const warmUp = 4 * time.Minute

var durations = []time.Duration{
	time.Second, 10 * time.Second, 30 * time.Second, 75 * time.Second, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute,
	15 * time.Minute, 30 * time.Minute,
}

// addActs lets things happen, most of them at few times, so that they meet.
func (s *Scenario) addActs(d dice) {
	var meetings []time.Duration
	for range 1 + d.IntN(3) + int(s.Length/time.Hour) {
		meetings = append(meetings, warmUp+time.Duration(d.Int64N(int64(s.Length-warmUp))).Round(time.Second))
	}
	switch {
	case d.chance(0.1):
		meetings[0] = 0
	case d.chance(0.3): // in the same instant as a scrape
		meetings[0] = meetings[0].Truncate(s.Every)
	}
	configuration := one(d, "remove", "remove", "mistake", "reload")
	for range 2 + d.IntN(5) + 2*int(s.Length/time.Hour) {
		a := Act{At: one(d, meetings...) + one(d, 0, 0, time.Second, 20*time.Second, time.Minute), For: one(d, durations...)}
		switch {
		case d.chance(0.45):
			s.apiFault(d, &a)
		case d.chance(0.3):
			s.lineFault(d, &a)
		case d.chance(0.35):
			a.Do, a.Tenant = one(d, "rotate", "file"), one(d, s.tenants()...).name
			if a.Do == "file" {
				a.What = one(d, fileFaults...)
			}
		case d.chance(0.35): //nolint:gocritic // another draw than the one above
			a.Do, a.Tenant = "alert", one(d, s.tenants()...).name
		case d.chance(0.2):
			a.Do, a.By = "clock", one(d, -20*time.Minute, -90*time.Second, 30*time.Second, 5*time.Minute, 20*time.Minute)
		case d.chance(0.15):
			a.Do, a.For = "pause", min(a.For, 8*time.Minute)
		case s.Companies > 0 && d.chance(0.6):
			s.companyAct(d, &a)
		default:
			a.Do = configuration
			if a.Do == "remove" {
				a.Tenant = s.Tenants[0].Name + "1"
				if len(s.Tenants) > 1 && d.chance(0.5) {
					a.Tenant = s.Tenants[0].Name
				}
				if len(s.tenants())-s.Found < 2 {
					a.Do, a.Tenant = "reload", ""
				}
			}
			if a.Do == "reload" {
				a.For = 0
			}
		}
		if a.Do == "alert" && s.hidden(a.Tenant) {
			continue
		}
		s.Acts = append(s.Acts, a)
	}
	slices.SortStableFunc(s.Acts, func(a, b Act) int { return int(a.At - b.At) })
}

func (s *Scenario) hidden(tenant string) bool {
	return len(s.tenant(tenant).Subs) > 0 && s.tenant(tenant).Subs[0] == "hidden1"
}

func (s *Scenario) apiFault(d dice, a *Act) {
	a.Do, a.What = "fault", one(d, names(apiFaults)()...)
	if d.chance(0.6) {
		a.What = one(d, telling...)
	}
	// A resource that never answered is asked for once an hour at last, so that a refusal for good has to come later.
	if lasting(a.What) && a.At < warmUp {
		a.What = one(d, "401", "403", "503", "hang")
	}
	if slices.Contains(dear, a.What) {
		a.For, a.Hits = min(a.For, 2*time.Minute), 2
	}
	token := "oauth2"
	if one(d, s.tenants()...).API == "v1" {
		token = "jwt"
	}
	on := []string{"queries", "queries", "*", token, "prisma_sase_external_alerts_current", "rn_list", "tunnel_list", "edge_location_current_status"}
	if a.What == "401" || strings.HasPrefix(a.What, "token") {
		on = []string{token, token, "queries", "*", "rn_list"}
	}
	if s.Found > 0 {
		on = append(on, "list_children", "list_children")
	}
	a.On = one(d, on...)
	switch {
	case d.chance(0.4):
		a.Tenant = one(d, s.tenants()...).name
	case d.chance(0.2):
		a.Chance = one(d, 0.1, 0.3, 0.7)
	}
	if a.Hits == 0 && d.chance(0.3) {
		a.Hits = one(d, 1, 1, 2, 3, 4, 10)
	}
}

// telling faults are those that exporters draw conclusions from, so that they are drawn more often.
var telling = []string{"401", "401", "403", "403", "403 denied", "404", "429 for 30s", "429 for 10m", "503", "hang", "connection closed"}

// lasting tells whether a fault says that something will not be answered.
func lasting(what string) bool {
	switch what {
	case "403 denied", "404", "400", "400 unknown resource", "400 no column", "400 no licence":
		return true
	}
	return false
}

func (s *Scenario) lineFault(d dice, a *Act) {
	on := []string{"a", "b", "tokens"}
	if s.Companies > 0 {
		on = append(on, "capacity")
	}
	if s.Found > 0 {
		on = append(on, "tenancy")
	}
	a.Do, a.On, a.What = "line", one(d, on...), one(d, append([]string{"latency", "latency"}, lineFaults...)...)
	if a.What == "latency" {
		a.By = one(d, time.Second, 3*time.Second, 8*time.Second, 20*time.Second, 29*time.Second, 45*time.Second, 6*time.Minute)
	}
}

func (s *Scenario) companyAct(d dice, a *Act) {
	if d.chance(0.4) {
		a.Do, a.On = "company rotate", one(d, s.companies()...)
		return
	}
	a.Do, a.On, a.What = "company fault", one(d, "*", "auction-booking", "auction-calendar"), one(d, names(companyFaults)()...)
	if d.chance(0.4) {
		a.Hits = one(d, 1, 2, 3)
	}
}

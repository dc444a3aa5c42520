package simulation

import (
	"math/rand/v2"
	"slices"
	"time"
)

// restartToo has the exporter restarted in some of the scenarios whose configuration is never wrong, since it would not
// start with that one.
func (s *Scenario) restartToo(seed uint64) {
	d := dice{rand.New(rand.NewPCG(seed, 0x4e57a47))}
	wrong := slices.ContainsFunc(s.Acts, func(a Act) bool { return a.Do == "mistake" })
	if len(s.Acts) == 0 || wrong || s.Budget > 0 || !d.chance(0.15) {
		return
	}
	near := one(d, s.Acts...)
	s.Acts = append(s.Acts, Act{At: one(d, near.At, near.At+one(d, durations[:5]...)), Do: "restart"})
	slices.SortStableFunc(s.Acts, func(a, b Act) int { return int(a.At - b.At) })
}

// crowdedOnes is how many scenarios are crowded: what many tenants do to each other in one instant is seldom met by a few.
const crowdedOnes = 0.06

// crowd makes a crowded scenario of some seeds. Its dice are its own, so that all other seeds make what they always made.
func (s *Scenario) crowd(seed uint64) {
	d := dice{rand.New(rand.NewPCG(seed, 0xc40d))}
	if !d.chance(crowdedOnes) {
		return
	}
	*s = Scenario{
		Seed: seed, Length: 16 * time.Minute, Every: 30 * time.Second, Timeout: 25 * time.Second,
		Latency: one(d, 0, 0, 50*time.Millisecond), Collectors: []string{"alerts"}, Procs: one(d, 0, 4),
	}
	many := Group{Name: "a", Count: one(d, 6, 12, 25), API: one(d, "v1", "v2", "v3"), Host: "a"}
	many.Shared = many.API != "v1" && d.chance(0.8)
	s.Tenants = []Group{many, {Name: "b", Count: one(d, 1, 2), API: many.API, Host: "a", Shared: many.Shared}}
	storm := Act{At: warmUp + time.Duration(d.IntN(60))*time.Second, For: one(d, durations[2:6]...), Do: "fault"}
	token := "oauth2"
	if many.API == "v1" {
		token = "jwt"
	}
	if d.chance(0.5) { // at the server of tokens, few answers of which everybody hears
		storm.At = one(d, 0, 2*time.Minute, 7*time.Minute)
		storm.For = 8 * time.Minute
		storm.What, storm.On, storm.Hits = one(d, "401", "401", "403", "429", "503"), token, one(d, 1, 2, 3, 10)
		s.Acts = append(s.Acts, storm)
		return
	}
	// Again and again some go, or all does, in the instant in which the first are refused.
	storm.What, storm.On = one(d, "403", "403", "403 denied", "401", "429"), one(d, "queries", "queries", "*")
	storm.For, storm.Chance = 45*time.Second, one(d, 0, 0.2, 0.9)
	for at := warmUp; at+3*time.Minute < s.Length; at += 3 * time.Minute {
		storm.At = at - time.Second
		leaving := Act{At: at, For: s.Every, Do: "remove", Tenant: "a"}
		if d.chance(0.2) {
			leaving = Act{At: at, Do: "restart"}
		}
		s.Acts = append(s.Acts, storm, leaving)
		if d.chance(0.5) {
			s.Acts = append(s.Acts, Act{At: at + 2*time.Minute, Do: "restart"})
		}
	}
	slices.SortStableFunc(s.Acts, func(a, b Act) int { return int(a.At - b.At) })
}

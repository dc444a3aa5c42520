package simulation

import (
	"slices"
	"strings"
	"time"
)

// resources are what each collector asks for, in the words of all versions.
var resources = map[string][]string{
	"alerts":              {"prisma_sase_external_alerts_current", "alerts_list"},
	"locations":           {"edge_location_current_status", "noc_location_list_rn_sc"},
	"remote_networks":     {"rn_list"},
	"service_connections": {"sc_list"},
	"tunnels":             {"tunnel_list"},
	"mobile_users":        {"connected_user_count", "current_connected_user_count", "current_connected_user_list", "location_gp_mobile_users_logins"},
	"bandwidth":           {"rn_list", "sc_list", "tunnel_list", "tunnel_status", "rn_bandwidth_allocated", "location_rn_bandwidth", "location_sc_bandwidth"},
}

// intervals are how often each collector asks by default.
var intervals = map[string]time.Duration{
	"alerts": 30 * time.Second, "locations": time.Minute, "remote_networks": time.Minute, "service_connections": time.Minute,
	"tunnels": time.Minute, "mobile_users": 5 * time.Minute, "bandwidth": 5 * time.Minute,
	// Tenants with a service account have these; no trouble is about them, but what a page says of them must be true.
	"incidents": time.Minute, "licenses": 6 * time.Hour,
}

// A trouble is a time in which something need not be well.
type trouble struct {
	from, to time.Duration
	// of tells whether it is about a collector of a tenant, and company whether it is about a resource of a company.
	of      func(t tenant, collector string) bool
	company func(name, resource string) bool
	// unawaited is one whose end a run does not wait for.
	unawaited bool
}

// discovery stands for what lists the tenants that are found, as if it were one of them.
var discovery = tenant{name: "discovery", tsg: parents[true], found: true, Group: Group{API: "v3", Shared: true}}

// settle is how long what was troubled may take to be well again, as a scrape sees it: 90 seconds where Prometheus comes
// twice a minute or more often.
func (s Scenario) settle() time.Duration { return max(90*time.Second, time.Minute+s.Every) }

// troubles are those of all acts, and the start.
func (s Scenario) troubles() []trouble {
	anybody := func(tenant, string) bool { return true }
	all := []trouble{{of: anybody, company: func(string, string) bool { return true }}}
	if s.Budget > 0 {
		all = append(all, trouble{to: 1000 * time.Hour, of: anybody, company: all[0].company, unawaited: true})
	}
	for _, a := range s.Acts {
		if of := acts[a.Do].troubles; of != nil {
			all = append(all, of(s, a)...)
		}
	}
	all = append(all, s.neverAnswered()...)
	return append(all, s.notFound(all)...)
}

// notFound are the troubles of tenants that are found: an exporter that starts while nobody lists them does not know them.
func (s Scenario) notFound(known []trouble) (all []trouble) {
	for _, a := range s.Acts {
		if a.Do != "restart" {
			continue
		}
		for _, listing := range known {
			if listing.from <= a.At && listing.to+s.settle() > a.At && listing.of != nil && listing.of(discovery, "") {
				all = append(all, trouble{from: a.At, to: listing.to, unawaited: listing.unawaited, of: func(t tenant, _ string) bool { return t.found }})
			}
		}
	}
	return all
}

// neverAnswered are the troubles of those whose resource is refused from when they are first asked for: what never answered
// is asked for again within an hour and not sooner.
func (s Scenario) neverAnswered() (all []trouble) {
	for _, refusal := range s.Acts {
		of := acts[refusal.Do].troubles
		if of == nil || !lasting(refusal.What) && refusal.What != "403" {
			continue
		}
		for _, refused := range of(s, refusal) {
			first := func(from time.Duration, whom func(tenant) bool) {
				if refused.of != nil && refusal.At <= from+time.Minute && refusal.end() >= from {
					all = append(all, trouble{from: from, to: refusal.end() + time.Hour, unawaited: true, of: func(t tenant, collector string) bool {
						return whom(t) && refused.of(t, collector)
					}})
				}
			}
			first(0, func(tenant) bool { return true })
			for _, a := range s.Acts {
				switch a.Do {
				case "remove":
					first(a.end(), func(t tenant) bool { return t.isOf(a.Tenant) })
				case "restart":
					first(a.At, func(tenant) bool { return true })
				}
			}
		}
	}
	return all
}

func during(a Act, of func(tenant, string) bool) []trouble {
	return []trouble{{from: a.At, to: a.end(), of: of}}
}

// faultTroubles are whom the fault of an endpoint can hurt: those whose calls it answers, and those of whom it says
// something.
func faultTroubles(s Scenario, a Act) []trouble {
	what, on := a.What, a.On
	toTheHost := strings.HasPrefix(what, "429") || what == "403" && a.Tenant == ""
	t := trouble{from: a.At, to: a.end() + retryAfters[what]}
	t.of = func(t tenant, collector string) bool {
		switch {
		case t.name == discovery.name:
			return on == collector || on == "*" || on == "oauth2"
		case on == "list_children", on == "oauth2" && t.API == "v1", on == "jwt" && t.API != "v1":
			return false
		case toTheHost:
			return a.Tenant == "" || s.neighbours(t, a.Tenant, on)
		case a.Tenant != "" && t.name != a.Tenant && !(s.share(t, a.Tenant) && (on == "oauth2" || on == "*")):
			return false
		case what == "401", on == "jwt", on == "oauth2", on == "queries", on == "*":
			return true
		}
		return slices.Contains(resources[collector], on)
	}
	return []trouble{t}
}

// neighbours tells whether what the host of one tenant's endpoint says of itself is about another tenant as well.
func (s Scenario) neighbours(t tenant, other, on string) bool {
	o := s.tenant(other)
	token := on == "oauth2" || on == "*"
	return t.name == other || t.Host == o.Host && on != "oauth2" || token && t.API != "v1" && o.API != "v1"
}

// share tells whether a tenant has the same service account as another.
func (s Scenario) share(t tenant, other string) bool {
	o := s.tenant(other)
	return t.Shared && o.Shared && t.found == o.found
}

func (s Scenario) tenant(name string) tenant {
	for _, t := range s.tenants() {
		if t.name == name {
			return t
		}
	}
	return tenant{}
}

func lineTroubles(_ Scenario, a Act) []trouble {
	t := trouble{from: a.At, to: a.end()}
	if strings.HasPrefix(a.What, "429") {
		t.to += retryAfters[a.What]
	}
	t.of = func(t tenant, _ string) bool {
		return t.name == discovery.name && a.On == "tenancy" || t.Host == a.On || a.On == "tokens" && t.API != "v1"
	}
	t.company = func(string, string) bool { return a.On == "capacity" }
	return []trouble{t}
}

func companyTroubles(_ Scenario, a Act) []trouble {
	to := a.end()
	if a.What == "429" {
		to += retryAfters["429"]
	}
	return []trouble{{from: a.At, to: to, company: func(_, resource string) bool {
		return a.On == "*" || a.What == "401" || a.On == resource
	}}}
}

// ofCredential is the trouble of whoever uses the credential of a tenant.
func ofCredential(s Scenario, a Act) []trouble {
	return during(a, func(t tenant, _ string) bool { return t.name == a.Tenant || s.share(t, a.Tenant) })
}

func ofTenant(_ Scenario, a Act) []trouble {
	return during(a, func(t tenant, _ string) bool { return t.isOf(a.Tenant) })
}

// edges are an act whose beginning and whose end disturb everybody, and nothing in between.
func edges(_ Scenario, a Act) []trouble {
	anybody := func(tenant, string) bool { return true }
	return []trouble{{from: a.At, to: a.At, of: anybody}, {from: a.end(), to: a.end(), of: anybody}}
}

// calm tells whether nothing has troubled a collector for long enough.
func calm(troubles []trouble, from, to, settle time.Duration, t tenant, collector string) bool {
	for _, one := range troubles {
		if one.from <= to && one.to+settle > from && one.of != nil && one.of(t, collector) {
			return false
		}
	}
	return true
}

func calmCompany(troubles []trouble, from, to, settle time.Duration, name, resource string) bool {
	for _, one := range troubles {
		if one.from <= to && one.to+settle > from && one.company != nil && one.company(name, resource) {
			return false
		}
	}
	return true
}

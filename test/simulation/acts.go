package simulation

import (
	"os"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// A play is how an act is done.
type play struct {
	// whats are the values of What, nil for any.
	whats func() []string
	begin func(*world, Act)
	end   func(*world, Act)
	// troubles are whom it can hurt and until when, nil for nobody.
	troubles func(Scenario, Act) []trouble
}

// acts are all that can happen.
var acts = map[string]play{
	// An endpoint of the API misbehaves.
	"fault": {names(apiFaults), (*world).setFault, (*world).clearFault, faultTroubles},
	// A host misbehaves, or the way to it.
	"line": {just(lineFaults), (*world).setLine, (*world).clearLine, lineTroubles},
	// A resource of the capacity platform misbehaves.
	"company fault": {names(companyFaults), (*world).setCompanyFault, (*world).clearCompanyFault, companyTroubles},
	// Somebody makes a new credential, and the file gets it at the end.
	"rotate": {nil, (*world).rotate, (*world).deliver, ofCredential},
	// Somebody makes a new token for a company, and the file gets it at the end.
	"company rotate": {nil, (*world).rotateCompany, (*world).deliverCompany, func(_ Scenario, a Act) []trouble {
		return []trouble{{from: a.At, to: a.end(), company: func(name, _ string) bool { return name == a.On }}}
	}},
	// Something becomes of the file of a credential.
	"file": {just(fileFaults), (*world).spoilFile, (*world).deliver, ofCredential},
	// A tenant is not in the configuration for a while.
	"remove": {nil, (*world).removeTenant, (*world).restoreTenant, ofTenant},
	// The configuration is read again, and is the same.
	"reload": {nil, func(w *world, _ Act) { w.reload(true) }, nil, nil},
	// The exporter is stopped and started again.
	"restart": {nil, (*world).restart, nil, restarts},
	// The configuration has a mistake for a while.
	"mistake": {nil, (*world).breakConfig, (*world).mendConfig, nil},
	// An alert is open for a while.
	"alert": {nil, (*world).raise, (*world).clear, nil},
	// The API's clock goes wrong for a while.
	"clock": {nil, func(w *world, a Act) { w.ahead.Add(int64(a.By)) }, func(w *world, a Act) { w.ahead.Add(-int64(a.By)) }, edges},
	// Nobody scrapes for a while.
	"pause": {nil, func(w *world, _ Act) { w.paused.Add(1) }, func(w *world, _ Act) { w.paused.Add(-1) }, func(_ Scenario, a Act) []trouble {
		t := during(a, func(tenant, string) bool { return true })
		t[0].company = func(string, string) bool { return true }
		return t
	}},
}

// tenantOf is what the simulator calls the tenant of an act, empty for all.
func (w *world) tenantOf(a Act) string {
	if a.Tenant == "" {
		return ""
	}
	return w.scenario.tenant(a.Tenant).id
}

func (w *world) setFault(a Act) {
	f := apiFaults[a.What]
	f.Tenant, f.Hits, f.Probability = w.tenantOf(a), a.Hits, a.Chance
	w.insights.SetFault(a.On, f)
}

func (w *world) clearFault(a Act) { w.insights.ClearFault(a.On, apiFaults[a.What].Kind, w.tenantOf(a)) }

func (w *world) setLine(a Act)   { w.network.set(lineFault{host: hosts[a.On], what: a.What, by: a.By}) }
func (w *world) clearLine(a Act) { w.network.lift(hosts[a.On], a.What) }

func (w *world) setCompanyFault(a Act) {
	f := companyFaults[a.What]
	f.Hits = a.Hits
	w.must(w.platform.SetFault(a.On, f))
}

func (w *world) clearCompanyFault(a Act) { w.platform.ClearFault(a.On) }

// rotate voids the credential of a tenant, but its file keeps the old one.
func (w *world) rotate(a Act) {
	t := w.scenario.tenant(a.Tenant)
	file := w.secretFile(t)
	old, err := os.ReadFile(file)
	if err != nil { // a directory, perhaps
		w.must(os.RemoveAll(file))
	}
	switch {
	case t.API == "v1":
		_, err2 := w.insights.GenerateKey(t.id)
		w.must(err2)
	default:
		_, err2 := w.insights.GenerateSecret(w.accountOf(t))
		w.must(err2)
	}
	w.addSecrets()
	if err == nil && a.For > 0 {
		w.write(file, string(old))
	}
}

// deliver puts the credential that works into the file of a tenant.
func (w *world) deliver(a Act) {
	t := w.scenario.tenant(a.Tenant)
	w.must(os.RemoveAll(w.secretFile(t)))
	w.write(w.secretFile(t), w.secret(t)+"\n")
}

func (w *world) spoilFile(a Act) {
	file := w.secretFile(w.scenario.tenant(a.Tenant))
	w.must(os.RemoveAll(file)) // which may be a directory already
	switch a.What {
	case "old":
		w.write(file, "a-secret-of-long-ago-that-nobody-takes\n")
	case "empty":
		w.write(file, "")
	case "directory":
		w.must(os.Mkdir(file, 0o700))
	}
}

func (w *world) rotateCompany(a Act) {
	_, err := w.platform.GenerateToken(a.On)
	w.must(err)
	w.addSecrets()
}

func (w *world) deliverCompany(a Act) { w.must(w.platform.WriteToken(a.On)) }

func (w *world) removeTenant(a Act) {
	var gone []string
	for _, t := range w.scenario.tenants() {
		if t.isOf(a.Tenant) {
			w.configured.without(t.name)
			gone = append(gone, t.name)
		}
	}
	w.writeConfig()
	w.reload(true)
	for _, name := range gone {
		w.checker.left(name)
	}
}

func (w *world) restoreTenant(a Act) {
	for _, t := range w.scenario.tenants() {
		if t.isOf(a.Tenant) {
			w.checker.back(t.name)
			w.configured.with(t.name)
		}
	}
	w.writeConfig()
	w.reload(true)
}

func (w *world) breakConfig(Act) {
	w.broken.Store(true)
	w.writeConfig()
	w.reload(false)
}

func (w *world) mendConfig(Act) {
	w.broken.Store(false)
	w.writeConfig()
	w.reload(true)
}

// raise raises an alert of a tenant, or of its first sub-tenant.
func (w *world) raise(a Act) {
	t := w.scenario.tenant(a.Tenant)
	at := w.world(t.scopes()[0])
	id := at.RaiseAlert(simulator.Alert{Severity: "Critical"})
	w.raised[a] = append(w.raised[a], id)
}

func (w *world) clear(a Act) {
	t := w.scenario.tenant(a.Tenant)
	w.must(w.world(t.scopes()[0]).ClearAlert(w.raised[a][0], ""))
	w.raised[a] = w.raised[a][1:]
}

// alertsMove tells whether an alert of a scope was raised or cleared too short a time ago for a page to have it.
func (s Scenario) alertsMove(of scope, from, to time.Duration) bool {
	for _, a := range s.Acts {
		if a.Do != "alert" || s.tenant(a.Tenant).scopes()[0] != of {
			continue
		}
		for _, at := range []time.Duration{a.At, a.end()} {
			if at <= to && at+s.settle() > from {
				return true
			}
		}
	}
	return false
}

// reloads tells whether the configuration changes within a time.
func (s Scenario) reloads(from, to time.Duration) bool {
	for _, a := range s.Acts {
		if a.Do == "mistake" && (a.At >= from && a.At <= to || a.end() >= from && a.end() <= to) {
			return true
		}
	}
	return false
}

// readable is 1 unless the configuration has a mistake.
func (w *world) readable() float64 {
	if w.broken.Load() {
		return 0
	}
	return 1
}

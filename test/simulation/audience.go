package simulation

import (
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// An Audience sees a run as it goes, in its simulated time. Its fields may be nil.
type Audience struct {
	// Begin is called before the exporter is there. What it starts has to be over when the scenario is.
	Begin func(parts []Part)
	// Page is called with each page that a scrape got.
	Page func(Scraped)
}

// A Part is a tenant or a sub-tenant, with what the vendor has of it.
type Part struct {
	Tenant, SubTenant string
	World             *simulator.World
}

// Scraped is what one of the servers got, of the whole exporter or of a target.
type Scraped struct {
	Server int
	Target string
	Begun  time.Time
	Text   string
}

// parts are all whose alerts can be seen.
func (w *world) parts() (all []Part) {
	for _, t := range w.scenario.tenants() {
		for _, s := range t.scopes() {
			if !strings.HasPrefix(s.sub, "hidden") {
				all = append(all, Part{s.tenant, s.sub, w.world(s)})
			}
		}
	}
	return all
}

// Calm reports whether nothing has troubled the alerts of a tenant from one time of the scenario to another, nor shortly
// before that.
func (s Scenario) Calm(tenant string, from, to time.Duration) bool {
	return calm(s.troubles(), from, to, s.settle(), s.tenant(tenant), "alerts")
}

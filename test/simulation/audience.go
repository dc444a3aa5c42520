package simulation

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// An Audience sees a run as it goes, in its simulated time. Its fields may be nil.
type Audience struct {
	// Begin is called before the exporter is there. What it starts has to be over when the scenario is.
	Begin func(parts []Part)
	// Page is called with each page that a scrape got.
	Page func(Scraped)
	// Twin is how much later an answer comes to a second exporter of the same configuration than to the first, if
	// there is to be one. Its pages have the target "twin", and nobody but the audience looks at them.
	Twin *time.Duration
}

// A Part is a tenant or a sub-tenant, with what the vendor has of it.
type Part struct {
	Tenant, SubTenant string
	World             *simulator.World
}

// Scraped is what one of the servers got, of the whole exporter or of a target.
type Scraped struct {
	Server       int
	Target       string
	Begun, Ended time.Time
	Text         string
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

// farther is a network that is somewhat farther away.
type farther struct {
	*network
	by time.Duration
}

// RoundTrip implements http.RoundTripper.
func (f farther) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(f.by)
	return f.network.RoundTrip(r)
}

// twin starts a second exporter and its scrapes, until stop is closed. What it returns ends it.
func (w *world) twin(stop <-chan struct{}, stopped *sync.WaitGroup) (end func()) {
	h, err := open(w.args, io.Discard, farther{w.network, *w.audience.Twin})
	w.must(err)
	for server := range w.servers() {
		stopped.Go(func() {
			next := time.NewTimer(w.first(server) + w.scenario.Every/3)
			defer next.Stop()
			for {
				select {
				case <-stop:
					return
				case <-next.C:
				}
				next.Reset(w.scenario.Every)
				begun := time.Now()
				text, err := unpack(w.ask(h, "/metrics"))
				w.must(err)
				w.audience.Page(Scraped{server, "twin", begun, time.Now(), text})
			}
		})
	}
	return h.Close
}

// Calm reports whether nothing has troubled the alerts of a tenant from one time of the scenario to another, nor shortly
// before that.
func (s Scenario) Calm(tenant string, from, to time.Duration) bool {
	return calm(s.troubles(), from, to, s.settle(), s.tenant(tenant), "alerts")
}

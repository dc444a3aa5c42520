package engine

import (
	"math/rand/v2"
	"net/http"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// TestUpgrade lets the rules of 0.1 look at the exporter's page, and then loads
// those of today in their place: alerts that are open keep their labels, so that
// nobody is told of them again.
func TestUpgrade(t *testing.T) {
	simulate(t, func(t *testing.T) {
		p := newPlay(t, rand.New(rand.NewPCG(1, 0)))
		p.prom.rules = []string{"testdata/prisma-alerts-0.1.rules.yml"}
		p.cast()
		p.open()
		p.shows(`prisma_access_scrape_collector_success{collector="alerts"} == 1`)
		p.ledger.begin(calm)
		p.raise(12)
		p.settle()
		p.whileItFails()

		p.prom.rules = glob(t, "*.rules.yml")
		p.prom.load()
		p.evaluations(10)
		p.whileItFails()
		p.raise(8)
		p.settle()
		p.clear(len(p.alerts))
		p.settle()
		p.ledger.once(t)
	})
}

// whileItFails has alerts raised and cleared while the API fails, for a few
// minutes that are not worth an alert of their own.
func (p *play) whileItFails() {
	p.t.Helper()
	p.api.SetFault(simulator.AllQueries, simulator.Status(http.StatusServiceUnavailable))
	p.evaluations(4)
	p.clear(2)
	p.raise(2)
	p.api.ClearFaults()
	p.settle()
}

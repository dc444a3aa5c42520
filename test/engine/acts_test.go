package engine

import (
	"net/http"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// calmly has nothing broken.
func (p *play) calmly() {
	p.raiseOne(0) // a child of another alert
	p.raiseOne(2)
	p.raiseOne(3)
	p.raise(16)
	p.told(p.alerts[0].ID)
	p.clear(2)
	p.flap(2)
	p.afterPoll()
	p.raiseOne(1) // up and away between two polls
	p.clearOne(1)
	p.alerts[0].State = simulator.Raised // the child gets its own way
	p.raiseOne(0)
	p.settle()
}

// whileTheAPIFails makes every query fail, so that nobody can know of
// anything until that is over.
func (p *play) whileTheAPIFails() {
	p.api.SetFault(simulator.AllQueries, simulator.Status(http.StatusServiceUnavailable))
	p.shows(`prisma_access_scrape_collector_success{collector="alerts"} == 0`)
	told := p.ledger.notifications()
	p.clear(3)
	p.raise(7)
	p.evaluations(failing)
	if more := p.ledger.notifications() - told; more > 0 {
		p.t.Errorf("%d notifications while the API failed", more)
	}
	p.api.ClearFaults()
	p.settle()
}

// whileTheExporterIsAway ends the exporter for longer than it takes until
// somebody is told, and starts another while the API fails.
func (p *play) whileTheExporterIsAway() {
	p.raise(1)
	p.must(p.ledger.settled())
	told := p.ledger.notifications()
	p.close()
	p.clear(2)
	p.raise(5)
	p.shows(`up == 0`)
	p.evaluations(14)
	p.api.SetFault(simulator.AllQueries, simulator.Status(http.StatusBadGateway))
	p.startExporter()
	p.shows(`prisma_access_scrape_collector_success{collector="alerts"} == 0`)
	p.clear(1)
	p.raise(2)
	p.evaluations(5)
	if more := p.ledger.notifications() - told; more > 0 {
		p.t.Errorf("%d notifications while the exporter knew nothing", more)
	}
	p.api.ClearFaults()
	p.settle()
}

func (p *play) whileTheKeyIsRotated() {
	p.raise(2)
	p.clear(1)
	_, err := p.api.GenerateKey(tenant)
	p.must(err)
	p.raise(3)
	p.clear(2)
	p.flap(3)
	p.settle()
}

func (p *play) whilePrometheusIsAway() {
	p.prom.stop()
	p.raise(4)
	p.clear(2)
	p.prom.start()
	p.told("")
}

func (p *play) toTheEnd() {
	p.raise(len(p.alerts))
	p.flap(2)
	p.settle()
	p.clear(len(p.alerts))
	p.clearOne(2)
	p.clearOne(3)
	p.settle()
}

package engine

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// failing is for how many evaluations the API fails.
const failing = 30

// TestPageOnce raises 50 alerts while one thing after the other breaks, and
// asks that everybody who should be told of one is told once that it is there
// and once that it is gone.
func TestPageOnce(t *testing.T) {
	simulate(t, func(t *testing.T) { newPlay(t, drawn(t)).run() })
}

// drawn is what a play draws from: the same each time or, with DRILL_HOURS,
// something new.
func drawn(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(1)
	if os.Getenv("DRILL_HOURS") != "" {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// play is the theatre with its alerts.
type play struct {
	*theatre
	api    *simulator.Simulator
	world  *simulator.World
	ledger *ledger
	random *rand.Rand
	alerts []*simulator.Alert // by the accounts of the ledger
	next   int                // the first that was not raised yet
}

func newPlay(t *testing.T, random *rand.Rand) *play {
	t.Helper()
	keyFile := filepath.Join(t.TempDir(), "key")
	p := &play{ledger: newLedger(), random: random}
	p.theatre = newTheatre(t, p.ledger.take, "--prisma.tenant-id="+tenant, "--prisma.base-url=http://127.0.0.1:80", "--prisma.api-key-file="+keyFile)
	p.api, p.world = still(t, keyFile)
	p.network.Serve(t, "127.0.0.1:80", p.api)
	return p
}

func (p *play) run() {
	p.cast()
	p.open()
	p.shows(`prisma_access_scrape_collector_success{collector="alerts"} == 1 and on () count(prisma_exporter_build_info)`)
	start := time.Now()
	for _, act := range []struct {
		name string
		play func()
	}{
		{calm, p.calmly},
		{apiFails, p.whileTheAPIFails},
		{exporterAway, p.whileTheExporterIsAway},
		{"key rotated", p.whileTheKeyIsRotated},
		{"Prometheus restarts", p.whilePrometheusIsAway},
		{calm, p.toTheEnd},
	} {
		p.ledger.begin(act.name)
		act.play()
		p.t.Logf("%-20s until %.1f", act.name, time.Since(start).Seconds())
	}
	told := p.ledger.notifications()
	p.evaluations(10)
	if more := p.ledger.notifications() - told; more > 0 {
		p.t.Errorf("%d notifications when all was over", more)
	}
	p.ledger.audit(p.t)
	p.ledger.table(p.t, start)
}

// cast draws 50 alerts in random order: 36 that page, 7 that warn, 4 that
// inform, 2 children of others and one that is gone before anybody looks.
func (p *play) cast() {
	add := func(n int, severity, receiver, state string) {
		for range n {
			id := fmt.Sprintf("alert-%02d", len(p.alerts))
			p.alerts = append(p.alerts, &simulator.Alert{
				ID: id, Severity: severity, State: state, Message: "Message of " + id, Site: "berlin", Code: "AL_TEST",
			})
			p.ledger.accounts = append(p.ledger.accounts, &account{id: id, severity: severity, receiver: receiver})
		}
	}
	add(1, "Critical", "pager", simulator.RaisedChild) // which becomes raised
	add(1, "Critical", "", simulator.Raised)           // which is cleared at once
	add(2, "Critical", "", simulator.RaisedChild)
	special := len(p.alerts)
	add(15, "Critical", "pager", simulator.Raised)
	add(20, "High", "pager", simulator.Raised)
	add(5, "Medium", "team", simulator.Raised)
	add(2, "Unheard-of", "team", simulator.Raised)
	add(3, "Low", "log", simulator.Raised)
	add(1, "Informational", "log", simulator.Raised)
	p.random.Shuffle(len(p.alerts)-special, func(i, j int) {
		i, j = i+special, j+special
		p.alerts[i], p.alerts[j] = p.alerts[j], p.alerts[i]
		a := p.ledger.accounts
		a[i], a[j] = a[j], a[i]
	})
	p.next = special
}

// pause waits for a random moment.
func (p *play) pause() {
	time.Sleep(time.Duration(p.random.Int64N(int64(interval) * 2 / 5)))
}

// raise raises the next n alerts at random moments.
func (p *play) raise(n int) {
	for ; n > 0 && p.next < len(p.alerts); n-- {
		p.pause()
		p.raiseOne(p.next)
		p.next++
	}
}

func (p *play) raiseOne(i int) {
	p.ledger.mu.Lock()
	a := p.ledger.accounts[i]
	a.raised, a.raisedIn = time.Now(), p.ledger.act
	p.ledger.mu.Unlock()
	p.world.RaiseAlert(*p.alerts[i])
}

// pick draws n of the alerts that are open and known to be.
func (p *play) pick(n int) []int {
	p.ledger.mu.Lock()
	defer p.ledger.mu.Unlock()
	var known []int
	for i, a := range p.ledger.accounts {
		if a.open() && a.paged() {
			known = append(known, i)
		}
	}
	p.random.Shuffle(len(known), func(i, j int) { known[i], known[j] = known[j], known[i] })
	return known[:min(n, len(known))]
}

// clear clears n alerts at random moments.
func (p *play) clear(n int) {
	for _, i := range p.pick(n) {
		p.pause()
		p.clearOne(i)
	}
}

func (p *play) clearOne(i int) {
	p.ledger.mu.Lock()
	a := p.ledger.accounts[i]
	a.cleared, a.clearedIn = time.Now(), p.ledger.act
	p.ledger.mu.Unlock()
	p.must(p.world.ClearAlert(a.id, ""))
}

// settle waits until everybody knows what there is to know, and a little more.
func (p *play) settle() {
	p.t.Helper()
	p.must(p.ledger.settled())
	p.evaluations(2)
}

// told waits until everybody knows of what is open, but for one alert.
func (p *play) told(but string) {
	p.t.Helper()
	p.must(p.ledger.await("told", func(a *account) bool {
		return a.receiver == "" || a.raised.IsZero() || a.id == but || a.paged()
	}))
}

// flap clears n alerts and raises them again before the next poll.
func (p *play) flap(n int) {
	for _, i := range p.pick(n) {
		p.afterPoll()
		p.must(p.world.ClearAlert(p.alerts[i].ID, ""))
		p.world.RaiseAlert(*p.alerts[i])
		p.ledger.mu.Lock()
		p.ledger.accounts[i].flaps++
		p.ledger.mu.Unlock()
	}
}

// afterPoll waits until the exporter has asked for alerts once more, so that
// there is time until it does again.
func (p *play) afterPoll() {
	p.t.Helper()
	before := p.api.CallCount(alertQueries)
	p.await("a poll", func() bool { return p.api.CallCount(alertQueries) > before })
}

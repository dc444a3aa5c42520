package poll

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

const (
	// scrapeJitter is how much sooner than the minimum interval a scrape may
	// come and still be one interval after the last.
	scrapeJitter = time.Second
	// failurePause is the wait after a poll that failed. It doubles with each
	// failure up to the interval, so that an outage costs no more calls than
	// a good day for long.
	failurePause = 10 * time.Second
)

// Options are what a Poller is made of beside what it calls.
type Options struct {
	// Name is what is polled, and Kind what such a thing is called in the
	// log: a collector or a resource.
	Name, Kind string
	// Interval is how long a reading is fresh.
	Interval  time.Duration
	Freshness Freshness
	Logger    log.Logger
}

// Poller keeps what the last good poll of one thing found. It is the one
// place that decides when the API is asked:
//
//   - a reading younger than the interval is an answer, without a poll;
//   - scrapes that come while a poll is under way wait for that one;
//   - when a poll fails, or is not back when the scrape has to answer, the
//     last good reading is served until it is too old to be true.
type Poller struct {
	name      string
	interval  time.Duration
	freshness Freshness
	poll      Func
	reporter  reporter

	mu     sync.Mutex
	last   *Reading
	flight chan struct{}
	begun  time.Time // of the last poll
	ended  time.Time
	took   time.Duration
	err    error
	// failures is how many polls in a row have failed.
	failures int
}

// New returns a poller. It polls nothing before it is asked.
func New(poll Func, o Options) *Poller {
	return &Poller{
		name: o.Name, interval: o.Interval, freshness: o.Freshness, poll: poll,
		reporter: reporter{what: o.Kind, logger: o.Logger},
	}
}

// Name is what is polled.
func (p *Poller) Name() string { return p.name }

// Peek returns what there is to serve without polling.
func (p *Poller) Peek() View {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.view(time.Now(), nil)
}

// Get returns what there is to serve, polling first if that is due.
func (p *Poller) Get(ctx context.Context) View {
	p.mu.Lock()
	flight := p.due(time.Now())
	p.mu.Unlock()
	var late error
	if flight != nil {
		select {
		case <-flight:
		case <-ctx.Done():
			late = fmt.Errorf("the API had not answered when the scrape had to: %w", context.Cause(ctx))
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.view(time.Now(), late)
}

// due returns the poll that a scrape has to wait for, starting it if need be,
// or nil. p.mu must be held.
func (p *Poller) due(now time.Time) chan struct{} {
	if p.flight != nil {
		return p.flight
	}
	if p.last != nil && p.err == nil && now.Sub(p.last.taken) < p.interval-min(scrapeJitter, p.interval/10) {
		return nil
	}
	// A credential that is not usable costs the API nothing: the client
	// looks whether it has changed and asks only then.
	if p.err != nil && !errors.Is(p.err, insights.ErrCredential) && now.Sub(p.ended) < p.pause() {
		return nil
	}
	p.flight = make(chan struct{})
	p.begun = now
	go p.fly(p.flight)
	return p.flight
}

// pause is the wait before the next poll after one that failed.
func (p *Poller) pause() time.Duration {
	return min(failurePause<<min(p.failures-1, 10), p.interval)
}

// fly polls on behalf of all scrapes that wait, so its time is its own.
func (p *Poller) fly(done chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), p.freshness.PollTimeout)
	defer cancel()
	r, err := Guard("the poll", func() (*Reading, error) { return p.poll(ctx) })
	p.reporter.note(r, err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = time.Now()
	p.took = p.ended.Sub(p.begun)
	p.err = err
	p.failures++
	if err == nil {
		p.failures = 0
		// What the poll found is as old as its question.
		r.taken = p.begun
		p.last = r
	}
	p.flight = nil
	close(done)
}

// view is what can be served now. p.mu must be held.
func (p *Poller) view(now time.Time, late error) View {
	v := View{Took: p.took, Ended: p.ended, Err: p.err}
	if late != nil {
		v.Err = late
		v.Took = now.Sub(p.begun)
	}
	if p.last != nil {
		v.LastSuccess = p.last.taken
		if now.Sub(p.last.taken) <= p.freshness.MaxStaleness {
			v.Reading = p.last
		}
	}
	v.Success = v.Err == nil && v.Reading != nil
	return v
}

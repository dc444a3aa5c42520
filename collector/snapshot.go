package collector

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// Freshness says how old the answers of scrapes may be.
type Freshness struct {
	// MaxStaleness is how long the last good answer is served while the API
	// gives no other.
	MaxStaleness time.Duration
	// PollTimeout bounds one poll, which may go on after the scrape that
	// started it.
	PollTimeout time.Duration
}

const (
	// scrapeJitter is how much sooner than the minimum interval a scrape may
	// come and still be one interval after the last.
	scrapeJitter = time.Second
	// failurePause is the wait after a poll that failed. It doubles with each
	// failure up to the interval, so that an outage costs no more calls than
	// a good day for long.
	failurePause = 10 * time.Second
)

// reading is what one good poll found.
type reading struct {
	parts     []exposition.Part
	taken     time.Time
	truncated bool
	rows      int
	// answered is how many queries had an answer, which is none where the
	// tenant lacks all that the collector asks for.
	answered int
}

// poll asks the API once.
type poll func(context.Context) (*reading, error)

// snapshot keeps what the last good poll of one collector found. It is the
// one place that decides when the API is asked:
//
//   - a reading younger than the interval is an answer, without a poll;
//   - scrapes that come while a poll is under way wait for that one;
//   - when a poll fails, or is not back when the scrape has to answer, the
//     last good reading is served until it is too old to be true.
type snapshot struct {
	interval  time.Duration
	freshness Freshness
	poll      poll

	mu     sync.Mutex
	last   *reading
	flight chan struct{}
	begun  time.Time // of the last poll
	ended  time.Time
	took   time.Duration
	err    error
	// failures is how many polls in a row have failed.
	failures int
}

// view is what a scrape gets of a snapshot.
type view struct {
	// reading is nil where there is none that may be served.
	reading *reading
	// success says that the API answers: the last poll was good, and none is
	// overdue.
	success bool
	// lastSuccess is when the last good poll was, the zero time before it.
	lastSuccess time.Time
	// took is how long the last poll took, or the one under way so far.
	took time.Duration
	// ended is when the last poll ended, the zero time before it.
	ended time.Time
	err   error
}

// Peek returns what there is to serve without polling.
func (s *snapshot) Peek() view {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view(time.Now(), nil)
}

// Get returns what there is to serve, polling first if that is due.
func (s *snapshot) Get(ctx context.Context) view {
	s.mu.Lock()
	flight := s.due(time.Now())
	s.mu.Unlock()
	var late error
	if flight != nil {
		select {
		case <-flight:
		case <-ctx.Done():
			late = fmt.Errorf("the API had not answered when the scrape had to: %w", context.Cause(ctx))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view(time.Now(), late)
}

// due returns the poll that a scrape has to wait for, starting it if need be,
// or nil. It holds s.mu.
func (s *snapshot) due(now time.Time) chan struct{} {
	if s.flight != nil {
		return s.flight
	}
	if s.last != nil && s.err == nil && now.Sub(s.last.taken) < s.interval-min(scrapeJitter, s.interval/10) {
		return nil
	}
	// A credential that is not usable costs the API nothing: the client
	// looks whether it has changed and asks only then.
	if s.err != nil && !errors.Is(s.err, insights.ErrCredential) && now.Sub(s.ended) < s.pause() {
		return nil
	}
	s.flight = make(chan struct{})
	s.begun = now
	go s.fly(s.flight)
	return s.flight
}

// pause is the wait before the next poll after one that failed.
func (s *snapshot) pause() time.Duration {
	return min(failurePause<<min(s.failures-1, 10), s.interval)
}

// fly polls on behalf of all scrapes that wait, so its time is its own.
func (s *snapshot) fly(done chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), s.freshness.PollTimeout)
	defer cancel()
	r, err := guarded(ctx, s.poll)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = time.Now()
	s.took = s.ended.Sub(s.begun)
	s.err = err
	s.failures++
	if err == nil {
		s.failures = 0
		// What the poll found is as old as its question.
		r.taken = s.begun
		s.last = r
	}
	s.flight = nil
	close(done)
}

// guarded turns a panic into an error: whatever an answer does to a
// collector, the others go on.
func guarded(ctx context.Context, p poll) (r *reading, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("collector panicked: %v\n%s", v, debug.Stack())
		}
	}()
	return p(ctx)
}

// guardedQuery does the same for a query: collectors ask side by side, where
// guarded does not reach.
func guardedQuery(ctx context.Context, api insights.API, q insights.Query, next func() insights.Row) (answer insights.Answer, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: reading it panicked: %v\n%s", insights.ErrMalformed, v, debug.Stack())
		}
	}()
	return api.Query(ctx, q, next)
}

// view is what can be served now. It holds s.mu.
func (s *snapshot) view(now time.Time, late error) view {
	v := view{took: s.took, ended: s.ended, err: s.err}
	if late != nil {
		v.err = late
		v.took = now.Sub(s.begun)
	}
	if s.last != nil {
		v.lastSuccess = s.last.taken
		if now.Sub(s.last.taken) <= s.freshness.MaxStaleness {
			v.reading = s.last
		}
	}
	v.success = v.err == nil && v.reading != nil
	return v
}

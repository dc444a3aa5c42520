package poll

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

const (
	// scrapeJitter is how much sooner than the minimum interval a scrape may
	// come and still be one interval after the last.
	scrapeJitter = time.Second
	// failurePause is the wait after a poll that failed. It doubles with each
	// failure, up to the interval and to longestPause: however rarely something
	// is asked on a good day, after an outage it is soon back.
	failurePause = 10 * time.Second
	longestPause = time.Minute
	// heldPause is how long at most a poll waits for the end of a hold before it
	// looks whether that has come.
	heldPause = 30 * time.Second
	// leastOverdue is how long a poll has to be due, whatever the interval,
	// before it is overdue.
	leastOverdue = 30 * time.Second
	// leastIdle is how long no scrape may have come, whatever the interval,
	// before nobody asks, and longestIdle how long at most: scrapes do not come
	// more rarely because something is polled rarely.
	leastIdle   = 5 * time.Minute
	longestIdle = 30 * time.Minute
	// recentPolls is how many good polls tell how long the next will take.
	recentPolls = 3
)

// poller keeps what the last good poll of one thing found. It is the one place
// that decides when the API is asked:
//
//   - a reading younger than the interval is an answer, without a poll;
//   - scrapes that come while a poll is under way wait for that one, as long
//     as it can be expected to be back in time;
//   - when a poll fails, or is not back when the scrape has to answer, the
//     last good reading is served until it is too old to be true.
type poller struct {
	group    *Group
	name     string
	interval time.Duration
	stretch  func() float64 // of the interval, nil for never
	own      func() Pace    // in the place of both, nil for none
	poll     Func
	reporter reporter // of the poll under way

	mu     sync.Mutex
	closed bool
	flight chan struct{} // closed at the end of the poll under way, nil without one
	begun  time.Time     // of the last poll
	// ended, took and err are of the last poll that ended.
	ended time.Time
	took  time.Duration
	err   error
	// spent says that it failed because its time was over, of which little is the
	// API's: each request ends sooner.
	spent    bool
	failures int // in a row
	// retry is when to poll again after a failure.
	retry time.Time

	last *Reading
	// kept is how long the last reading is served although it is too old.
	kept time.Time
	// recent is how long the last good polls took, the newest first.
	recent []time.Duration
	// dueSince is when a scrape first found that a poll is due, the zero time
	// when there has been a good one since.
	dueSince time.Time
	rhythm   rhythm
}

// servable reports whether there is a reading to serve.
func (p *poller) servable() bool { return p.peek().Reading != nil }

// peek returns what there is to serve.
func (p *poller) peek() View {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.view(time.Now())
}

// scrape returns what there is to serve, polling first if that is due. Empty
// says that the page has nothing to show yet.
func (p *poller) scrape(ctx context.Context, page *Page, empty bool) View {
	p.mu.Lock()
	now := time.Now()
	p.rhythm.note(ctx, now)
	flight := p.due(now)
	p.plan(now)
	worth, first := p.worth(now, empty), p.ended.IsZero()
	p.mu.Unlock()
	if flight == nil || worth <= 0 {
		return p.peek()
	}
	p.await(ctx, page, flight, worth, first)
	v := p.peek()
	if v.Err == nil && !v.Late {
		page.note(time.Now())
	}
	return v
}

// await waits for the poll under way as long as that is worth it, and for a
// first one while the page comes along.
func (p *poller) await(ctx context.Context, page *Page, flight <-chan struct{}, worth time.Duration, first bool) {
	timer := time.NewTimer(worth)
	defer timer.Stop()
	for {
		select {
		case <-flight:
			return
		case <-ctx.Done():
			return
		case <-timer.C:
			more := time.Until(page.patience())
			if !first || more <= 0 {
				p.group.hanging.Store(true)
				return
			}
			timer.Reset(more)
		}
	}
}

// due returns the end of the poll that is under way, which it starts if one is
// due, or nil. p.mu must be held.
func (p *poller) due(now time.Time) <-chan struct{} {
	if p.closed || p.err == nil && p.fresh(now) {
		return p.flight
	}
	if p.dueSince.IsZero() {
		p.dueSince = now
	}
	if p.flight == nil && !now.Before(p.retry) {
		p.start(now)
	}
	return p.flight
}

// start starts a poll. p.mu must be held, and no poll may be under way.
func (p *poller) start(now time.Time) {
	p.flight = make(chan struct{})
	p.begun = now
	p.group.polls.Go(p.fly)
}

// fly polls on behalf of all scrapes that wait, so its time is its own.
func (p *poller) fly() {
	ctx, cancel := context.WithTimeout(p.group.ctx, p.group.freshness.PollTimeout)
	defer cancel()
	reading, err := Guard("the poll", func() (*Reading, error) { return p.poll(ctx) })
	if p.group.ctx.Err() == nil {
		p.reporter.note(reading, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.ended, p.took, p.err = now, now.Sub(p.begun), err
	p.spent = err != nil && ctx.Err() != nil
	p.retry = time.Time{}
	if err == nil {
		p.succeed(reading)
	} else {
		p.fail(now)
	}
	close(p.flight)
	p.flight = nil
	p.plan(now)
}

// succeed takes in a reading. p.mu must be held.
func (p *poller) succeed(r *Reading) {
	r.taken = p.begun // what the poll found is as old as its question
	p.last = r
	p.failures = 0
	p.dueSince, p.kept = time.Time{}, time.Time{}
	p.recent = slices.Insert(p.recent, 0, p.took)
	p.recent = p.recent[:min(len(p.recent), recentPolls)]
	p.group.hanging.Store(false)
}

// fail decides when to ask again. p.mu must be held.
func (p *poller) fail(now time.Time) {
	p.failures++
	if p.took > quickFailure {
		p.group.hanging.Store(true)
	}
	until, held := insights.HeldUntil(p.err)
	switch {
	case !held:
		p.kept = time.Time{}
	case !p.stale(now):
		// A hold must not blind: what the API said before is served until it
		// can be asked again.
		p.kept = until.Add(2 * p.every())
	}
	switch {
	case errors.Is(p.err, insights.ErrCredential):
		// This costs the API nothing: the client looks whether the credential
		// has changed and asks only then.
	case held:
		// The hold is all the waiting there is. The client answers from it, so
		// that a poll in between costs the API nothing of what is held, and
		// finds out soon when another has ended the hold.
		if p.retry = now.Add(min(heldPause, p.interval)); until.Before(p.retry) {
			p.retry = until
		}
	default:
		p.retry = now.Add(min(failurePause<<min(p.failures-1, 10), p.interval, longestPause))
	}
}

// view is what can be served now. p.mu must be held.
func (p *poller) view(now time.Time) View {
	v := View{
		Name: p.name, Ended: p.ended, Took: p.took, Err: p.err, Asked: p.rhythm.asked,
		Late:    p.flight != nil && !p.fresh(now) || p.behind(),
		Idle:    now.Sub(p.rhythm.asked) > min(max(2*p.interval, leastIdle), longestIdle),
		Overdue: !p.dueSince.IsZero() && now.Sub(p.dueSince) > max(2*p.every(), 2*p.usual(), leastOverdue),
	}
	if longest := p.pace().Longest; longest > p.interval {
		v.Planned = longest
	}
	if p.last != nil {
		v.LastSuccess = p.last.taken
		if !p.stale(now) || now.Before(p.kept) {
			v.Reading = p.last
		}
	}
	v.Success = p.err == nil && !v.Overdue && v.Reading != nil
	v.Pending = p.own != nil && p.last == nil && !v.Overdue && (p.err == nil || p.spent || errors.Is(p.err, insights.ErrBudget))
	return v
}

// close keeps the poller from polling again.
func (p *poller) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.rhythm.stop()
}

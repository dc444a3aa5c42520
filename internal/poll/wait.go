package poll

import (
	"context"
	"slices"
	"time"
)

// rhythm is what is known of when scrapes come.
type rhythm struct {
	// asked is when a scrape came last, and gaps the times between those
	// before, the newest first.
	asked time.Time
	gaps  [2]time.Duration
	// allowed is how much time the last scrape had, zero for no end.
	allowed time.Duration
	timer   *time.Timer
}

// note takes in a scrape.
func (r *rhythm) note(ctx context.Context, now time.Time) {
	if !r.asked.IsZero() {
		r.gaps[0], r.gaps[1] = now.Sub(r.asked), r.gaps[0]
	}
	r.asked, r.allowed = now, 0
	if deadline, ok := ctx.Deadline(); ok {
		r.allowed = deadline.Sub(now)
	}
}

// next is when the next scrape after now is expected: the longer of two gaps
// after the last, so that two Prometheus servers that take turns look like one.
func (r *rhythm) next(now time.Time) time.Time {
	gap := max(r.gaps[0], r.gaps[1])
	if gap <= 0 {
		return r.asked
	}
	return r.asked.Add(gap * (now.Sub(r.asked)/gap + 1))
}

// stop forgets what was planned.
func (r *rhythm) stop() {
	if r.timer != nil {
		r.timer.Stop()
	}
}

// usual is how long a poll takes at most, by those that were good, and zero
// before there was one. p.mu must be held.
func (p *poller) usual() time.Duration {
	if len(p.recent) == 0 {
		return 0
	}
	return slices.Max(p.recent)
}

// worth is how long a scrape should wait for the poll under way. p.mu must be
// held.
func (p *poller) worth(now time.Time, empty bool) time.Duration {
	usual, first := p.usual(), p.ended.IsZero()
	if len(p.recent) == 0 {
		usual = p.took
	}
	allowed := p.rhythm.allowed
	switch {
	case first && empty:
		return max(allowed, p.group.freshness.PollTimeout) // ctx ends it
	case p.group.hanging.Load(), p.err != nil && p.took > quickFailure:
		return 0
	case allowed > 0 && p.begun.Add(usual).After(now.Add(allowed)):
		return 0
	}
	return p.begun.Add(usual + patience).Sub(now)
}

// plan has the next poll start a little before the next scrape is due, where
// that scrape could not wait for it. p.mu must be held.
func (p *poller) plan(now time.Time) {
	p.rhythm.stop()
	r, usual := &p.rhythm, p.usual()
	if p.closed || p.flight != nil || p.err != nil || r.allowed == 0 || usual <= r.allowed {
		return
	}
	next := r.next(now)
	if p.fresh(next) {
		return // and will be when the scrape comes
	}
	// Half an interval is for the first time, when polls fall in with scrapes.
	start := next.Add(-usual - max(scrapeJitter, usual/10))
	if least := p.begun.Add(p.every() / 2); start.Before(least) {
		start = least
	}
	if !start.Before(next) || start.After(r.asked.Add(2*p.every())) {
		return // Prometheus drives the polling, or there is none
	}
	r.timer = time.AfterFunc(start.Sub(now), p.startEarly)
}

// startEarly starts a poll before the scrape that it is for.
func (p *poller) startEarly() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed && p.flight == nil {
		p.start(time.Now())
	}
}

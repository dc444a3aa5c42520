package poll

import "time"

// pace is how often to poll now: the interval, or more where the budget has no
// room for it, unless there is a pace of its own.
func (p *poller) pace() Pace {
	if p.own != nil {
		return p.own()
	}
	every := p.interval
	if p.stretch != nil {
		every = time.Duration(float64(every) * p.stretch())
	}
	return Pace{Every: every, Longest: every}
}

// every is how long a reading is fresh.
func (p *poller) every() time.Duration { return p.pace().Every }

// fresh reports whether there is a reading that is young enough to be an
// answer by itself. p.mu must be held.
func (p *poller) fresh(now time.Time) bool {
	every := p.every()
	return p.last != nil && !p.behind() && now.Sub(p.last.taken) < every-min(scrapeJitter, every/10)
}

// behind reports whether the last reading is from before another source told
// that something has changed. p.mu must be held.
func (p *poller) behind() bool {
	return p.last != nil && p.last.taken.Before(p.pace().Moved)
}

// stale reports whether the last reading is too old to be served, or there is
// none. What is asked for rarely is served until it was due twice, so that a
// longer interval never withdraws what is well. p.mu must be held.
func (p *poller) stale(now time.Time) bool {
	most := p.group.freshness.MaxStaleness
	if longest := p.pace().Longest; longest > min(p.interval, most) {
		most = max(most, 2*longest)
	}
	return p.last == nil || now.Sub(p.last.taken) > most
}

package poll

import "time"

// fresh reports whether there is a reading that is young enough to be an
// answer by itself. p.mu must be held.
func (p *poller) fresh(now time.Time) bool {
	every := p.every()
	return p.last != nil && now.Sub(p.last.taken) < every-min(scrapeJitter, every/10)
}

// every is how long a reading is fresh: the interval, or more where the budget
// has no room for it.
func (p *poller) every() time.Duration {
	if p.stretch == nil {
		return p.interval
	}
	return time.Duration(float64(p.interval) * p.stretch())
}

// stale reports whether the last reading is too old to be served, or there is
// none. What is asked for rarely is served until it was due twice, so that a
// longer interval never withdraws what is well. p.mu must be held.
func (p *poller) stale(now time.Time) bool {
	most := p.group.freshness.MaxStaleness
	if every := p.every(); every > min(p.interval, most) {
		most = max(most, 2*every)
	}
	return p.last == nil || now.Sub(p.last.taken) > most
}

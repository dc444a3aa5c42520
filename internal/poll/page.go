package poll

import (
	"sync/atomic"
	"time"
)

// Page is one answer to a scrape, which may show several groups. What they
// know of each other is how it comes along: a first reading is worth waiting
// for while others come in.
type Page struct {
	// alone says that it shows one group and nothing else.
	alone bool
	// last is when a poll was good that the page waited for, in nanoseconds.
	last atomic.Int64
}

// NewPage returns a page. Alone says that it shows one group and nothing else,
// so that a first reading is worth all the time there is.
func NewPage(alone bool) *Page { return &Page{alone: alone} }

// Among is the page for one of several groups of it.
func (p *Page) Among(groups int) *Page {
	if groups == 1 || !p.alone {
		return p
	}
	return NewPage(false)
}

// note takes in that a poll was good.
func (p *Page) note(now time.Time) { p.last.Store(now.UnixNano()) }

// patience is how long the page waits at least for a first reading.
func (p *Page) patience() time.Time { return time.Unix(0, p.last.Load()).Add(patience) }

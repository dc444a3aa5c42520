package budget

import (
	"fmt"
	"time"
)

// MaxPause bounds what a Retry-After is believed: as long as the API's block.
const MaxPause = 10 * time.Minute

// Pause stops all calls until t, because the API asked for it.
func (b *Budget) Pause(t time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if limit := time.Now().Add(MaxPause); t.After(limit) {
		t = limit
	}
	if t.After(b.paused) {
		b.paused = t
		b.dismiss()
	}
}

// dismiss sends those away who would wait for nothing. It holds b.mu.
func (b *Budget) dismiss() {
	if !b.paused.After(time.Now()) {
		return
	}
	kept := b.waiting[:0]
	for _, w := range b.waiting {
		if w.deadline.IsZero() || w.deadline.After(b.paused) {
			kept = append(kept, w)
			continue
		}
		w.err = fmt.Errorf("the API asked for less and is left alone until %s", b.paused.UTC().Format(time.TimeOnly+" MST"))
		close(w.decided)
	}
	clear(b.waiting[len(kept):])
	b.waiting = kept
}

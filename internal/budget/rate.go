package budget

import "time"

// free is when the next call of a priority may start: a minute after the call
// that is as many calls ago as the priority has for a minute.
func (b *Budget) free(p Priority) time.Time {
	last := b.started[(b.oldest+len(b.started)-b.share(p))%len(b.started)]
	if last.IsZero() {
		return last
	}
	return last.Add(time.Minute)
}

// share is how many of a minute's calls may have been made before one of a
// priority. The last tenth is for the first alone, so that a rush for what is
// less urgent does not leave it without a call.
func (b *Budget) share(p Priority) int {
	all := len(b.started)
	if p == First {
		return all
	}
	return max(all-all/10, 1)
}

func (b *Budget) wakeAt(t time.Time) {
	if b.wake != nil {
		b.wake.Stop()
	}
	b.wake = time.AfterFunc(time.Until(t), func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.grant()
	})
}

package collector

import "sync"

// seriesBound bounds the series of all collectors of a scope together, 0 for
// no bound.
type seriesBound struct {
	most int

	mu     sync.Mutex
	series map[string]int // of each collector's last good poll
}

func newSeriesBound(most int) *seriesBound { return &seriesBound{most: most, series: map[string]int{}} }

// take notes that a collector has found so many series and returns how many of
// them there is room for. Alerts have room always: they have a bound of their
// own, and are what the others have to leave room for.
func (b *seriesBound) take(name string, found int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.most > 0 && name != alertsDefinition.Name {
		room := b.most
		for other, n := range b.series {
			if other != name {
				room -= n
			}
		}
		found = min(found, max(room, 0))
	}
	b.series[name] = found
	return found
}

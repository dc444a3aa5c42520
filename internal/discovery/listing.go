package discovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/jitter"
)

const (
	// listTimeout bounds one listing, its wait for the budget included.
	listTimeout = time.Minute
	// firstListPause is the wait after a listing that failed. It doubles up
	// to the interval.
	firstListPause = 30 * time.Second
)

// run lists the groups of a discovery until it is closed.
func (d *Discoverer) run(ctx context.Context, list Lister) {
	failures, failed := 0, ""
	for draws := 0; ; draws++ {
		one, err := d.guarded(ctx, list)
		if one == nil || ctx.Err() != nil {
			return
		}
		wait := one.Interval
		if err != nil {
			if !errors.Is(err, errManyGone) { // which wants a second word and not a quick one
				wait = min(firstListPause<<min(failures, 10), wait)
			}
			failures++
			if failed != err.Error() {
				failed = err.Error()
				level.Error(d.Logger).Log("msg", "Cannot list the Tenant Service Groups, so the tenants stay as they are", "discovery", one.Account.Name, "err", err)
			}
		} else {
			failures, failed = 0, ""
		}
		select {
		case <-time.After(wait + time.Duration(jitter.Of(draws, one.Account.Name)*float64(wait/20))):
		case <-ctx.Done():
			return
		}
	}
}

// guarded is refresh, of which a panic is a failure and not the end of the
// process.
func (d *Discoverer) guarded(ctx context.Context, list Lister) (one *discovery, err error) {
	defer func() {
		if v := recover(); v != nil {
			level.Error(d.Logger).Log("msg", "The exporter has a bug. Please open an issue with this line", "panic", v, "stack", string(debug.Stack()))
			one, err = d.find(list), fmt.Errorf("panic: %v", v)
		}
	}()
	return d.refresh(ctx, list)
}

// refresh lists the groups once and puts what is new into force. It returns
// nil for a discovery that is no more.
func (d *Discoverer) refresh(ctx context.Context, list Lister) (*discovery, error) {
	one := d.find(list)
	if one == nil {
		return nil, nil
	}
	limited, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	groups, doubt, err := Groups(limited, list, one.Discovery)
	if doubt != nil {
		level.Warn(d.Logger).Log("msg", "Cannot read the hierarchy of a provider; its children keep their regions and IDs", "discovery", one.Account.Name, "err", doubt)
		identify(groups, d.before(one))
	}

	d.mu.Lock()
	defer d.mu.Unlock()
	if one = d.found(list); one == nil { // a new configuration has ended it meanwhile
		return nil, nil
	}
	if err == nil {
		err = d.take(one, groups)
	}
	one = d.found(list) // take may have put another in its place
	one.state.ended, one.state.success = true, err == nil
	if err != nil {
		d.success.WithLabelValues(one.Account.Name).Set(0)
		return one, err
	}
	one.state.lastSuccess = time.Now()
	d.success.WithLabelValues(one.Account.Name).Set(1)
	d.time.WithLabelValues(one.Account.Name).SetToCurrentTime()
	return one, nil
}

// Groups lists the groups of a discovery once, those of a provider with both of
// their IDs and their regions. Doubt is why these are not known.
func Groups(ctx context.Context, list Lister, d config.Discovery) (groups []config.Group, doubt, err error) {
	groups, err = list.Children(ctx, d.Hierarchy, d.IncludeSelf)
	if err != nil || d.Provider == nil {
		return groups, nil, err
	}
	known, doubt := list.Hierarchy(ctx)
	identify(groups, known)
	return groups, doubt, nil
}

// identify adds to groups the other IDs and the regions of those that are known.
func identify(groups, known []config.Group) {
	told := make(map[string]config.Group, len(known))
	for _, g := range known {
		told[g.ID] = g
	}
	for i := range groups {
		groups[i].CDL, groups[i].Region = told[groups[i].ID].CDL, told[groups[i].ID].Region
	}
}

// before are the groups of the last good listing.
func (d *Discoverer) before(one *discovery) []config.Group {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(one.groups)
}

// find is the discovery that lists with list, if it still runs.
func (d *Discoverer) find(list Lister) *discovery {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.found(list)
}

// found is find for who holds d.mu.
func (d *Discoverer) found(list Lister) *discovery {
	for _, one := range d.running {
		if one.list == list {
			return one
		}
	}
	return nil
}

var errManyGone = errors.New("too many groups disappeared at once")

// take puts what a discovery has listed into force. That more than half of
// the groups are gone is believed when it comes twice: it would end their
// tenants. What a listing of another kind has found is no measure: its groups
// stay until there is another word, and go with the first. d.mu must be held.
func (d *Discoverer) take(one *discovery, groups []config.Group) error {
	before := one.groups
	if gone := missing(before, groups); one.listed && 2*gone > len(before) {
		if one.doubts++; one.doubts == 1 {
			return fmt.Errorf("%w: %d of %d. The exporter waits for a second listing to confirm this", errManyGone, gone, len(before))
		}
	}
	one.doubts = 0
	one.listed = true
	if one.groups = inOrder(before, groups); reflect.DeepEqual(one.groups, before) {
		return nil
	}
	if err := d.force(d.config, d.running); err != nil {
		one.groups = before
		return err
	}
	return nil
}

// missing is how many groups are not there any more.
func missing(before, now []config.Group) (n int) {
	there := make(map[string]bool, len(now))
	for _, g := range now {
		there[g.ID] = true
	}
	for _, g := range before {
		if !there[g.ID] {
			n++
		}
	}
	return n
}

// inOrder are groups with those first that were there before, in their order,
// so that a new one takes neither their name nor their place.
func inOrder(before, now []config.Group) []config.Group {
	place := make(map[string]int, len(before))
	for i, g := range before {
		place[g.ID] = i - len(before)
	}
	slices.SortStableFunc(now, func(a, b config.Group) int {
		return cmp.Or(cmp.Compare(place[a.ID], place[b.ID]), strings.Compare(a.ID, b.ID))
	})
	return now
}

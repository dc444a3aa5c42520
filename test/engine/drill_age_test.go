package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// oldest is how old a state on a page may be when there is trouble: readings are
// withdrawn after ten minutes, or after the next question where a hold was longer.
// Those of a provider's child are good for two of its hours, and say how old they are.
const (
	oldest        = 13 * time.Minute
	oldestOfChild = 2 * time.Hour
)

// auditAges checks that no page shows a state of a site that the vendor has not had
// within the promised age.
func (r *replay) auditAges() (all []violation) {
	if len(r.drill.Sites) == 0 {
		return nil
	}
	for _, p := range r.pages {
		at := p.Begun.Sub(r.start)
		for i, part := range r.parts {
			shown := shownState(p.Text, part.Tenant, part.World.Sites()[0])
			age := oldest
			if r.drill.Children > 0 {
				age = oldestOfChild
			}
			if r.calm(life{Part: i}, at-5*time.Minute, at) {
				age = 2*time.Minute + r.world.Every + r.world.Timeout
			}
			if had := r.states(i, at-age, at+r.world.Timeout); shown != "" && !slices.Contains(had, shown) {
				all = append(all, violation{"age", fmt.Sprintf("%s: a site of %s is shown as %s, and has been %v for %s", at, part.Tenant, shown, had, age)})
			}
		}
	}
	return all
}

// shownState is the state of a site on a page, or empty if it is not there.
func shownState(page, tenant, site string) string {
	for line := range strings.Lines(page) {
		rest, ok := strings.CutPrefix(line, "prisma_access_site_state{")
		if !ok || !strings.HasSuffix(rest, "} 1\n") || !strings.Contains(rest, fmt.Sprintf("tenant=%q", tenant)) || !strings.Contains(rest, fmt.Sprintf("site=%q", site)) {
			continue
		}
		_, state, _ := strings.Cut(rest, `state="`)
		state, _, _ = strings.Cut(state, `"`)
		return state
	}
	return ""
}

// states are those that the first site of a part had between two times.
func (r *replay) states(part int, from, to time.Duration) (had []string) {
	changes := slices.Clone(r.drill.Sites)
	changes = slices.DeleteFunc(changes, func(c change) bool { return c.Part%len(r.parts) != part })
	slices.SortStableFunc(changes, func(a, b change) int { return int(a.At - b.At) })
	state, since := simulator.Up, time.Duration(-1)
	for i, c := range append(changes, change{At: r.world.Length * 2}) {
		if since <= to && c.At >= from {
			had = append(had, strings.ToLower(string(state)))
		}
		if i < len(changes) {
			state, since = c.State, c.At
		}
	}
	return had
}

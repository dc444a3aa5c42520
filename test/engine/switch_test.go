package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// TestListsComeAndGo: the API lists the alerts of one tenant no more and, at the same
// time, those of another one. 50 alerts and incidents are open before, raised between
// and raised after: each pages at most once, resolves once, and is told of by the kind
// that was its tenant's to page on when it was raised.
func TestListsComeAndGo(t *testing.T) { simulate(t, listsComeAndGo) }

// decided is longer than it takes until a list that was there counts as gone, and until
// what was held for it has resolved.
const decided = 2 * time.Hour

// The tenants of severalTenants whose list goes, and whose list comes.
const goes, comes = 0, 1

func listsComeAndGo(t *testing.T) {
	random := drawn(t)
	calls := calledFor{by: map[string][]string{}}
	th := newTheatre(t, calls.take)
	api, worlds := severalTenants(t, th)
	th.prom.rules = slices.Concat(glob(t, "prisma-alerts.rules.yml"), glob(t, "prisma-incidents.rules.yml")) // the others cost as much again
	th.open()
	th.shows(`count(prisma_access_scrape_collector_success{collector="incidents"} == 1) == 4`)
	time.Sleep(2 * longest)

	lists := func(tenant int) bool { return !withoutList[tenant] }
	var all []raised
	raise := func(n int) {
		for range n {
			tenant, incident := len(all)%len(worlds), random.IntN(2) == 0
			r := raised{fmt.Sprintf("r%02d", len(all)), incident, worlds[tenant], incident != lists(tenant)}
			all = append(all, r)
			r.raise()
			time.Sleep(time.Duration(random.Int64N(int64(interval))))
		}
		time.Sleep(hold)
	}
	clear := func(some []raised) {
		for _, r := range some {
			th.must(r.clear())
			time.Sleep(time.Duration(random.Int64N(int64(interval))))
		}
		time.Sleep(hold)
	}
	turn := func(gone, come int) {
		list(api, api.TenantIDs()[gone], false)
		list(api, api.TenantIDs()[come], true)
		time.Sleep(decided)
	}
	raise(25)
	// Alerts that are open when a list comes are the list's to page for.
	for i, r := range all {
		all[i].pages = r.pages || r.world == worlds[comes] && !r.incident
	}
	turn(goes, comes)
	lists = func(tenant int) bool { return tenant == comes || tenant != goes && !withoutList[tenant] }
	raise(25)
	clear(all[:25])
	// Back again, with nothing open that has paged in another list's time.
	clear(all[25:])
	turn(comes, goes)

	calls.judge(t, all)
}

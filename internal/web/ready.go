package web

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// readiness says whether there is something to show.
type readiness struct {
	Options
	yes atomic.Bool // it stays so
}

// ServeHTTP answers 200 once a poll has ended, well or not, or where there is
// nothing to poll.
func (r *readiness) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if !r.yes.Load() && !r.look(req.Context()) {
		http.Error(w, "prisma_exporter is not ready: no poll has finished yet.", http.StatusServiceUnavailable)
		return
	}
	r.yes.Store(true)
	say("prisma_exporter is ready.\n")(w, req)
}

// look looks for a poll that has ended. Without one it starts some, as a
// scrape would: where only those are scraped that are ready, no scrape comes
// before.
func (r *readiness) look(ctx context.Context) bool {
	members := r.Fleet.Members()
	if len(members) == 0 {
		return r.Settled()
	}
	for _, m := range members {
		if polled(m) {
			return true
		}
	}
	defer r.Panics.Recover("looking for what is ready")
	ctx, cancel := context.WithCancel(ctx)
	cancel() // nothing is waited for
	members[0].Scrape(ctx, fleet.Request{Page: poll.NewPage(true)})
	return false
}

func polled(m fleet.Member) bool {
	for _, s := range m.Status() {
		for _, p := range s.Polls {
			if p.Polled() {
				return true
			}
		}
	}
	return false
}

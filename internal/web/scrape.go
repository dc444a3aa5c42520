package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log/level"
	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

const (
	// slotWait is how long a scrape that has all it needs waits for its page
	// to be put together.
	slotWait = time.Second
	// leastWaiting is how many members may be waited for at a time in any
	// case, each by one scrape.
	leastWaiting = 1000
	// scrapesOfAll is how many scrapes of all members may wait at a time.
	scrapesOfAll = 4
)

// scrapes answers scrapes: it polls what is due of what is watched and puts that
// and the exporter's own metrics on one page.
type scrapes struct {
	Options
	// slots bounds the pages that are put together at a time. Neither waiting
	// for an API nor sending to a slow reader takes one.
	slots chan struct{}
	// waiting is how many members are waited for, summed up over all scrapes.
	waiting atomic.Int64
}

func newScrapes(o Options) *scrapes {
	return &scrapes{Options: o, slots: make(chan struct{}, o.MaxRequests)}
}

// metrics answers with all that is watched and the exporter's own metrics.
func (h *scrapes) metrics(w http.ResponseWriter, r *http.Request) {
	var members []fleet.Member
	if !h.ProbeOnly {
		members = h.Fleet.Members()
	}
	h.answer(w, r, members, h.gather)
}

// probe answers with one tenant or company, which is known by its name in the
// configuration. Nothing else of the outside chooses where the exporter asks.
func (h *scrapes) probe(w http.ResponseWriter, r *http.Request) {
	names := r.URL.Query()["target"]
	if len(names) != 1 || names[0] == "" {
		http.Error(w, "give exactly one target: /probe?target=TENANT (/targets lists them)", http.StatusBadRequest)
		return
	}
	member, known := h.Fleet.Find(names[0])
	if !known {
		http.Error(w, fmt.Sprintf("there is no tenant or company %.64q (/targets lists them)", names[0]), http.StatusBadRequest)
		return
	}
	h.answer(w, r, []fleet.Member{member}, nil)
}

// gather returns the exporter's own metrics.
func (h *scrapes) gather() []*dto.MetricFamily {
	own, err := h.Own.Gather()
	if err != nil { // what could be gathered is there all the same
		level.Error(h.Logger).Log("msg", "Cannot collect some of the exporter's own metrics", "err", err)
	}
	return own
}

// answer scrapes the members and answers with a page of them and of what own
// returns after that, unless it is nil, as it is for one that was asked for by
// its name.
func (h *scrapes) answer(w http.ResponseWriter, r *http.Request, members []fleet.Member, own func() []*dto.MetricFamily) {
	names, err := h.chosen(r.URL.Query()["collect[]"])
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	timeout, err := timeoutOf(r, h.Timeout, h.Offset)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	parts := h.scrape(ctx, members, fleet.Request{Collectors: names, Named: own == nil, Page: poll.NewPage(len(members) == 1)})
	page, err := h.assemble(r, parts, own)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	if err := page.Send(newPaced(w)); err != nil && !errors.Is(err, context.Canceled) {
		level.Debug(h.Logger).Log("msg", "Could not send a whole response", "err", err)
	}
}

// scrape asks all members side by side. One that panics has no part on the
// page.
func (h *scrapes) scrape(ctx context.Context, members []fleet.Member, request fleet.Request) []exposition.Part {
	ctx, done := h.wait(ctx, len(members))
	defer done()
	parts := make([][]exposition.Part, len(members))
	var wg sync.WaitGroup
	for i, m := range members {
		wg.Go(func() {
			defer h.Panics.Recover("scraping " + m.Name)
			parts[i] = m.Scrape(ctx, request)
		})
	}
	wg.Wait()
	return slices.Concat(parts...)
}

// wait returns the context for a scrape of so many members. When too many are
// waited for already, it has ended: the scrape gets what there is.
func (h *scrapes) wait(ctx context.Context, members int) (limited context.Context, done func()) {
	n := int64(members)
	most := int64(max(leastWaiting, scrapesOfAll*len(h.Fleet.Members())))
	if h.waiting.Add(n) <= most {
		return ctx, func() { h.waiting.Add(-n) }
	}
	h.waiting.Add(-n)
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx, func() {}
}

// assemble puts a page together, once there is a slot for that.
func (h *scrapes) assemble(r *http.Request, parts []exposition.Part, own func() []*dto.MetricFamily) (*exposition.Response, error) {
	late := time.NewTimer(slotWait)
	defer late.Stop()
	select {
	case h.slots <- struct{}{}:
	case <-late.C:
		return nil, fmt.Errorf("the exporter is building %d responses, the maximum at a time (--web.max-requests)", cap(h.slots))
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	defer func() { <-h.slots }()
	var rest []*dto.MetricFamily
	if own != nil {
		rest = own()
	}
	return exposition.NewPage(parts, rest).Render(r), nil
}

// chosen checks the names of collect[]. Asking for one that does not run is a
// mistake that an empty answer would hide.
func (h *scrapes) chosen(names []string) ([]string, error) {
	for _, name := range names {
		if !slices.Contains(h.Collectors, name) {
			return nil, fmt.Errorf("collect[]=%.64q is not a running collector: use some of %s", name, strings.Join(h.Collectors, ", "))
		}
	}
	return names, nil
}

package web

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-kit/log/level"
	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
)

// scrapes answers scrapes: it polls what is due of what is watched and puts that
// and the exporter's own metrics on one page.
type scrapes struct {
	Options
	// slots bounds the scrapes at a time.
	slots chan struct{}
}

func newScrapes(o Options) *scrapes { return &scrapes{o, make(chan struct{}, o.MaxRequests)} }

// metrics answers with all that is watched and the exporter's own metrics.
func (h *scrapes) metrics(w http.ResponseWriter, r *http.Request) {
	var members []fleet.Member
	if !h.ProbeOnly {
		members = h.Fleet.Members()
	}
	h.answer(w, r, members, fleet.Request{}, h.gather())
}

// probe answers with one tenant or company, which is known by its name in the
// configuration. Nothing else of the outside chooses where the exporter asks.
func (h *scrapes) probe(w http.ResponseWriter, r *http.Request) {
	names := r.URL.Query()["target"]
	if len(names) != 1 || names[0] == "" {
		http.Error(w, "name one tenant, once: /probe?target=TENANT (/targets lists them)", http.StatusBadRequest)
		return
	}
	member, known := h.Fleet.Find(names[0])
	if !known {
		http.Error(w, fmt.Sprintf("no tenant is called %.64q, nor a company (/targets lists them)", names[0]), http.StatusBadRequest)
		return
	}
	h.answer(w, r, []fleet.Member{member}, fleet.Request{Named: true}, nil)
}

// gather returns what gathers the exporter's own metrics, so that they are
// those of the moment after the scrape.
func (h *scrapes) gather() func() []*dto.MetricFamily {
	return func() []*dto.MetricFamily {
		own, err := h.Own.Gather()
		if err != nil { // what could be gathered is there all the same
			level.Error(h.Logger).Log("msg", "Some of the exporter's own metrics cannot be shown", "err", err)
		}
		return own
	}
}

// answer scrapes and writes a page.
func (h *scrapes) answer(w http.ResponseWriter, r *http.Request, members []fleet.Member, request fleet.Request, own func() []*dto.MetricFamily) {
	var err error
	if request.Collectors, err = h.chosen(r.URL.Query()["collect[]"]); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	timeout, err := h.timeoutOf(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	default:
		http.Error(w, fmt.Sprintf("%d scrapes are under way, which is the most at a time (--web.max-requests)", cap(h.slots)), http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	request.Alone = len(members) == 1
	parts := scrape(ctx, members, request)
	var rest []*dto.MetricFamily
	if own != nil {
		rest = own()
	}
	err = exposition.NewPage(parts, rest).Render(r).Send(w)
	if err != nil && !errors.Is(err, context.Canceled) {
		level.Debug(h.Logger).Log("msg", "A scrape was not sent to its end", "err", err)
	}
}

// scrape asks all members side by side.
func scrape(ctx context.Context, members []fleet.Member, request fleet.Request) []exposition.Part {
	parts := make([][]exposition.Part, len(members))
	var wg sync.WaitGroup
	for i, m := range members {
		wg.Go(func() { parts[i] = m.Scrape(ctx, request) })
	}
	wg.Wait()
	return slices.Concat(parts...)
}

// chosen checks the names of collect[]. Asking for one that does not run is a
// mistake that an empty answer would hide.
func (h *scrapes) chosen(names []string) ([]string, error) {
	for _, name := range names {
		if !slices.Contains(h.Collectors, name) {
			return nil, fmt.Errorf("collect[]=%.64q is no collector that runs: use some of %s", name, strings.Join(h.Collectors, ", "))
		}
	}
	return names, nil
}

const timeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// timeoutOf is how much time a scrape has: what the scraper says less what the
// way back takes, and no more than the exporter allows.
func (h *scrapes) timeoutOf(r *http.Request) (time.Duration, error) {
	value := r.Header.Get(timeoutHeader)
	if value == "" {
		return h.Timeout, nil
	}
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(seconds) || seconds <= 0 {
		return 0, fmt.Errorf("header %s: %.32q is not a positive number of seconds", timeoutHeader, value)
	}
	left := seconds - h.Offset.Seconds()
	if left <= 0 {
		return 0, fmt.Errorf("a scrape timeout of %gs leaves no time: give more than --scrape.timeout-offset, %s", seconds, h.Offset)
	}
	return time.Duration(min(left, h.Timeout.Seconds()) * float64(time.Second)), nil
}

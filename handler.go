package main

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

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// metricsHandler answers scrapes: it polls what is due of all targets and puts
// that and the exporter's own metrics on one page.
type metricsHandler struct {
	// targets returns those of a tenant or company, or all for "".
	targets func(name string) (targets []target, known bool)
	// probeOnly leaves the targets to probe.
	probeOnly bool
	// collectors are the names of those that run.
	collectors []string
	own        prometheus.Gatherer
	// timeout is the most time for one scrape, and offset what is kept of
	// the scraper's own timeout for the way back.
	timeout, offset time.Duration
	// slots bounds the scrapes at a time.
	slots  chan struct{}
	logger log.Logger
}

// ServeHTTP answers with all targets and the exporter's own metrics.
func (h *metricsHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var targets []target
	if !h.probeOnly {
		targets, _ = h.targets("")
	}
	h.answer(w, r, targets, h.gather())
}

// probe answers with one tenant or company, which is known by its name in the
// configuration. Nothing else of the outside chooses where the exporter asks.
func (h *metricsHandler) probe(w http.ResponseWriter, r *http.Request) {
	names := r.URL.Query()["target"]
	if len(names) != 1 || names[0] == "" {
		http.Error(w, "name one tenant, once: /probe?target=TENANT (/targets lists them)", http.StatusBadRequest)
		return
	}
	targets, known := h.targets(names[0])
	if !known {
		http.Error(w, fmt.Sprintf("no tenant is called %.64q, nor a company (/targets lists them)", names[0]), http.StatusBadRequest)
		return
	}
	h.answer(w, r, targets, nil)
}

// gather returns what gathers the exporter's own metrics, so that they are
// those of the moment after the scrape.
func (h *metricsHandler) gather() func() []*dto.MetricFamily {
	return func() []*dto.MetricFamily {
		own, err := h.own.Gather()
		if err != nil { // what could be gathered is there all the same
			level.Error(h.logger).Log("msg", "Some of the exporter's own metrics cannot be shown", "err", err)
		}
		return own
	}
}

// answer scrapes and writes a page.
func (h *metricsHandler) answer(w http.ResponseWriter, r *http.Request, targets []target, own func() []*dto.MetricFamily) {
	names, err := h.chosen(r.URL.Query()["collect[]"])
	if err != nil {
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
	parts := scrape(ctx, targets, names)
	var rest []*dto.MetricFamily
	if own != nil {
		rest = own()
	}
	h.write(w, r, exposition.NewPage(parts, rest))
}

// scrape asks all targets side by side.
func scrape(ctx context.Context, targets []target, names []string) []exposition.Part {
	parts := make([][]exposition.Part, len(targets))
	var wg sync.WaitGroup
	for i, t := range targets {
		wg.Go(func() { parts[i] = t.Scrape(ctx, names) })
	}
	wg.Wait()
	return slices.Concat(parts...)
}

// chosen checks the names of collect[]. Asking for one that does not run is a
// mistake that an empty answer would hide.
func (h *metricsHandler) chosen(names []string) ([]string, error) {
	for _, name := range names {
		if !slices.Contains(h.collectors, name) {
			return nil, fmt.Errorf("collect[]=%.64q is no collector that runs: use some of %s", name, strings.Join(h.collectors, ", "))
		}
	}
	return names, nil
}

const timeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// timeoutOf is how much time a scrape has: what the scraper says less what the
// way back takes, and no more than the exporter allows.
func (h *metricsHandler) timeoutOf(r *http.Request) (time.Duration, error) {
	value := r.Header.Get(timeoutHeader)
	if value == "" {
		return h.timeout, nil
	}
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(seconds) || seconds <= 0 {
		return 0, fmt.Errorf("header %s: %.32q is not a positive number of seconds", timeoutHeader, value)
	}
	left := seconds - h.offset.Seconds()
	if left <= 0 {
		return 0, fmt.Errorf("a scrape timeout of %gs leaves no time: give more than --scrape.timeout-offset, %s", seconds, h.offset)
	}
	return time.Duration(min(left, h.timeout.Seconds()) * float64(time.Second)), nil
}

// write answers with a page in the form that the scraper wants.
func (h *metricsHandler) write(w http.ResponseWriter, r *http.Request, page *exposition.Page) {
	if err := page.Respond(w, r); err != nil && !errors.Is(err, context.Canceled) {
		level.Debug(h.logger).Log("msg", "A scrape was not sent to its end", "err", err)
	}
}

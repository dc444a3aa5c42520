package simulation

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// A scrape is one that was answered.
type scrape struct {
	target     string // a tenant or a company, or empty for the whole page
	begun, end time.Time
	page       *page
}

// grace is how much longer than its deadline a scrape gets before it counts as one that never ends.
const grace = 5 * time.Minute

// offset is what the exporter keeps of a scrape's timeout for the way back.
const offset = 500 * time.Millisecond

// scrapers scrape as Prometheus does until stop is closed.
func (w *world) scrapers(stop <-chan struct{}, stopped *sync.WaitGroup) {
	for i := range w.servers() {
		first := w.first(i)
		w.scraper(stop, stopped, i, "", first)
		if !w.scenario.Probe {
			continue
		}
		for n, t := range w.scenario.tenants() {
			w.scraper(stop, stopped, i, t.name, first+spread(w.scenario, n))
		}
		for n, name := range w.scenario.companies() {
			w.scraper(stop, stopped, i, name, first+spread(w.scenario, 1000+n))
		}
	}
}

// servers is how many Prometheus there are.
func (w *world) servers() int {
	if w.scenario.Pair {
		return 2
	}
	return 1
}

// first is when a server scrapes first.
func (w *world) first(server int) time.Duration {
	return w.scenario.Every * time.Duration(server) / time.Duration(w.servers())
}

// spread is where in its interval a target is scraped.
func spread(s Scenario, n int) time.Duration {
	return time.Duration(draw(s.Seed, "spread", uint64(n)) * float64(s.Every))
}

func (w *world) scraper(stop <-chan struct{}, stopped *sync.WaitGroup, server int, target string, first time.Duration) {
	stopped.Go(func() {
		next := time.NewTimer(first)
		defer next.Stop()
		for {
			select {
			case <-stop:
				return
			case <-next.C:
			}
			next.Reset(w.scenario.Every)
			if w.paused.Load() == 0 && (target == "" || w.configured.has(target)) {
				w.scrape(server, target)
			}
		}
	})
}

// scrape asks once and has the answer checked.
func (w *world) scrape(server int, target string) {
	beat()
	h, leave := w.door.enter()
	if h == nil {
		return // connection refused
	}
	defer leave()
	path := "/metrics"
	if target != "" {
		path = "/probe?target=" + target
	}
	s := &scrape{target: target, begun: time.Now()}
	var answer *httptest.ResponseRecorder
	done := make(chan struct{})
	go func() {
		defer close(done)
		answer = w.ask(h, path)
	}()
	select {
	case <-done:
	case <-time.After(w.scenario.Timeout + grace):
		w.checker.violate("deadline", target, "a scrape does not end at all")
		<-done
	}
	s.end = time.Now()
	if took, most := s.end.Sub(s.begun), w.scenario.Timeout-offset; took > most {
		w.checker.violate("deadline", target, fmt.Sprintf("a scrape took %s of %s", took, most))
	}
	if answer.Code != http.StatusOK {
		if target != "" && answer.Code == http.StatusBadRequest && w.checker.mayBeUnknown(target, s) {
			return
		}
		w.checker.violate("status", target, fmt.Sprintf("a scrape answers %d: %.200s", answer.Code, answer.Body))
		return
	}
	text, err := unpack(answer)
	if err == nil {
		s.page, err = parsePage(text)
	}
	if err != nil {
		w.checker.violate("page", target, err.Error())
		return
	}
	w.checker.look(s)
	if w.audience.Page != nil {
		w.audience.Page(Scraped{server, target, s.begun, s.end, text})
	}
}

// ask has a page made as Prometheus does.
func (w *world) ask(h house, path string) *httptest.ResponseRecorder {
	ctx, cancel := context.WithTimeout(context.Background(), w.scenario.Timeout)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", fmt.Sprint(w.scenario.Timeout.Seconds()))
	answer := httptest.NewRecorder()
	h.Handler().ServeHTTP(answer, r)
	return answer
}

// readers are kept, because there is a page every few milliseconds.
var readers sync.Pool

// unpack is the text of an answer, which may be compressed.
func unpack(answer *httptest.ResponseRecorder) (string, error) {
	if answer.Header().Get("Content-Encoding") != "gzip" {
		return answer.Body.String(), nil
	}
	z, _ := readers.Get().(*gzip.Reader)
	var err error
	if z == nil {
		z, err = gzip.NewReader(answer.Body)
	} else {
		err = z.Reset(answer.Body)
	}
	if err != nil {
		return "", err
	}
	defer readers.Put(z)
	var text strings.Builder
	_, err = io.Copy(&text, z)
	return text.String(), err
}

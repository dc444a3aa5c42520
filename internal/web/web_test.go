package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestScrapeTimeout(t *testing.T) {
	h := newScrapes(Options{Timeout: 30 * time.Second, Offset: 500 * time.Millisecond})
	for _, c := range []struct {
		header string
		want   time.Duration
		err    string
	}{
		{"", 30 * time.Second, ""},
		{"10", 9500 * time.Millisecond, ""},
		{"0.6", 100 * time.Millisecond, ""},
		{"60", 30 * time.Second, ""},
		{"1e300", 30 * time.Second, ""},
		{"0.5", 0, "leaves no time"},
		{"0", 0, "not a positive number"},
		{"-1", 0, "not a positive number"},
		{"NaN", 0, "not a positive number"},
		{"ten", 0, "not a positive number"},
	} {
		r := &http.Request{Header: http.Header{timeoutHeader: {c.header}}}
		got, err := h.timeoutOf(r)
		if c.err == "" && (err != nil || got.Round(time.Millisecond) != c.want) || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("header %q: %s, %v; want %s, error %q", c.header, got, err, c.want, c.err)
		}
	}
}

func TestTooManyScrapes(t *testing.T) {
	h := newScrapes(Options{MaxRequests: 1, Timeout: time.Second, ProbeOnly: true})
	h.slots <- struct{}{}
	w := httptest.NewRecorder()
	h.metrics(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "--web.max-requests") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}

package web

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// FuzzHeaders: whatever a scraper says of what it takes and how long it waits,
// it gets a page that is what the page's own headers say, or is told which of
// its headers is wrong.
func FuzzHeaders(f *testing.F) {
	f.Add("text/plain;version=0.0.4;q=0.3,*/*;q=0.2", "gzip", "10")
	f.Add("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", "gzip;q=0.1, identity;q=0", "0.6")
	f.Add("application/openmetrics-text; version=1.0.0; escaping=\x00", "*;q=0", "NaN")
	f.Add("text/*;q=1e9;;,,", "br", "1e400")
	f.Add("", "", "-0x1p-2")
	f.Fuzz(func(t *testing.T, accept, encoding, timeout string) {
		s := newSite(t, &member{name: "a"})
		s.Offset = 500 * time.Millisecond
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody)
		r.Header = http.Header{"Accept": {accept}, "Accept-Encoding": {encoding}, timeoutHeader: {timeout}}
		New(s.Options).ServeHTTP(w, r)
		switch w.Code {
		case http.StatusOK:
		case http.StatusBadRequest:
			if !strings.Contains(strings.ToLower(w.Body.String()), "timeout") {
				t.Errorf("%q %q %q: HTTP 400 with %q", accept, encoding, timeout, w.Body)
			}
			return
		case http.StatusNotAcceptable:
			if !strings.Contains(w.Body.String(), "Accept-Encoding") {
				t.Errorf("%q %q %q: HTTP 406 with %q", accept, encoding, timeout, w.Body)
			}
			return
		default:
			t.Fatalf("%q %q %q: HTTP %d with %q", accept, encoding, timeout, w.Code, w.Body)
		}
		var body io.Reader = w.Body
		if w.Header().Get("Content-Encoding") == "gzip" {
			unzipped, err := gzip.NewReader(body)
			if err != nil {
				t.Fatalf("%q %q: %v", accept, encoding, err)
			}
			body = unzipped
		}
		if !hasSeries(t, body, expfmt.ResponseFormat(w.Header()), "up") {
			t.Errorf("%q %q %q: the page has no series", accept, encoding, timeout)
		}
	})
}

// hasSeries reads a page to its end and tells whether it has a family.
func hasSeries(t *testing.T, page io.Reader, format expfmt.Format, name string) (found bool) {
	t.Helper()
	decoder := expfmt.NewDecoder(page, format)
	for {
		var family dto.MetricFamily
		err := decoder.Decode(&family)
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("the page is no %s: %v", format, err)
		}
		found = found || family.GetName() == name
	}
}

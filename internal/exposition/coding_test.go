package exposition

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestChooseCoding(t *testing.T) {
	const none = "none"
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{nil, "identity"},
		{[]string{""}, "identity"},
		{[]string{"gzip"}, "gzip"},
		{[]string{"GZip"}, "gzip"},
		{[]string{"x-gzip"}, "gzip"},
		{[]string{"xgzip"}, "identity"},
		{[]string{"deflate, gzip"}, "gzip"},
		{[]string{"deflate", "br, gzip"}, "gzip"},
		{[]string{"br"}, "identity"},
		{[]string{"zstd"}, "identity"},
		{[]string{"gzip;q=0"}, "identity"},
		{[]string{"gzip;q=0.000"}, "identity"},
		{[]string{"gzip ; q=0.001"}, "gzip"},
		{[]string{"gzip\t;\tQ=0.5"}, "gzip"},
		{[]string{"gzip;Q=0"}, "identity"},
		{[]string{"gzip; q = 0.5"}, "gzip"},
		{[]string{"gzip;q=1.000"}, "gzip"},
		{[]string{"gzip;level=9;q=0"}, "identity"},
		{[]string{"gzip;q=x"}, "identity"},
		{[]string{"gzip;q="}, "identity"},
		{[]string{"gzip;q=1.1"}, "identity"},
		{[]string{"gzip;q=1e-1"}, "identity"},
		{[]string{"gzip;q=+1"}, "identity"},
		{[]string{"gzip;q=-1"}, "identity"},
		{[]string{"gzip;q=NaN"}, "identity"},
		{[]string{"identity"}, "identity"},
		{[]string{"gzip, identity"}, "gzip"},
		{[]string{"gzip;q=0.5, identity"}, "identity"},
		{[]string{"gzip;q=0.5", "identity;q=0.5"}, "gzip"},
		{[]string{"gzip;q=0.9, identity;q=0.5"}, "gzip"},
		{[]string{"*"}, "gzip"},
		{[]string{"*;q=0.1"}, "gzip"},
		{[]string{"*;q=0"}, none},
		{[]string{"gzip;q=0, *"}, "identity"},
		{[]string{"identity;q=0"}, none},
		{[]string{"identity;q=0, *"}, "gzip"},
		{[]string{"identity;q=0, br"}, none},
		{[]string{"identity;q=0, gzip;q=0.1"}, "gzip"},
		{[]string{"identity;q=0.2, *;q=0"}, "identity"},
		{[]string{"gzip, *;q=0"}, "gzip"},
		{[]string{",, ;q=0, gzip ,"}, "gzip"},
	} {
		coding, acceptable := chooseCoding(http.Header{"Accept-Encoding": c.lines})
		if !acceptable {
			coding = none
		}
		if coding != c.want {
			t.Errorf("Accept-Encoding %q: %s, want %s", c.lines, coding, c.want)
		}
	}
}

// FuzzChooseCoding wants one header line to say the same as one for each of
// its elements, and a coding that was not refused.
func FuzzChooseCoding(f *testing.F) {
	for _, s := range []string{"", "gzip, deflate;q=0.5", "*;q=0, identity;q=1", "x-gzip;Q=0.001", ";q=,gzip;q=0;q=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		coding, acceptable := chooseCoding(http.Header{"Accept-Encoding": {line}})
		if coding != codingGzip && coding != codingIdentity {
			t.Errorf("%q: coding %q", line, coding)
		}
		again, still := chooseCoding(http.Header{"Accept-Encoding": strings.Split(line, ",")})
		if again != coding || still != acceptable {
			t.Errorf("%q: %s, %t in one line, %s, %t in several", line, coding, acceptable, again, still)
		}
	})
}

func TestRespond(t *testing.T) {
	const (
		text      = "text/plain; version=0.0.4; charset=utf-8"
		delimited = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
	)
	for _, c := range []struct {
		what   string
		header http.Header
		status int
		format string
		coding string
	}{
		{"nothing said", nil, 200, text, ""},
		{"gzip", http.Header{"Accept-Encoding": {"gzip"}}, 200, text, "gzip"},
		{"a browser", http.Header{"Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}, "Accept-Encoding": {"gzip, deflate, br, zstd"}}, 200, text, "gzip"},
		{"Prometheus", http.Header{"Accept": {
			"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5," +
				"text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		}, "Accept-Encoding": {"gzip"}}, 200, text, "gzip"},
		{"Prometheus with native histograms", http.Header{"Accept": {
			"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6," +
				"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
		}}, 200, delimited, ""},
		{"protobuf in the second line", http.Header{"Accept": {
			"text/plain;version=0.0.4;q=0.2", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
		}}, 200, delimited, ""},
		{"no coding that there is", http.Header{"Accept-Encoding": {"br, identity;q=0"}}, 406, "", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			w := httptest.NewRecorder()
			err := page(t).Render(&http.Request{Header: c.header}).Send(w)
			if w.Code != c.status || (err == nil) != (c.status == http.StatusOK) {
				t.Fatalf("%d, %v, want %d", w.Code, err, c.status)
			}
			if got := w.Header().Get("Vary"); got != "Accept, Accept-Encoding" {
				t.Errorf("Vary %q", got)
			}
			if err != nil {
				return
			}
			format, _, _ := strings.Cut(w.Header().Get("Content-Type"), "; escaping")
			if format != c.format || w.Header().Get("Content-Encoding") != c.coding {
				t.Errorf("Content-Type %q, Content-Encoding %q, want %q and %q", format, w.Header().Get("Content-Encoding"), c.format, c.coding)
			}
		})
	}
}

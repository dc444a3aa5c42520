package transport

import (
	"net/http"
	"testing"
	"time"
)

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"17":                            17 * time.Second,
		"1.5":                           1500 * time.Millisecond,
		"-5":                            0,
		"-Inf":                          0,
		"NaN":                           0,
		"Inf":                           maxRetryAfter,
		"86400":                         maxRetryAfter,
		"99999999999999999999":          maxRetryAfter,
		"1e999":                         maxRetryAfter,
		"soon":                          0,
		"10 seconds":                    0,
		"Wed, 04 Mar 2026 10:00:30 GMT": 30 * time.Second,
		"Wed, 04 Mar 2026 09:00:00 GMT": 0,
		"Fri, 31 Dec 9999 23:59:59 GMT": maxRetryAfter,
		"Mon, 01 Jan 0001 00:00:00 GMT": 0,
	} {
		if got := parseRetryAfter(value, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "0", "-1", "1e400", "NaN", "120", "Fri, 31 Dec 9999 23:59:59 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"} {
		f.Add(s, int64(1_800_000_000))
	}
	f.Fuzz(func(t *testing.T, value string, now int64) {
		if got := parseRetryAfter(value, time.Unix(now, 0)); got < 0 || got > maxRetryAfter {
			t.Errorf("%q at %d: %v", value, now, got)
		}
	})
}

// TestRetryAfterIsByTheAPIsClock: a date means the same however wrong the
// clock of this machine is.
func TestRetryAfterIsByTheAPIsClock(t *testing.T) {
	api := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	r := &http.Response{Header: http.Header{"Date": {api.Format(http.TimeFormat)}, "Retry-After": {api.Add(time.Minute).Format(http.TimeFormat)}}}
	if got := retryAfter(r); got != time.Minute {
		t.Errorf("%v", got)
	}
}

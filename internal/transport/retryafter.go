package transport

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"
)

// maxRetryAfter bounds what a Retry-After is believed: as long as the API is
// known to block an address.
const maxRetryAfter = 10 * time.Minute

// retryAfter reads how long the API wants to be left alone, 0 where it does not
// say.
func retryAfter(resp *http.Response) time.Duration {
	now := time.Now()
	// A date is on the API's clock, which need not agree with this one.
	if answered, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		now = answered
	}
	return parseRetryAfter(resp.Header.Get("Retry-After"), now)
}

// parseRetryAfter reads both forms that HTTP has for it, within bounds.
func parseRetryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseFloat(value, 64); !math.IsNaN(seconds) && (err == nil || errors.Is(err, strconv.ErrRange)) {
		return time.Duration(min(max(seconds, 0), maxRetryAfter.Seconds()) * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

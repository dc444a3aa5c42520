package web

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

const timeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// timeoutOf is how much time a scrape has: what the scraper says less the
// offset that the way back takes, and no more than most.
func timeoutOf(r *http.Request, most, offset time.Duration) (time.Duration, error) {
	value := r.Header.Get(timeoutHeader)
	if value == "" {
		return most, nil
	}
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(seconds) || seconds <= 0 {
		return 0, fmt.Errorf("header %s: %.32q is not a positive number of seconds", timeoutHeader, value)
	}
	left := seconds - offset.Seconds()
	if left <= 0 {
		return 0, fmt.Errorf("a scrape timeout of %gs leaves no time to answer: use more than --scrape.timeout-offset, %s", seconds, offset)
	}
	return time.Duration(min(left, most.Seconds()) * float64(time.Second)), nil
}

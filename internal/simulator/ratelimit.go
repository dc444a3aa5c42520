package simulator

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// The limits that the vendor's guidance tells: too many calls are refused, four times as many get the address blocked,
// with an answer that looks like a missing permission.
const (
	blockFactor = 4
	blockLength = 10 * time.Minute
)

// rateLimit counts the calls of each source address by the minute.
type rateLimit struct {
	perMinute int

	mu      sync.Mutex
	minute  time.Time
	calls   map[string]int
	blocked map[string]time.Time
}

// allow counts a call. It has answered when it returns false.
func (l *rateLimit) allow(w http.ResponseWriter, remote string, now time.Time) bool {
	if l.perMinute <= 0 {
		return true
	}
	source, _, err := net.SplitHostPort(remote)
	if err != nil {
		source = remote
	}
	n, blocked := l.count(source, now)
	switch {
	case blocked:
		http.Error(w, "Forbidden", http.StatusForbidden)
	case n > l.perMinute:
		http.Error(w, "Too Many Requests", http.StatusTooManyRequests)
	default:
		return true
	}
	return false
}

func (l *rateLimit) count(source string, now time.Time) (n int, blocked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if minute := now.Truncate(time.Minute); !minute.Equal(l.minute) || l.calls == nil {
		l.minute, l.calls = minute, make(map[string]int)
	}
	l.calls[source]++
	n = l.calls[source]
	if n > blockFactor*l.perMinute {
		if l.blocked == nil {
			l.blocked = make(map[string]time.Time)
		}
		l.blocked[source] = now.Add(blockLength)
	}
	return n, now.Before(l.blocked[source])
}

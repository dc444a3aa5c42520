package hold

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestAFailureIsNoRateLimit: a host that answers one tenant with HTTP 500, or
// with what nobody can read, wants no fewer calls of the others any more.
func TestAFailureIsNoRateLimit(t *testing.T) {
	for reason, held := range map[Reason]bool{RateLimited: false, AllRefused: true} {
		t.Run(string(reason), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				start := time.Now()
				r := Refusal{Scope: Host, Reason: reason}
				for time.Since(start) < 4*time.Minute {
					b.refused(key("alerts"), r, true)
					time.Sleep(b.held(key("alerts"), true))
				}
				b.leave(key("alerts"), true).Failed()
				if !held {
					b.free(key("alerts", of("other")))
				} else if left := b.held(key("alerts", of("other")), true); left != spacing {
					t.Errorf("held for %v", left)
				}
			})
		})
	}
}

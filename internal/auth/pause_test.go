package auth

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// TestARenewalComesBehindTheHold: one that comes before its end, by the
// twentieth that chance may take away, waits for nothing, and one that comes
// much later keeps a credential waiting that is good again.
func TestARenewalComesBehindTheHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, left := range []time.Duration{time.Second, 30 * time.Second, time.Minute} {
			pause := pauseAfter(&insights.Error{Kind: insights.ErrUnavailable, Until: time.Now().Add(left)})
			if earliest, latest := pause*19/20, pause*21/20; earliest < left || latest > left+10*time.Second {
				t.Errorf("%v before the end of a hold it waits from %v to %v", left, earliest, latest)
			}
		}
	})
}

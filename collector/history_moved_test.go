package collector

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// TestATenantThatComesFromAnotherExporter: what was raised while another process
// had the tenant is not counted again by one that has run for long, unless that
// has asked for it in vain all the time.
func TestATenantThatComesFromAnotherExporter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		moved, waited := newAlertsPoller(t), newAlertsPoller(t)
		waited.api.err = &insights.Error{Kind: insights.ErrUnavailable}
		emit := &Emitter{builder: exposition.NewBuilder(), metrics: NewMetrics(prometheus.NewRegistry())}
		if err := waited.c.Update(t.Context(), waited.api, emit); err == nil {
			t.Fatal("a poll is good that has no answer")
		}
		time.Sleep(10 * time.Minute)
		raised := row("a", "Raised", 0)
		time.Sleep(10 * time.Minute)
		moved.want(moved.poll(raised), "moved here", sums{"open": 1})
		waited.api.err = nil
		waited.want(waited.poll(raised), "after an outage", sums{"open": 1, "raised": 1})
	})
}

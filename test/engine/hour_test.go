package engine

import (
	"fmt"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// TestHourOfTheDemo lists who is told what within an hour of the demo: each title
// says what, where and whose, and none pages again while it is open.
func TestHourOfTheDemo(t *testing.T) {
	simulate(t, func(t *testing.T) {
		start, ears := time.Now(), &ears{}
		_, world := demo(t, func(s *server) {
			s.text, s.rules, s.every = fmt.Sprintf(oneTarget, interval), glob(t, "*.rules.yml"), time.Minute
			s.send = listen(t, s.network, ears.take)
		})
		time.Sleep(30 * time.Minute)
		raised := world.RaiseAlert(simulator.Alert{Severity: "Critical"})
		time.Sleep(30 * time.Minute)
		open := map[string]bool{}
		for _, n := range ears.all() {
			for _, a := range n.Alerts {
				title := a.Annotations["summary"]
				t.Logf("%5s %-5s %-8s %s", n.at.Sub(start).Round(time.Second), n.Receiver, a.Status, title)
				if length := utf8.RuneCountInString(title); length == 0 || length > 120 {
					t.Errorf("a title of %d characters: %q", length, title)
				}
				if id := a.Labels["alert_id"]; n.Receiver == "pager" {
					if open[id] && a.Status == "firing" {
						t.Errorf("pages again: %q", title)
					}
					open[id] = a.Status == "firing"
				}
			}
		}
		if !open[raised] {
			t.Error("nobody was paged for a critical alert")
		}
	})
}

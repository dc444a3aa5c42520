package test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// ended scrapes and, where polls are late, scrapes on until they have ended: a
// page that came before its poll was back says nothing of how that ends.
func ended(t *testing.T, scrape func() map[string]*dto.MetricFamily) map[string]*dto.MetricFamily {
	t.Helper()
	page := scrape()
	waiting := latePolls(page)
	every, patience := 20*time.Millisecond, time.Minute
	if isSimulated(t) {
		every, patience = 2*time.Second, 10*time.Minute // none of which is waited for
	}
	for deadline := time.Now().Add(patience); len(waiting) > 0; time.Sleep(every) {
		if time.Now().After(deadline) {
			t.Fatalf("polls that were under way are not back: %v", waiting)
		}
		page = scrape()
		late, took := latePolls(page), pollTimes(page)
		maps.DeleteFunc(waiting, func(poll, before string) bool {
			_, still := late[poll]
			return !still || took[poll] != before
		})
	}
	return page
}

// latePolls are those under way, with how long the one before each took.
func latePolls(page map[string]*dto.MetricFamily) map[string]string {
	late := map[string]string{}
	took := pollTimes(page)
	for _, name := range []string{"prisma_access_scrape_collector_late", "prisma_capacity_scrape_resource_late"} {
		for _, m := range page[name].GetMetric() {
			if m.GetGauge().GetValue() == 1 {
				late[fmt.Sprint(m.Label)] = took[fmt.Sprint(m.Label)]
			}
		}
	}
	return late
}

// pollTimes are how long the last polls that ended took.
func pollTimes(page map[string]*dto.MetricFamily) map[string]string {
	took := map[string]string{}
	for _, name := range []string{"prisma_access_scrape_collector_duration_seconds", "prisma_capacity_scrape_resource_duration_seconds"} {
		for _, m := range page[name].GetMetric() {
			took[fmt.Sprint(m.Label)] = fmt.Sprint(m.GetGauge().GetValue())
		}
	}
	return took
}

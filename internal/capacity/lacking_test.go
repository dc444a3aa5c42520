package capacity

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
)

// TestWhatThePackageLacks: a 403 or a 404 of one resource is a state and no
// failure, once another resource answers and an hour after it did itself.
func TestWhatThePackageLacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logs logtest.Buffer
		c, f := testCompany("gas", &logs)
		shows := func(when string, want ...string) {
			t.Helper()
			page := companyPage(t, c)
			for _, line := range want {
				if !strings.Contains(page, line+"\n") {
					t.Errorf("%s: no %s in\n%s", when, line, page)
				}
			}
			time.Sleep(time.Minute)
		}
		const (
			failing = `prisma_capacity_scrape_resource_success{company="gas",resource="booking"} 0`
			well    = `prisma_capacity_scrape_resource_success{company="gas",resource="booking"} 1`
			up      = `prisma_capacity_up{company="gas"} `
		)
		state := func(name string) string {
			return `prisma_capacity_resource_state{company="gas",resource="booking",state="` + name + `"} 1`
		}
		f.fail(&insights.Error{Kind: insights.ErrForbidden, Resource: "booking", Status: 403})
		shows("nothing answers", failing, state("unknown"), up+"0")
		f.fail(nil)
		f.failed["booking"] = &insights.Error{Kind: insights.ErrForbidden, Resource: "booking", Status: 403}
		shows("the others answer, perhaps later")
		shows("the others answer", well, state("forbidden"), up+"1")
		f.failed["booking"] = &insights.Error{Kind: insights.ErrMissing, Resource: "booking", Status: 404}
		shows("404", well, state("missing"))
		f.fail(nil)
		shows("it is bought", well, state("available"), `prisma_capacity_records{company="gas",resource="booking"} 1234567`)
		f.failed["booking"] = &insights.Error{Kind: insights.ErrForbidden, Resource: "booking", Status: 403}
		shows("it goes", failing, state("available"))
		time.Sleep(time.Hour)
		shows("it is gone", well, state("forbidden"), up+"1")
	})
}

package capacity

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition/pagetest"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// fakeCapacity is a platform whose answers a test decides. The fields of the
// token are what it tells of it.
type fakeCapacity struct {
	tokenStatus

	mu      sync.Mutex
	calls   int
	records map[string]int
	failed  map[string]error
	takes   time.Duration
}

func (f *fakeCapacity) Count(_ context.Context, resource string) (int, error) {
	time.Sleep(f.takes)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	return f.records[resource], f.failed[resource]
}

func (f *fakeCapacity) Token() auth.State {
	return auth.State{Accepted: f.Accepted, Known: f.Known, Readable: f.Readable, Loaded: f.Loaded}
}

func (f *fakeCapacity) Calls() (all, failed int) { return f.calls, 1 }

func (f *fakeCapacity) TokenClaims() (number string, created time.Time) {
	return f.Number, f.Created
}

// fail has all resources fail, or none for nil.
func (f *fakeCapacity) fail(err error) {
	f.failed = map[string]error{}
	for resource := range f.records {
		f.failed[resource] = err
	}
}

// testCompany is a company with a token that works and three resources.
func testCompany(name string, logs *logtest.Buffer) (*company, *fakeCapacity) {
	made := time.Date(1999, 12, 1, 12, 0, 0, 250_000_000, time.UTC)
	f := &fakeCapacity{
		tokenStatus: tokenStatus{Accepted: true, Known: true, Readable: true, Loaded: time.Now(), Number: "7", Created: made},
		records:     map[string]int{"trade": 0, "booking": 1234567, "calendar": 1}, failed: map[string]error{},
	}
	c := newCompany(companyOptions{
		Name: name, API: f, Resources: []string{"trade", "booking", "calendar"}, Interval: 30 * time.Second,
		Freshness: poll.Freshness{MaxStaleness: 10 * time.Minute, PollTimeout: time.Minute},
		Logger:    log.NewLogfmtLogger(logs),
	})
	return c, f
}

func companyPage(t *testing.T, c *company) string {
	t.Helper()
	var text strings.Builder
	if err := exposition.NewPage(c.Scrape(t.Context(), poll.NewPage(true)), nil).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

var errRejectedToken = &insights.Error{Kind: insights.ErrCredential, Resource: "token", Status: 401}

// TestCompanyGolden scrapes a company after each of these stories. The .prom
// file is the whole page.
func TestCompanyGolden(t *testing.T) {
	for name, story := range map[string]func(c *company, f *fakeCapacity){
		"ordinary": func(*company, *fakeCapacity) {},
		"no_file": func(_ *company, f *fakeCapacity) {
			f.tokenStatus = tokenStatus{}
			f.fail(errRejectedToken)
		},
		"file_lost":  func(_ *company, f *fakeCapacity) { f.Readable = false },
		"no_claims":  func(_ *company, f *fakeCapacity) { f.Number, f.Created = "", time.Time{} },
		"no_answer":  func(_ *company, f *fakeCapacity) { f.Known, f.Accepted = false, false; f.fail(insights.ErrUnavailable) },
		"wrong_file": func(_ *company, f *fakeCapacity) { f.Accepted = false; f.fail(errRejectedToken) },
		"one_missing": func(c *company, f *fakeCapacity) {
			f.failed["calendar"] = insights.ErrMissing
			c.Scrape(context.Background(), poll.NewPage(true)) // it is a state once others have answered
			time.Sleep(time.Minute)
		},
		"rejected_later": func(c *company, f *fakeCapacity) {
			c.Scrape(context.Background(), poll.NewPage(true))
			time.Sleep(5 * time.Minute)
			f.Accepted = false
			f.fail(errRejectedToken)
		},
		"outage_later": func(c *company, f *fakeCapacity) {
			c.Scrape(context.Background(), poll.NewPage(true))
			time.Sleep(5 * time.Minute)
			f.fail(insights.ErrUnavailable)
		},
		"withdrawn": func(c *company, f *fakeCapacity) {
			c.Scrape(context.Background(), poll.NewPage(true))
			time.Sleep(10*time.Minute + time.Second)
			f.failed["booking"] = insights.ErrUnavailable
		},
		"slow": func(_ *company, f *fakeCapacity) { f.takes = 1500 * time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, f := testCompany(`G"s & Co`, &logtest.Buffer{})
				story(c, f)
				pagetest.Golden(t, filepath.Join("testdata", name+".prom"), []byte(companyPage(t, c)))
			})
		})
	}
}

// TestCompanyIsPolledOnceAnInterval, and a token that is rejected is looked
// after at each scrape, which costs the platform nothing.
func TestCompanyIsPolledOnceAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, f := testCompany("gas", &logtest.Buffer{})
		for range 6 {
			companyPage(t, c)
			time.Sleep(10 * time.Second)
		}
		if f.calls != 2*3 {
			t.Errorf("%d calls in a minute, want two for each resource", f.calls)
		}
		f.calls = 0
		f.fail(errRejectedToken)
		for range 6 {
			companyPage(t, c)
			time.Sleep(10 * time.Second)
		}
		if f.calls != 6*3 {
			t.Errorf("%d looks at a rejected token in a minute, want one for each resource at each scrape", f.calls)
		}
	})
}

// TestOldLooksOld: while polls fail, the last good records are on the page for
// ten minutes and no longer, and the time of their poll stays what it was.
func TestOldLooksOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, f := testCompany("gas", &logtest.Buffer{})
		start := time.Now()
		companyPage(t, c)
		for _, err := range []error{insights.ErrUnavailable, errRejectedToken, insights.ErrMalformed} {
			f.fail(err)
			time.Sleep(3 * time.Minute)
			page := companyPage(t, c)
			for _, want := range []string{
				`prisma_capacity_records{company="gas",resource="booking"} 1234567`,
				`prisma_capacity_scrape_resource_success{company="gas",resource="booking"} 0`,
				`prisma_capacity_up{company="gas"} 0`,
				fmt.Sprintf(`last_success_timestamp_seconds{company="gas",resource="booking"} %d`, start.Unix()),
			} {
				if !strings.Contains(page, want+"\n") {
					t.Errorf("%v: no %s in\n%s", err, want, page)
				}
			}
		}
		time.Sleep(time.Minute + time.Second)
		if page := companyPage(t, c); strings.Contains(page, "prisma_capacity_records") || !strings.Contains(page, "last_success") {
			t.Errorf("after more than ten minutes the page is\n%s", page)
		}
		f.fail(nil)
		time.Sleep(30 * time.Second)
		if page := companyPage(t, c); !strings.Contains(page, `prisma_capacity_up{company="gas"} 1`) || !strings.Contains(page, "prisma_capacity_records") {
			t.Errorf("it does not recover:\n%s", page)
		}
	})
}

// TestUpIsTheLastWord: records that are still fresh do not make a company up
// whose token is rejected, nor does a token that is accepted make up for
// resources that do not answer.
func TestUpIsTheLastWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, f := testCompany("gas", &logtest.Buffer{})
		companyPage(t, c)
		f.Accepted = false
		if page := companyPage(t, c); !strings.Contains(page, `prisma_capacity_up{company="gas"} 0`) {
			t.Errorf("a rejected token:\n%s", page)
		}
		f.Accepted = true
		f.fail(insights.ErrUnavailable)
		f.failed["trade"] = nil
		time.Sleep(time.Minute)
		if page := companyPage(t, c); !strings.Contains(page, `prisma_capacity_up{company="gas"} 1`) {
			t.Errorf("one of three answers:\n%s", page)
		}
		f.fail(insights.ErrUnavailable)
		time.Sleep(time.Minute)
		if page := companyPage(t, c); !strings.Contains(page, `prisma_capacity_up{company="gas"} 0`) {
			t.Errorf("none answers:\n%s", page)
		}
	})
}

// TestCompanyHasNoCollectors: what asks for some of them gets no company, and
// polls none, unless it names the company.
func TestCompanyHasNoCollectors(t *testing.T) {
	c, f := testCompany("gas", &logtest.Buffer{})
	w := &watched{company: c}
	if parts := w.Scrape(t.Context(), fleet.Request{Collectors: []string{"alerts"}, Page: poll.NewPage(false)}); len(parts) != 0 || f.calls != 0 {
		t.Errorf("%d calls, and %d parts of a page", f.calls, len(parts))
	}
	if parts := w.Scrape(t.Context(), fleet.Request{Collectors: []string{"alerts"}, Named: true, Page: poll.NewPage(true)}); len(parts) == 0 || f.calls != 3 {
		t.Errorf("asked for by its name: %d calls, and %d parts of a page", f.calls, len(parts))
	}
}

// TestCompanyLog: a failure that goes on is said once, one of the token by the
// client, and nothing says more than it has to.
func TestCompanyLog(t *testing.T) {
	var logs logtest.Buffer
	synctest.Test(t, func(t *testing.T) {
		c, f := testCompany("gas", &logs)
		f.failed["booking"] = &insights.Error{Kind: insights.ErrMissing, Resource: "booking", Status: 404}
		f.failed["trade"] = errRejectedToken
		// As long as nothing has answered, a path that is missing is a failure.
		f.failed["calendar"] = errRejectedToken
		companyPage(t, c)
		delete(f.failed, "calendar")
		for range 3 {
			time.Sleep(time.Minute)
			companyPage(t, c)
		}
		time.Sleep(time.Minute)
		f.fail(nil)
		companyPage(t, c)
	})
	for text, want := range map[string]int{
		`msg="Resource failed"`: 1, `company=gas resource=booking msg="Resource failed"`: 1, "HTTP 404": 2, "HTTP 401": 0,
		`msg="The company's package does not include a resource, so its records are missing. The exporter retries from time to time" resource=booking`: 1,
		`resource=booking msg="Resource succeeds again"`: 1,
	} {
		if n := strings.Count(logs.String(), text); n != want {
			t.Errorf("%q is there %d times, want %d:\n%s", text, n, want, logs.String())
		}
	}
}

func TestCompanyStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, f := testCompany("gas", &logtest.Buffer{})
		if s := c.Status(); s.Name != "gas" || len(s.Polls) != 3 || s.Polls[0].Polled() || f.calls != 0 || s.Facts[1].Text != "7" {
			t.Errorf("before the first scrape: %+v, %d calls", s, f.calls)
		}
		f.failed["trade"] = insights.ErrUnavailable
		companyPage(t, c)
		s := c.Status()
		if b := s.Polls[0]; b.Name != "booking" || !b.Success || b.Rows != 1234567 || b.Series != 1 {
			t.Errorf("booking: %+v", b)
		}
		if b := s.Polls[2]; b.Name != "trade" || b.Success || !errors.Is(b.Err, insights.ErrUnavailable) {
			t.Errorf("trade: %+v", b)
		}
		want := []fleet.Fact{
			{Name: "Capacity platform's token", Verdict: fleet.Verdict{Tone: fleet.Good, Word: "accepted"}},
			{Name: "Token number", Text: "7"},
			{Name: "Token generated", Since: f.Created},
			{Name: "Token file", Text: "read", Since: f.Loaded},
			{Name: "API calls", Text: "3, of which 1 failed"},
		}
		if !slices.Equal(s.Facts, want) {
			t.Errorf("facts: %+v, want %+v", s.Facts, want)
		}
	})
}

func TestCheck(t *testing.T) {
	_, f := testCompany("gas", &logtest.Buffer{})
	f.failed["calendar"] = insights.ErrMissing
	var got []string
	for _, o := range checkCompany(t.Context(), companyOptions{API: f, Resources: []string{"trade", "calendar", "booking"}}) {
		got = append(got, fmt.Sprint(o.Query, " ", o.Rows, " ", o.Err))
	}
	want := "booking 1234567 <nil>, calendar 1 " + insights.ErrMissing.Error() + ", trade 0 <nil>"
	if strings.Join(got, ", ") != want || f.calls != 3 {
		t.Errorf("%d calls, %s, want %s", f.calls, strings.Join(got, ", "), want)
	}
}

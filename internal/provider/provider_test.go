package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// bench is a provider whose API a test scripts: by call and region, what comes
// next.
type bench struct {
	t       *testing.T
	factory *Factory
	*provider

	mu      sync.Mutex // of both
	answers map[string][]answer
	asked   []string
}

// script is what a call about a region is answered from now on.
func (b *bench) script(key string, answers ...answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answers[key] = answers
}

// next is the next answer. The last one of a script comes again and again.
func (b *bench) next(key string) answer {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, key)
	script := b.answers[key]
	if len(script) == 0 {
		return answer{}
	}
	if len(script) > 1 {
		b.answers[key] = script[1:]
	}
	return script[0]
}

// calls are those so far, each a call and its region.
func (b *bench) calls() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.asked)
}

// answer is rows, each column by its name, or an error.
type answer struct {
	rows []map[string]any
	err  error
}

// scripted is the API about one region.
type scripted struct {
	b      *bench
	region string
}

// Query implements insights.API.
func (s scripted) Query(_ context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	one := s.b.next(q.Resource.Name + " " + s.region)
	for _, columns := range one.rows {
		s.fill(next(), columns)
	}
	return insights.Answer{Rows: len(one.rows)}, one.err
}

// fill writes columns to a row.
func (s scripted) fill(row insights.Row, columns map[string]any) {
	for name, v := range columns {
		switch to := row.Column(name).(type) {
		case *string:
			*to = v.(string)
		case *insights.Number:
			*to = insights.Number{Value: float64(v.(int)), Valid: true}
		case *insights.Scalar:
			if n, ok := v.(int); ok {
				to.Number = insights.Number{Value: float64(n), Valid: true}
			} else {
				to.Text = v.(string)
			}
		case insights.Row:
			s.fill(to, v.(map[string]any))
		default:
			s.b.t.Errorf("no column %s", name)
		}
	}
}

// nowhere is a network on which nobody answers.
type nowhere struct{}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("no route") }

var children = []config.Child{
	{Name: "acme", ID: "1000000001", CDL: "9000000001", Region: "us"},
	{Name: "globex", ID: "1000000002", CDL: "9000000002", Region: "eu"},
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, answers: map[string][]answer{}}
	b.factory = NewFactory(Options{
		Process: auth.NewProcess(prometheus.NewRegistry(), log.NewNopLogger()), Budget: budget.New(budget.Options{RequestsPerMinute: 600, Concurrency: 8}),
		Freshness: poll.Freshness{MaxStaleness: 10 * time.Minute, PollTimeout: time.Minute}, Timeout: time.Minute, Transport: nowhere{}, Logger: log.NewNopLogger(),
	})
	c := b.config()
	b.provider = start(t, b.factory, c)
	b.factory.Follow(c)
	for _, r := range b.regions {
		r.api = scripted{b, r.word}
	}
	return b
}

// config is one with a provider and its children.
func (b *bench) config() *config.Config {
	return &config.Config{
		Discoveries: []config.Discovery{{
			Account:  config.Tenant{Name: "msp", API: config.V3, ID: "1000000000", Region: "us", ClientID: "c", ClientSecretFile: "/nowhere", HTTP: config.HTTPDefaults()},
			Provider: &config.Provider{Interval: time.Minute, DrillDown: true},
		}},
		Children: map[string][]config.Child{"msp": children},
	}
}

func start(t *testing.T, f *Factory, c *config.Config) *provider {
	t.Helper()
	entries := f.Entries(c)
	if len(entries) != 1 {
		t.Fatalf("%d entries", len(entries))
	}
	w, err := entries[0].New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w.(*provider)
}

// page is what a scrape a minute later shows.
func (b *bench) page() string {
	b.t.Helper()
	time.Sleep(time.Minute)
	ctx, cancel := context.WithTimeout(b.t.Context(), 10*time.Second)
	defer cancel()
	var text strings.Builder
	if err := exposition.NewPage(b.Scrape(ctx, fleet.Request{Page: poll.NewPage(true)}), nil).WriteText(&text); err != nil {
		b.t.Fatal(err)
	}
	return text.String()
}

// want wants a page to have some series and none of others.
func (b *bench) want(what string, has []string, lacks ...string) {
	b.t.Helper()
	page := b.page()
	for _, series := range has {
		if !strings.Contains(page, series) {
			b.t.Errorf("%s: no %s", what, series)
		}
	}
	for _, series := range lacks {
		if strings.Contains(page, series) {
			b.t.Errorf("%s: there is %s", what, series)
		}
	}
	if b.t.Failed() {
		b.t.Fatal(page)
	}
}

// moved are the children whose counts have moved within a minute.
func (b *bench) moved() (names []string) {
	for _, c := range children {
		if time.Since(b.factory.Child(c.ID).Moved()) < time.Minute {
			names = append(names, c.Name)
		}
	}
	return names
}

type rows = []map[string]any

func alertsOf(id any, n int) map[string]any {
	return map[string]any{"sub_tenant_id": id, "total_count": n, "rn_count": n}
}

// TestCountsThatMove name their child, whichever of its IDs a row has. The first
// answer moves nobody, nor does one that says the same.
func TestCountsThatMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		one, two := rows{alertsOf("1000000001", 3), alertsOf(9000000002, 1), alertsOf("1000000777", 5)}, rows{alertsOf("9000000002", 1), alertsOf("1000000001", 4)}
		b.script("aggregate_alerts americas", answer{rows: one}, answer{rows: one}, answer{rows: two}, answer{rows: two[:1]})
		const acme = `prisma_access_provider_alerts{provider="msp",child="acme",data_region="americas"}`
		b.want("first", []string{
			acme + " 3", `prisma_access_provider_alerts{provider="msp",child="globex",data_region="americas"} 1`, `prisma_access_provider_up{provider="msp"} 1`,
			`prisma_access_provider_unmatched_rows{provider="msp",call="alerts",data_region="americas"} 1`,
		}, `child="globex",data_region="europe"`, `node_type="mobile_users"`)
		if moved := b.moved(); moved != nil {
			t.Errorf("the first answer moves %v", moved)
		}
		b.want("the same", []string{acme + " 3"})
		if moved := b.moved(); moved != nil {
			t.Errorf("the same again moves %v", moved)
		}
		b.want("one more", []string{acme + " 4"})
		if moved := b.moved(); !slices.Equal(moved, []string{"acme"}) {
			t.Errorf("one more alert of acme moves %v", moved)
		}
		b.want("gone", nil, acme)
		if moved := b.moved(); !slices.Equal(moved, []string{"acme"}) {
			t.Errorf("that the row of acme is gone moves %v", moved)
		}
	})
}

// TestSitesByState: words that nobody knows are no state that is well, rows that
// come twice count once, and the states Up and Down are there for each kind that
// is.
func TestSitesByState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		site := func(node any, state string, n int) map[string]any {
			return map[string]any{"sub_tenant_id": "9000000001", "node_type": node, "site_state_name": state, "count": n}
		}
		refused := answer{err: &insights.Error{Kind: insights.ErrRefused, Status: 400}}
		b.script("aggregate_sites americas", refused, answer{rows: rows{
			site(48, "Up", 7), site(48, "Up", 7), site("48", "Warning", 2), site(48, "Flapping", 1), site(48, "Odd", 2), site(51, "Down", 1), site(7, "Up", 1),
		}})
		const sites = `prisma_access_provider_sites{provider="msp",child="acme",data_region="americas",node_type=`
		b.want("sites", []string{
			sites + `"remote_network",state="up"} 7`, sites + `"remote_network",state="down"} 0`, sites + `"remote_network",state="warning"} 2`,
			sites + `"remote_network",state="unknown"} 3`, sites + `"service_connection",state="down"} 1`, sites + `"service_connection",state="up"} 0`, sites + `"unknown",state="up"} 1`,
		}, `"service_connection",state="warning"`)
		before := len(b.calls())
		b.page()
		asked := b.calls()[before:]
		if n := slices.Index(asked, "aggregate_sites americas"); n < 0 || slices.Contains(asked[n+1:], "aggregate_sites americas") {
			t.Errorf("after the wider query was refused, asked %v", asked)
		}
	})
}

// TestALotIsGone: that more than half is gone is believed the second time.
func TestALotIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		all := answer{rows: rows{alertsOf("1000000001", 3), alertsOf("1000000002", 1)}}
		b.script("aggregate_alerts americas", all, answer{}, all, answer{}, answer{})
		const acme = `prisma_access_provider_alerts{provider="msp",child="acme"`
		b.want("first", []string{acme})
		b.want("gone once", []string{acme})
		if moved := b.moved(); moved != nil {
			t.Errorf("what was gone once moves %v", moved)
		}
		b.want("gone twice", nil, acme)
	})
}

// TestARegionThatRefuses: where others have rows and it never had, it has none;
// otherwise it fails.
func TestARegionThatRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		no := answer{err: &insights.Error{Kind: insights.ErrMissing, Status: 404}}
		for _, call := range calls {
			b.script(call.query.Resource.Name+" europe", no)
			b.script(call.query.Resource.Name+" americas", no)
		}
		const success = `prisma_access_provider_scrape_call_success{provider="msp",call="alerts",data_region=`
		b.want("both refuse", []string{success + `"europe"} 0`, success + `"americas"} 0`, `prisma_access_provider_up{provider="msp"} 0`})
		some := answer{rows: rows{alertsOf("1000000001", 3)}}
		b.script("aggregate_alerts americas", some)
		b.page()
		b.want("one has rows", []string{success + `"europe"} 1`, success + `"americas"} 1`, `prisma_access_provider_rows_seen{provider="msp",data_region="europe"} 0`, `prisma_access_provider_up{provider="msp"} 1`})
		b.script("aggregate_alerts americas", no)
		b.want("the one that had rows refuses", []string{success + `"americas"} 0`})
	})
}

// TestChildrenComeAndGo while the provider goes on.
func TestChildrenComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.script("aggregate_alerts americas", answer{rows: rows{alertsOf("1000000001", 3), alertsOf("1000000003", 1)}})
		b.want("before", []string{`prisma_access_provider_children{provider="msp"} 2`, `cdl_tenant_id="9000000002",panw_region="eu"} 1`}, `child="initech"`)
		c := b.config()
		before := b.factory.Entries(c)[0].Config
		c.Children["msp"] = append(slices.Clone(children), config.Child{Name: "initech", ID: "1000000003", Region: "eu"})
		if after := b.factory.Entries(c)[0].Config; fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("a child in a region that is asked changes the provider from %v to %v", before, after)
		}
		b.factory.Follow(c)
		b.want("after", []string{`prisma_access_provider_children{provider="msp"} 3`, `prisma_access_provider_alerts{provider="msp",child="initech",data_region="americas"} 1`})
		if moved := b.moved(); moved != nil {
			t.Errorf("moved are %v", moved)
		}
	})
}

// TestAProviderThatIsNotReplaced: one that was started for a configuration that
// did not come into force takes nothing away from the one before.
func TestAProviderThatIsNotReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		other := b.config()
		other.Discoveries[0].Provider.Interval = 2 * time.Minute
		start(t, b.factory, other).Close()
		b.factory.Follow(b.config())
		b.factory.Child(children[0].ID).Asked()
		synctest.Wait()
		if len(b.calls()) == 0 {
			t.Error("nobody is asked for the child's counts")
		}
	})
}

// TestWhatAProviderCosts: each call about each region, however many children.
func TestWhatAProviderCosts(t *testing.T) {
	b := newBench(t)
	plan := budget.NewPlan(600, b.factory.Demands(b.config()))
	if plan.String() != "7 of 540 calls a minute" { // three each minute, one each five, one each ten, and one each six hours, of two regions
		t.Errorf("the plan is %s", plan)
	}
	if none := b.factory.Entries(&config.Config{Discoveries: b.config().Discoveries}); none != nil {
		t.Errorf("without children there is %v", none)
	}
}

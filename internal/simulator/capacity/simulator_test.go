package capacity

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRoutes(t *testing.T) {
	b := newBench(t, Company{Name: "old", V1: true})
	for _, c := range []struct {
		method, path, company string
		status                int
	}{
		{"GET", "/api/v2/auction-booking", "acme", 200},
		{"GET", "/api/v2/fcfs-booking?anything=1", "acme", 200},
		{"GET", "/api/v2/confirmed-secondary-trade", "acme", 200},
		{"GET", "/api/v2/auction-calendar", "acme", 200},
		{"GET", "/api/v1/auction-booking", "old", 200},
		{"GET", "/api/v1/auction-booking", "acme", 404},
		{"GET", "/api/v2/auction-booking", "old", 404},
		{"GET", "/api/v2/auction-booking/", "acme", 404},
		{"GET", "/api/v2/nothing", "acme", 404},
		{"GET", "/api/v3/auction-booking", "acme", 404},
		{"GET", "/auction-booking", "acme", 404},
		{"GET", "/-/nothing", "acme", 404},
		{"POST", "/api/v2/auction-booking", "acme", 405},
	} {
		w := b.call(c.method, c.path, "Bearer "+b.sim.Token(c.company))
		if w.Code != c.status {
			t.Errorf("%s %s for %s: %d, want %d", c.method, c.path, c.company, w.Code, c.status)
		}
	}
	calls := b.sim.Calls()
	for call, want := range map[Call]int{
		{"acme", "auction-booking", 200}: 1, {"acme", "auction-booking", 404}: 1, {"old", "auction-booking", 200}: 1,
		{"", "unknown", 404}: 5, {"", "auction-booking", 405}: 1,
	} {
		if calls[call] != want {
			t.Errorf("%+v: %d, want %d", call, calls[call], want)
		}
	}
}

func TestWhatDoesNotMakeASimulator(t *testing.T) {
	for name, companies := range map[string][]Company{
		"none":           nil,
		"no name":        {{}},
		"twice":          {{Name: "a"}, {Name: "a"}},
		"no such folder": {{Name: "a", TokenFile: filepath.Join(t.TempDir(), "gone", "token")}},
	} {
		if _, err := New(Options{Companies: companies}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestRecordsMove lets two days go by and looks for everything that the API is known to do to a list.
func TestRecordsMove(t *testing.T) {
	b := newBench(t)
	singles, empty := 0, 0
	for _, res := range resources {
		counts := map[int]bool{}
		for range 96 {
			records, single := b.records(res.name)
			if single && len(records) != 1 || !single && len(records) == 1 {
				t.Errorf("%s: %d records, a single object: %t", res.name, len(records), single)
			}
			if single {
				singles++
			}
			if len(records) == 0 {
				empty++
			}
			counts[len(records)] = true
			b.clock.advance(30 * time.Minute)
		}
		if len(counts) < 3 || len(counts) > 40 {
			t.Errorf("%s: counts %v", res.name, counts)
		}
	}
	if singles == 0 || empty == 0 {
		t.Errorf("%d single records and %d empty lists in two days", singles, empty)
	}
}

func TestRecordsStayTheSame(t *testing.T) {
	b := newBench(t, Company{Name: "globex"})
	const name = "auction-booking"
	first := b.get(name).Body.String()
	if again := b.get(name).Body.String(); again != first {
		t.Error("a second call at the same time gives other records")
	}
	if restarted := newBench(t).get(name).Body.String(); restarted != first {
		t.Error("a restarted simulator gives other records")
	}
	if w := b.call("GET", "/api/v2/"+name, "Bearer "+b.sim.Token("globex")); w.Body.String() == first {
		t.Error("another company has the same records")
	}
	before, _ := b.records(name)
	b.clock.advance(5 * time.Minute)
	after, _ := b.records(name)
	kept := 0
	for _, one := range before {
		for _, other := range after {
			if maps.Equal(one, other) {
				kept++
			}
		}
	}
	if kept < len(before)*3/4 {
		t.Errorf("5 minutes later %d of %d records are there", kept, len(before))
	}
}

// TestValues holds the records to what is known of their form.
func TestValues(t *testing.T) {
	b := newBench(t)
	for _, res := range resources {
		text := b.get(res.name).Body.String()
		if strings.Contains(text, "null") {
			t.Errorf("%s: a field that does not apply is null\n%s", res.name, text)
		}
		records, _ := b.records(res.name)
		for _, field := range []string{"surcharge", "price", "offeredQuantity", "largePriceStep"} {
			with := 0
			for _, one := range records {
				if v, there := one[field]; there {
					with++
					if v == 0.0 {
						t.Errorf("%s: %s is zero where it should be left out", res.name, field)
					}
				}
			}
			if strings.Contains(text, `"`+field+`"`) && with == len(records) && len(records) > 3 {
				t.Errorf("%s: all %d records have %s", res.name, with, field)
			}
		}
	}
	text := b.get("auction-booking").Body.String()
	for _, field := range []string{"regulatedTariff", "surcharge"} {
		_, after, found := strings.Cut(text, `"`+field+`":`)
		number := strings.FieldsFunc(after, func(c rune) bool { return c == ',' || c == '}' })[0]
		if !found || !strings.Contains(number, ".") {
			t.Errorf("%s is %q, no decimal", field, number)
		}
	}
	records, _ := b.records("auction-booking")
	for _, one := range records {
		if q := one["quantity"].(float64); q != float64(int64(q)) || q < 1 {
			t.Errorf("quantity %v", q)
		}
	}
}

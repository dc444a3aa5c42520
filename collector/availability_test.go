package collector

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// oneAnswer answers every query with the same error, or with no rows.
type oneAnswer struct{ err error }

func (a *oneAnswer) Query(context.Context, insights.Query, func() insights.Row) (insights.Answer, error) {
	return insights.Answer{}, a.err
}

func stateOf(r *availability, name string) string {
	found := ""
	r.each(func(n string, s state, _ bool) {
		if n == name {
			found = resourceStateNames[s]
		}
	})
	return found
}

func ask(r *availability, variant string) error {
	_, err := r.Query(context.Background(), insights.Query{Resource: insights.Resource{Name: "sc_list"}, Variant: variant}, nil)
	return err
}

func TestALackIsSaidOnce(t *testing.T) {
	var logs bytes.Buffer
	api := &oneAnswer{insights.ErrUnlicensed}
	r := newAvailability(api, log.NewLogfmtLogger(&logs))
	for range 3 {
		for _, variant := range []string{"", "traffic"} {
			if err := ask(r, variant); !errors.Is(err, insights.ErrUnlicensed) {
				t.Errorf("got %v", err)
			}
		}
	}
	if got := stateOf(r, "sc_list/traffic"); got != resourceUnlicensed {
		t.Errorf("its state is %q", got)
	}
	if n := strings.Count(logs.String(), "\n"); n != 1 {
		t.Errorf("%d lines, want one:\n%s", n, logs.String())
	}
	api.err = nil
	if err := ask(r, ""); err != nil || !strings.Contains(logs.String(), "is available now") || stateOf(r, "sc_list") != resourceAvailable {
		t.Errorf("that it is there now is not said:\n%s", logs.String())
	}
}

// TestALossIsAFailure: a resource that was there a moment ago and is now said
// not to exist is a bad minute of the vendor's, and no all-clear.
func TestALossIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &oneAnswer{}
		r := newAvailability(api, log.NewNopLogger())
		if err := ask(r, ""); err != nil {
			t.Fatal(err)
		}
		api.err = insights.ErrMissing
		time.Sleep(lostAfter - time.Second)
		if err := ask(r, ""); !errors.Is(err, insights.ErrUnavailable) || errors.Is(err, insights.ErrMissing) || stateOf(r, "sc_list") != resourceAvailable {
			t.Errorf("within the hour: %v, state %q", err, stateOf(r, "sc_list"))
		}
		time.Sleep(2 * time.Second)
		if err := ask(r, ""); !errors.Is(err, insights.ErrMissing) || stateOf(r, "sc_list") != resourceMissing {
			t.Errorf("after it: %v, state %q", err, stateOf(r, "sc_list"))
		}
	})
}

func TestAFailureSaysNothingOfAResource(t *testing.T) {
	api := &oneAnswer{insights.ErrUnavailable}
	r := newAvailability(api, log.NewNopLogger())
	for _, c := range []struct {
		err  error
		want string
	}{
		{insights.ErrUnavailable, resourceUnknown},
		{nil, resourceAvailable},
		{insights.ErrUnavailable, resourceAvailable},
		{insights.ErrForbidden, resourceForbidden},
		{insights.ErrMalformed, resourceForbidden},
		{nil, resourceAvailable},
	} {
		if api.err = c.err; !errors.Is(ask(r, ""), c.err) || stateOf(r, "sc_list") != c.want {
			t.Errorf("after %v its state is %q, want %q", c.err, stateOf(r, "sc_list"), c.want)
		}
	}
}

// TestAColumnThatLosesItsValuesIsAFailure, for an hour.
func TestAColumnThatLosesItsValuesIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &columnsAPI{filled: map[string]bool{"site_up_tunnels": true, "site_capacity": true}, rows: 3}
		r := newAvailability(api, log.NewNopLogger())
		if err := ask(r, ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		api.rows = 0
		if err := ask(r, ""); err != nil {
			t.Errorf("an answer without rows has no columns to lose: %v", err)
		}
		api.rows, api.filled = 3, map[string]bool{"site_capacity": true}
		for range 50 {
			if err := ask(r, ""); !errors.Is(err, insights.ErrMalformed) || !strings.Contains(err.Error(), "site_up_tunnels") {
				t.Fatalf("without the column: %v", err)
			}
			time.Sleep(time.Minute)
		}
		if err := ask(r, "other"); err != nil {
			t.Errorf("another query of the resource: %v", err)
		}
		time.Sleep(15 * time.Minute)
		if err := ask(r, ""); err != nil {
			t.Errorf("after an hour: %v", err)
		}
	})
}

// TestColumnsThatMayGo: a state that loses its word and has its number, or the
// other way round, and the figures of a histogram that has only empty buckets.
func TestColumnsThatMayGo(t *testing.T) {
	api := &columnsAPI{rows: 3}
	r := newAvailability(api, log.NewNopLogger())
	buckets := &insights.Histogram{Property: "event_time"}
	for _, c := range []struct {
		resource  string
		histogram *insights.Histogram
		columns   string
		lost      string
	}{
		{"a", nil, "site_state_name node_type event_time site_up_tunnels", ""},
		{"a", nil, "site_state node_type_name event_time site_up_tunnels", ""},
		{"a", nil, "site_state_name node_type site_up_tunnels", "event_time"},
		{"a", nil, "event_time node_type site_up_tunnels", "site_state"},
		{"a", nil, "event_time site_state site_up_tunnels", "node_type"},
		{"a", nil, "site_state_name node_type event_time site_up_tunnels site_name", ""},
		{"a", nil, "site_state_name node_type event_time site_up_tunnels", "site_name"},
		{"b", buckets, "histogram_time event_time avg_ingress", ""},
		{"b", buckets, "histogram_time", ""},
		{"b", buckets, "event_time avg_ingress", ""},
		{"b", buckets, "histogram_time event_time", "avg_ingress"},
		{"b", buckets, "event_time", "avg_ingress"},
		{"b", buckets, "", "avg_ingress"},
	} {
		api.filled = map[string]bool{}
		for _, column := range strings.Fields(c.columns) {
			api.filled[column] = true
		}
		_, err := r.Query(t.Context(), insights.Query{Resource: insights.Resource{Name: c.resource}, Histogram: c.histogram}, nil)
		if (c.lost == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), "column "+c.lost+" had values") {
			t.Errorf("%s with %q: %v, want %q to be missed", c.resource, c.columns, err, c.lost)
		}
	}
}

// columnsAPI answers with rows that have values in some columns.
type columnsAPI struct {
	filled map[string]bool
	rows   int
}

func (a *columnsAPI) Query(context.Context, insights.Query, func() insights.Row) (insights.Answer, error) {
	return insights.Answer{Rows: a.rows, Filled: a.filled}, nil
}

// TestStatesThatAreShown: of what was available at all times no other state is
// shown, but of the alerts, whose rules look back at what they were.
func TestStatesThatAreShown(t *testing.T) {
	api := &oneAnswer{}
	r := newAvailability(api, log.NewNopLogger())
	ask := func(resource string) {
		_, _ = r.Query(t.Context(), insights.Query{Resource: insights.Resource{Name: resource}}, nil)
	}
	ask("rn_list")
	ask(insights.AlertsCurrent.Name)
	api.err = &insights.Error{Kind: insights.ErrMissing}
	ask("sc_list")
	api.err = nil
	ask("sc_list") // it is there after all
	got := map[string]bool{}
	r.each(func(resource string, s state, always bool) {
		if resourceStateNames[s] != resourceAvailable {
			t.Errorf("%s is %s", resource, resourceStateNames[s])
		}
		got[resource] = always
	})
	if want := map[string]bool{"rn_list": true, insights.AlertsCurrent.Name: false, "sc_list": false}; !maps.Equal(got, want) {
		t.Errorf("shown as always available are %v, want %v", got, want)
	}
}

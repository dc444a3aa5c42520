package client

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
	"github.com/prisma-exporter/prisma_exporter/internal/hold"
)

// TestARefusedQueryIsAskedMoreAndMoreSeldom: what the API will not answer is asked at 1, 1, 2, 4 … 60
// minutes, whatever the words of its refusal.
func TestARefusedQueryIsAskedMoreAndMoreSeldom(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		kind   error
	}{
		"unknown column":      {400, `{"errorCode":"DATA10002","message":"Invalid Resource property name"}`, insights.ErrNoColumn},
		"unknown resource":    {400, `{"errorCode":"DATA10003"}`, insights.ErrMissing},
		"not licensed":        {400, `{"errorCode":"DATA10004"}`, insights.ErrUnlicensed},
		"warehouse's syntax":  {400, `{"errorCode":"GCP10002","message":"Syntax error: Unexpected keyword AND"}`, insights.ErrRefused},
		"warehouse":           {400, `{"errorCode":"GCP10002"}`, insights.ErrNoColumn},
		"bare 400":            {400, "", insights.ErrRefused},
		"not found":           {404, `{"errorCode":"REST10002"}`, insights.ErrMissing},
		"bare 404":            {404, "404 page not found", insights.ErrMissing},
		"permission":          {403, `{"errorCode":"REST10003"}`, insights.ErrForbidden},
		"bare 403":            {403, "Forbidden", insights.ErrForbidden},
		"method":              {405, "", insights.ErrRefused},
		"code of other types": {400, `{"errorCode":7,"message":["x"]}`, insights.ErrRefused},
	} {
		synctest.Test(t, func(t *testing.T) {
			bad := true
			var times []time.Time
			api := &fakeAPI{query: func(string, string, *http.Request) *http.Response {
				times = append(times, time.Now())
				if bad {
					return authtest.Reply(c.status, c.body)
				}
				return nil
			}}
			f := newFixture(t, api)
			for range 300 {
				kind(t, f.ask("a"), c.kind)
				time.Sleep(time.Minute)
			}
			for i, want := range []int{1, 1, 2, 4, 8, 16, 32, 60, 60, 60} {
				if i+1 < len(times) && times[i+1].Sub(times[i]).Round(time.Minute) != time.Duration(want)*time.Minute {
					t.Errorf("%s: pause %d was %v, want %d minutes", name, i, times[i+1].Sub(times[i]), want)
				}
			}
			if v := f.value(t, "prisma_exporter_breaker_open", "reason", "resource"); v != 1 {
				t.Errorf("%s: breaker_open %v", name, v)
			}
			// A success clears it, and the next refusal starts anew.
			turn := func(to bool) {
				api.mu.Lock()
				defer api.mu.Unlock()
				bad = to
			}
			turn(false)
			time.Sleep(time.Hour)
			if err := f.ask("a"); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if v := f.value(t, "prisma_exporter_breaker_open", "reason", "resource"); v != 0 {
				t.Errorf("%s: breaker_open %v after a success", name, v)
			}
			turn(true)
			_ = f.ask("a")
			time.Sleep(time.Minute)
			before := len(times)
			_ = f.ask("a")
			if len(times) != before+1 {
				t.Errorf("%s: held for longer than at first", name)
			}
		})
	}
}

// TestAlertsAreHeldForLess: what the API will not answer is asked more often
// where alerts are at stake.
func TestAlertsAreHeldForLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var times []time.Time
		f := newFixture(t, &fakeAPI{query: func(string, string, *http.Request) *http.Response {
			times = append(times, time.Now())
			return authtest.Reply(400, `{"errorCode":"DATA10003"}`)
		}})
		for range 30 {
			q := insights.Query{Resource: insights.Resource{Name: "alerts"}, Urgency: insights.Alerts}
			_, err := f.Scope("").Query(t.Context(), q, ignoreRows)
			kind(t, err, insights.ErrMissing)
			time.Sleep(time.Minute)
		}
		for i := range len(times) - 1 {
			if pause, want := times[i+1].Sub(times[i]), time.Minute; pause != want {
				t.Errorf("pause %d was %v, want %v", i, pause, want)
			}
		}
		if len(times) < 29 {
			t.Errorf("it was asked %d times in half an hour", len(times))
		}
	})
}

// TestAHoldIsOfItsQuery: one column that is not licensed does not take the
// others of its resource with it, in whatever order the answers come.
func TestAHoldIsOfItsQuery(t *testing.T) {
	f := newFixture(t, &fakeAPI{query: func(_, _ string, r *http.Request) *http.Response {
		body := make([]byte, 1000)
		n, _ := r.Body.Read(body)
		if string(body[:n]) != `{"properties":[{"property":"ep"}],"count":10000}` {
			return nil
		}
		return authtest.Reply(400, `{"errorCode":"DATA10004"}`)
	}})
	ask := func(column string) error {
		_, err := f.Scope("").Query(t.Context(), insights.Query{Resource: insights.Resource{Name: "status"}, Properties: []insights.Property{{Name: column}}}, ignoreRows)
		return err
	}
	for _, column := range []string{"mu", "ep", "rn", "ep", "sc", "mu"} {
		err := ask(column)
		if column == "ep" {
			kind(t, err, insights.ErrUnlicensed)
		} else if err != nil {
			t.Errorf("%s: %v", column, err)
		}
	}
	if holds := f.process.Holds.Of("acme"); len(holds) != 1 || holds[0].Scope != hold.Query {
		t.Errorf("held: %v", holds)
	}
}

func TestAHoldEndsWithTheCredential(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{query: func(_, bearer string, _ *http.Request) *http.Response {
			return authtest.Reply(403, `{"errorCode":"REST10003"}`)
		}}
		f := newFixture(t, api)
		for range 70 { // the hold is an hour by now
			_ = f.ask("a")
			time.Sleep(time.Minute)
		}
		authtest.WriteKey(t, f.keyFile, "second-key")
		time.Sleep(11 * time.Minute) // the renewal reads it
		api.mu.Lock()
		before := api.queries
		api.query = nil
		api.mu.Unlock()
		if err := f.ask("a"); err != nil || api.queries != before+1 {
			t.Errorf("held against a new credential: %v", err)
		}
	})
}

package simulator

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestStatusFaults(t *testing.T) {
	b := newBench(t, Options{})
	server := b.serve()
	for name, c := range map[string]struct {
		fault  Fault
		status int
		header string
		value  string
		body   string
	}{
		"500":            {APIError(500, "REST10001"), 500, "Content-Type", "application/json", `"errorCode":"REST10001"`},
		"block":          {Status(403), 403, "", "", "Forbidden"},
		"429":            {TooManyCalls(""), 429, "Retry-After", "", "Too Many"},
		"429 seconds":    {TooManyCalls("17"), 429, "Retry-After", "17", "Too Many"},
		"429 absurd":     {TooManyCalls("99999999999999999999"), 429, "Retry-After", "99999999999999999999", "Too Many"},
		"502":            {BadGateway(), 502, "Content-Type", "text/html", "<h1>"},
		"redirect":       {Redirect("/elsewhere"), 307, "Location", "/elsewhere", ""},
		"redirect away":  {Redirect("http://example.com/"), 307, "Location", "http://example.com/", ""},
		"unsigned in":    {Status(401), 401, "", "", "Unauthorized"},
		"not licensed":   {APIError(400, "DATA10004"), 400, "", "", "DATA10004"},
		"good but empty": {Fault{Kind: AnswerStatus, Status: 200}, 200, "Content-Length", "0", ""},
	} {
		b.sim.SetFault("rn_list", c.fault)
		response, body, err := b.ask(server, "rn_list", `{}`)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if response.StatusCode != c.status || c.header != "" && response.Header.Get(c.header) != c.value || !strings.Contains(string(body), c.body) {
			t.Errorf("%s: %d %v %s", name, response.StatusCode, response.Header, body)
		}
		if w := b.post("sc_list", `{}`); w.Code != 200 {
			t.Errorf("%s: another resource has it too: %d", name, w.Code)
		}
	}
	b.sim.ClearFaults()
	b.query("rn_list", `{}`)
}

func TestFaultPatterns(t *testing.T) {
	for pattern, want := range map[string]string{
		"*": "jwt rn_list sc_list", AllQueries: "rn_list sc_list", "rn_*": "rn_list", "jwt": "jwt", "[": "", "nothing": "",
	} {
		b := newBench(t, Options{})
		b.sim.SetFault(pattern, Status(503))
		var hit []string
		if b.exchange("t1", "first-key") == "" {
			hit = append(hit, "jwt")
		}
		for _, name := range []string{"rn_list", "sc_list"} {
			if b.post(name, `{}`).Code == 503 {
				hit = append(hit, name)
			}
		}
		if got := strings.Join(hit, " "); got != want {
			t.Errorf("%s hits %q, want %q", pattern, got, want)
		}
	}
}

func TestFaultLimits(t *testing.T) {
	b := newBench(t, Options{Tenants: []Tenant{{ID: "t1"}, {ID: "t2"}}})
	b.sim.SetFault("rn_list", Fault{Kind: AnswerStatus, Status: 503, Hits: 2})
	for i, want := range []int{503, 503, 200, 200} {
		if got := b.post("rn_list", `{}`).Code; got != want {
			t.Errorf("call %d: %d", i, got)
		}
	}
	b.sim.SetFault("rn_list", Fault{Kind: AnswerStatus, Status: 500, Tenant: "t2"})
	if got := b.post("rn_list", `{}`).Code; got != 200 {
		t.Errorf("another tenant's fault: %d", got)
	}
	b.sim.SetFault("rn_list", Fault{Kind: AnswerStatus, Status: 500, Probability: 0.5})
	statuses := map[int]int{}
	for range 200 {
		statuses[b.post("rn_list", `{}`).Code]++
	}
	if statuses[200] < 50 || statuses[500] < 50 {
		t.Errorf("a probability of a half: %v", statuses)
	}
	if b.sim.CallCount("rn_list") != 205 || b.sim.Calls()[Call{"t1", "rn_list", 503}] != 2 {
		t.Errorf("calls %v", b.sim.Calls())
	}
}

// TestOneFaultIsCleared ends one of three that differ in one thing each, while somebody hangs in it.
func TestOneFaultIsCleared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{})
		b.sim.SetFault("rn_list", Fault{Kind: Hang})
		answered := make(chan int, 1)
		go func() { answered <- b.post("rn_list", `{}`).Code }()
		synctest.Wait()
		b.sim.SetFault("sc_list", Status(503))
		b.sim.SetFault("rn_list", Fault{Kind: AnswerStatus, Status: 500, Tenant: "t2"})
		b.sim.ClearFault("rn_list", Hang, "")
		if status := <-answered; status != 200 {
			t.Errorf("released: %d", status)
		}
		if status := b.post("rn_list", `{}`).Code; status != 200 {
			t.Errorf("cleared: %d", status)
		}
		if status := b.post("sc_list", `{}`).Code; status != 503 {
			t.Errorf("another fault: %d", status)
		}
	})
}

// TestSeedChoosesWhoIsHit has two tenants ask in different orders: what each of them gets does not change.
func TestSeedChoosesWhoIsHit(t *testing.T) {
	hits := func(seed uint64, order ...string) map[string]string {
		f := faults{seed: seed}
		drawn := map[string]string{}
		for range 40 {
			for _, tenant := range order {
				drawn[tenant] += fmt.Sprint(f.draw(route{kind: tokenCall}, tenant) < 0.5, " ")
			}
		}
		return drawn
	}
	first := hits(1, "t1", "t2")
	if again := hits(1, "t2", "t1"); !maps.Equal(first, again) {
		t.Errorf("the order counts: %v, %v", first, again)
	}
	if other := hits(2, "t1", "t2"); first["t1"] == other["t1"] || first["t1"] == first["t2"] {
		t.Error("seeds or tenants do not count")
	}
}

func TestBrokenConnections(t *testing.T) {
	b := newBench(t, Options{})
	server := b.serve()
	b.sim.SetFault("rn_list", Fault{Kind: CloseConnection})
	if _, _, err := b.ask(server, "rn_list", `{}`); err == nil {
		t.Error("closed connection: no error")
	}
	b.sim.SetFault("sc_list", Fault{Kind: ResetMidBody})
	response, body, err := b.ask(server, "sc_list", `{}`)
	if err == nil || response != nil && response.StatusCode != 200 {
		t.Errorf("reset: %v, %d bytes", err, len(body))
	}
	if n := b.sim.Calls()[Call{"t1", "rn_list", 0}]; n == 0 {
		t.Errorf("calls %v", b.sim.Calls())
	}
}

func TestHangEndsWithTheFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{})
		b.sim.SetFault("rn_list", Fault{Kind: Hang, Hits: 1})
		answered := make(chan int, 1)
		go func() { answered <- b.post("rn_list", `{}`).Code }()
		synctest.Wait()
		if len(answered) > 0 {
			t.Fatalf("answered %d while hanging", <-answered)
		}
		b.sim.ClearFaults()
		if status := <-answered; status != 200 {
			t.Errorf("released: %d", status)
		}
	})
}

func TestSlowBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{})
		b.sim.SetFault("tunnel_list", Fault{Kind: SlowBody, Every: time.Minute})
		start := time.Now()
		w := b.post("tunnel_list", `{"count": 1}`)
		if took := time.Since(start); took != time.Duration(w.Body.Len())*time.Minute || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d bytes in %v", w.Body.Len(), took)
		}
	})
}

func TestBodiesThatDoNotEnd(t *testing.T) {
	b := newBench(t, Options{})
	server := b.serve()
	b.sim.SetFault("rn_list", Fault{Kind: EndlessBody})
	b.sim.SetFault("sc_list", Fault{Kind: GzipBomb, Rows: 8})
	for name, want := range map[string]int64{"rn_list": 1 << 22, "sc_list": 8 << 20} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+pathOf(name), strings.NewReader(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+b.token)
		r.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.CopyN(io.Discard, response.Body, want)
		if n != want {
			t.Errorf("%s: %d bytes, %v", name, n, err)
		}
		response.Body.Close()
	}
}

func TestBodyFaults(t *testing.T) {
	b := newBench(t, Options{Still: true})
	b.world.RaiseAlert(Alert{ID: "a", Site: "x"})
	const body = `{"properties": [{"property": "alert_id"}, {"property": "age"}, {"property": "primary_impacted_objects", "function": "to_json_string", "alias": "objects"}], "count": 3}`
	for kind, check := range map[FaultKind]func(answer []byte, contentType string) bool{
		TruncatedJSON:    func(a []byte, _ string) bool { return !json.Valid(a) && a[0] == '{' },
		TrailingGarbage:  func(a []byte, _ string) bool { return !json.Valid(a) && strings.Contains(string(a), "<!--") },
		WrongContentType: func(a []byte, ct string) bool { return json.Valid(a) && ct == "text/html" },
		NullData:         func(a []byte, _ string) bool { return strings.Contains(string(a), `"data":null`) },
		NoHeader:         func(a []byte, _ string) bool { return strings.HasPrefix(string(a), `{"data":[{`) },
		NestedData:       func(a []byte, _ string) bool { return strings.Contains(string(a), `"data":[{"header":{`) },
		WrongTypes:       func(a []byte, _ string) bool { return strings.Contains(string(a), `"alert_id":["a"]`) },
		NotRows:          func(a []byte, _ string) bool { return strings.Contains(string(a), `"data":[null,"row",7,[],{`) },
		BrokenText:       func(a []byte, _ string) bool { return strings.Contains(string(a), `:\"\"t1\"`) },
		RowFlood:         func(a []byte, _ string) bool { return strings.Count(string(a), `"alert_id":"a`) == 500 },
		DuplicateRows:    func(a []byte, _ string) bool { return strings.Count(string(a), `"alert_id":"a"`) == 2 },
	} {
		b.sim.SetFault(alerts, Fault{Kind: kind, Rows: 500})
		w := b.post(alerts, body)
		if w.Code != 200 || !check(w.Body.Bytes(), w.Header().Get("Content-Type")) {
			t.Errorf("%s: %d %.400s", kindNames[kind], w.Code, w.Body)
		}
		b.sim.ClearFaults()
	}
}

package capacity

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// set sets a fault that is known to be one.
func (b *bench) set(resource string, f Fault) {
	b.t.Helper()
	if err := b.sim.SetFault(resource, f); err != nil {
		b.t.Fatal(err)
	}
}

func TestStatusFaults(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]struct {
		fault       Fault
		status      int
		header      string
		value, body string
	}{
		"503":         {Status(503), 503, "", "", "Service Unavailable\n"},
		"401":         {Status(401), 401, "", "", "Unauthorized\n"},
		"429":         {Fault{Kind: AnswerStatus, Status: 429, Header: http.Header{"retry-after": {"17"}}}, 429, "Retry-After", "17", ""},
		"other JSON":  {Fault{Kind: AnswerStatus, Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: "null"}, 200, "Content-Type", "application/json", "null"},
		"moved":       {Fault{Kind: AnswerStatus, Status: 302, Header: http.Header{"Location": {"/login"}}}, 302, "Location", "/login", ""},
		"HTML, maybe": {Fault{Kind: AnswerStatus, Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<html>"}, 200, "Content-Type", "text/html", "<html>"},
	} {
		b.set("fcfs-booking", c.fault)
		w := b.get("fcfs-booking")
		if w.Code != c.status || c.header != "" && w.Header().Get(c.header) != c.value || w.Body.String() != c.body {
			t.Errorf("%s: %d %v %s", name, w.Code, w.Header(), w.Body)
		}
		if w := b.get("auction-booking"); w.Code != 200 {
			t.Errorf("%s: another resource has it too: %d", name, w.Code)
		}
	}
	if n := b.sim.TokenRefusals(); n != 0 {
		t.Errorf("%d refusals, but the token is good", n)
	}
	b.sim.ClearFaults()
	b.records("fcfs-booking")
}

func TestWhichFaultShows(t *testing.T) {
	b := newBench(t)
	if err := b.sim.SetFault("nothing", Status(503)); err == nil {
		t.Error("a fault of nothing")
	}
	b.set("fcfs-booking", Status(500))
	hits := Status(502)
	hits.Hits = 2
	b.set("fcfs-booking", hits)
	b.set(AllResources, Status(503))
	for i, want := range []int{502, 502, 503} {
		if got := b.get("fcfs-booking").Code; got != want {
			t.Errorf("call %d: %d, want %d", i, got, want)
		}
	}
	if got := b.get("auction-calendar").Code; got != 503 {
		t.Errorf("another resource: %d", got)
	}
}

func TestBrokenConnections(t *testing.T) {
	b := newBench(t)
	server := b.serve()
	b.set("auction-booking", Fault{Kind: CloseConnection})
	b.set("fcfs-booking", Fault{Kind: ResetMidBody})
	if _, _, err := b.ask(server, "auction-booking", 1<<20); err == nil {
		t.Error("closed connection: no error")
	}
	response, body, err := b.ask(server, "fcfs-booking", 1<<20)
	if err == nil || response == nil || response.StatusCode != 200 || len(body) == 0 {
		t.Errorf("reset: %v, %d bytes", err, len(body))
	}
	server.Close() // waits until the calls are counted
	calls := b.sim.Calls()
	if calls[Call{"", "auction-booking", 0}] == 0 || calls[Call{"acme", "fcfs-booking", 200}] == 0 {
		t.Errorf("calls %v", calls)
	}
}

func TestEndlessBody(t *testing.T) {
	b := newBench(t)
	server := b.serve()
	b.set("auction-booking", Fault{Kind: EndlessBody})
	if _, body, err := b.ask(server, "auction-booking", 4<<20); err != nil || len(body) != 4<<20 || json.Valid(body) {
		t.Errorf("%d bytes, %v", len(body), err)
	}
}

func TestHangEndsWithTheFault(t *testing.T) {
	for name, end := range map[string]func(b *bench){
		"cleared":  func(b *bench) { b.sim.ClearFaults() },
		"this one": func(b *bench) { b.sim.ClearFault("auction-booking") },
		"replaced": func(b *bench) { b.set("auction-booking", Status(503)) },
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			b.set("auction-booking", Fault{Kind: Hang})
			answered := make(chan int, 1)
			go func() { answered <- b.get("auction-booking").Code }()
			synctest.Wait()
			if len(answered) > 0 {
				t.Fatalf("answered %d while hanging", <-answered)
			}
			end(b)
			if status := <-answered; status != 200 {
				t.Errorf("%s: %d", name, status)
			}
		})
	}
}

func TestBodyFaults(t *testing.T) {
	b := newBench(t)
	for kind, check := range map[FaultKind]func(body, contentType string) bool{
		TruncatedJSON:    func(body, _ string) bool { return !json.Valid([]byte(body)) && strings.HasPrefix(body, "[{") },
		WrongContentType: func(body, ct string) bool { return json.Valid([]byte(body)) && ct == "text/html" },
	} {
		b.set("auction-booking", Fault{Kind: kind})
		w := b.get("auction-booking")
		if w.Code != 200 || !check(w.Body.String(), w.Header().Get("Content-Type")) {
			t.Errorf("%s: %d %.200s", kindNames[kind], w.Code, w.Body)
		}
		if w := b.call("GET", "/api/v2/auction-booking", ""); w.Code != 401 {
			t.Errorf("%s: %d without a token", kindNames[kind], w.Code)
		}
	}
}

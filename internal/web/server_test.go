package web

import (
	"bufio"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
)

// serve starts a server for a site and returns its address. Those of changed
// are told of the states of connections.
func serve(t *testing.T, s *site, changed ...func(net.Conn, http.ConnState)) string {
	t.Helper()
	server := NewServer(New(s.Options), log.New(io.Discard, "", 0))
	if len(changed) > 0 {
		server.ConnState = func(c net.Conn, state http.ConnState) {
			for _, f := range changed {
				f(c, state)
			}
		}
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() { _, _ = server.Close(), <-done })
	return listener.Addr().String()
}

// connect opens a connection and sends text.
func connect(t *testing.T, address, text string) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

// scraped wants a scrape to be answered.
func scraped(t *testing.T, address string) {
	t.Helper()
	resp, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(page), `"a0"`) {
		t.Errorf("%s (%v): %.200s", resp.Status, err, page)
	}
}

// TestBodiesAreNotWaitedFor: a request that announces one and sends none is
// answered, and its connection is closed.
func TestBodiesAreNotWaitedFor(t *testing.T) {
	s := newSite(t, &member{name: "a"})
	address := serve(t, s)
	for _, head := range []string{
		"GET /metrics HTTP/1.1\r\nContent-Length: 100", "GET /probe?target=a HTTP/1.1\r\nTransfer-Encoding: chunked",
		"POST /-/reload HTTP/1.1\r\nContent-Length: 1000000", "GET / HTTP/1.1\r\nContent-Length: 5",
	} {
		for range 2 * s.MaxRequests {
			conn := connect(t, address, head+"\r\nHost: x\r\n\r\n")
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK || !resp.Close {
				t.Errorf("%s: %s, close %t (%v)", head, resp.Status, resp.Close, err)
			}
			resp.Body.Close()
		}
	}
	scraped(t, address)
}

// TestBodiesEndTheirConnection, or net/http would wait for them before it
// answers.
func TestBodiesEndTheirConnection(t *testing.T) {
	for body, want := range map[string]string{"": "", "x": "close"} {
		w := httptest.NewRecorder()
		New(newSite(t).Options).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/-/healthy", strings.NewReader(body)))
		if got := w.Header().Get("Connection"); got != want {
			t.Errorf("with the body %q: Connection %q, want %q", body, got, want)
		}
	}
}

// big is a member whose page is larger than what a network takes unread.
type big struct{ member }

func (*big) Scrape(context.Context, fleet.Request) []exposition.Part { return bigParts }

var bigParts = series(strings.Repeat("x", 1000), 20000)

// TestSlowReadersTakeNoSlot: any number of them may be, and others are
// answered.
func TestSlowReadersTakeNoSlot(t *testing.T) {
	s := newSite(t, &member{name: "a"})
	entries := []fleet.Entry{
		{Name: "a", New: func() (fleet.Watched, error) { return &member{name: "a"}, nil }},
		{Name: "big", New: func() (fleet.Watched, error) { return &big{}, nil }},
	}
	if _, err := s.Fleet.Apply(entries); err != nil {
		t.Fatal(err)
	}
	address := serve(t, s)
	for range 3 * s.MaxRequests {
		conn := connect(t, address, "GET /probe?target=big HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, err := bufio.NewReaderSize(conn, 16).ReadByte(); err != nil { // the answer has begun
			t.Fatal(err)
		}
	}
	resp, err := http.Get("http://" + address + "/probe?target=a")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("beside slow readers: %s", resp.Status)
	}
}

// TestAnswersGoOnWithTheirReader: each piece has a deadline of its own, up to
// an end for all.
func TestAnswersGoOnWithTheirReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &deadlines{}
		p := newPaced(w)
		start := time.Now()
		for range 12 {
			if _, err := p.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
			time.Sleep(writeTimeout - time.Second)
		}
		for i, got := range w.all {
			want := min(time.Duration(i)*(writeTimeout-time.Second)+writeTimeout, sendTimeout)
			if got.Sub(start) != want {
				t.Errorf("write %d has until %s, want %s", i, got.Sub(start), want)
			}
		}
	})
}

// deadlines notes the deadlines of an answer.
type deadlines struct {
	http.ResponseWriter
	all []time.Time
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.all = append(d.all, t)
	return nil
}

func (d *deadlines) Write(p []byte) (int, error) { return len(p), nil }

// TestConnectionsAreBounded: those without a request make place for those who
// ask.
func TestConnectionsAreBounded(t *testing.T) {
	const most, opened = 10, 30
	closed := make(chan struct{}, opened+1)
	address := serve(t, newSite(t, &member{name: "a"}), newConnections(most).changed, func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			closed <- struct{}{}
		}
	})
	for i := range opened {
		if i%2 == 0 { // silent from the start
			connect(t, address, "")
			continue
		}
		resp, err := http.ReadResponse(bufio.NewReader(connect(t, address, "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")), nil)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	scraped(t, address)
	for range opened + 1 - most {
		<-closed
	}
}

// TestOldestConnectionGoesFirst, but for those with a request.
func TestOldestConnectionGoesFirst(t *testing.T) {
	c := newConnections(3)
	var closed []string
	conns := map[string]*fakeConn{}
	for _, step := range strings.Fields("new:a new:b active:a new:c new:d closed:b idle:a new:e closed:c active:d active:a active:e new:f closed:f idle:d idle:a new:g") {
		state, name, _ := strings.Cut(step, ":")
		if conns[name] == nil {
			conns[name] = &fakeConn{name: name, closed: &closed}
		}
		c.changed(conns[name], map[string]http.ConnState{"new": http.StateNew, "active": http.StateActive, "idle": http.StateIdle, "closed": http.StateClosed}[state])
	}
	if want := []string{"b", "c", "f", "d"}; !slices.Equal(closed, want) {
		t.Errorf("closed are %v, want %v", closed, want)
	}
}

// fakeConn notes that it is closed.
type fakeConn struct {
	net.Conn
	name   string
	closed *[]string
}

func (f *fakeConn) Close() error {
	*f.closed = append(*f.closed, f.name)
	return nil
}

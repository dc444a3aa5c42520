package test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/test/pipe"
)

// pipes is the network of the tests in simulated time, and simulated are
// those. Everybody else listens on the machine's own.
var (
	pipes     = pipe.New()
	ports     atomic.Int64
	simulated sync.Map
)

// simulate runs a test in simulated time, which goes on while everybody waits.
func simulate(t *testing.T, test func(t *testing.T)) {
	t.Parallel()
	now := time.Now()
	synctest.Test(t, func(t *testing.T) {
		simulated.Store(t, true)
		defer simulated.Delete(t)
		time.Sleep(time.Until(now)) // files are from then
		test(t)
	})
}

// onlyReads leaves a test out of a short run: it reads what comes of one call after
// the other, and nothing meets in time that the race detector would see.
func onlyReads(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("costs much, and nothing meets in time")
	}
}

// isDrill tells whether the long form of a test is wanted: make drill.
func isDrill() bool { return os.Getenv("DRILL_HOURS") != "" }

func isSimulated(t *testing.T) bool {
	_, ok := simulated.Load(t)
	return ok
}

// unstarted returns a server that is yet to be started.
func unstarted(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	if isSimulated(t) {
		_ = server.Listener.Close() // nobody knows of it
		server.Listener = pipes.Listen(fmt.Sprintf("127.0.0.1:%d", ports.Add(1)))
	}
	t.Cleanup(server.Close)
	return server
}

// serve starts a server.
func serve(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	server := unstarted(t, handler)
	server.Start()
	return server
}

// network is how the exporter reaches servers, nil for the machine's own way.
func network(t *testing.T) http.RoundTripper {
	t.Helper()
	if isSimulated(t) {
		return pipes.Transport(t)
	}
	return nil
}

// scraper asks over connections that are kept. It does not ask for compressed
// pages if plain.
func scraper(t *testing.T, plain bool) http.Client {
	t.Helper()
	transport := &http.Transport{DisableCompression: plain}
	if isSimulated(t) {
		transport.DialContext = pipes.Dial
	}
	t.Cleanup(transport.CloseIdleConnections)
	return http.Client{Transport: transport}
}

// thief is another host, to which a redirect wants to lead the exporter. It
// counts who follows.
type thief struct {
	*httptest.Server
	stolen atomic.Int64
}

// newThief starts a thief, and wants nobody to have followed when the test is
// over.
func newThief(t *testing.T) *thief {
	t.Helper()
	th := &thief{}
	th.Server = serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { th.stolen.Add(1) }))
	t.Cleanup(func() {
		if n := th.stolen.Load(); n != 0 {
			t.Errorf("%d requests followed a redirect to another host", n)
		}
	})
	return th
}

// deadURL is where nobody listens.
func deadURL(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

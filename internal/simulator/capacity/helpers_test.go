package capacity

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// testClock is a clock that a test moves.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// startOfTests is a time between minutes, and between seconds, as most are.
var startOfTests = time.Date(2026, 3, 4, 10, 20, 43, 217e6, time.UTC)

// bench is a simulator with the company "acme", its clock and its token file.
type bench struct {
	t     *testing.T
	sim   *Simulator
	clock *testClock
	file  string
}

func newBench(t *testing.T, others ...Company) *bench {
	t.Helper()
	b := &bench{t: t, clock: &testClock{now: startOfTests}, file: filepath.Join(t.TempDir(), "token")}
	sim, err := New(Options{Companies: append([]Company{{Name: "acme", TokenFile: b.file}}, others...), Now: b.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	b.sim = sim
	return b
}

// call sends a request past the network.
func (b *bench) call(method, path, authorization string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Authorization", authorization)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.sim.ServeHTTP(w, r)
	return w
}

// get asks for a resource with acme's active token.
func (b *bench) get(resource string) *httptest.ResponseRecorder {
	return b.call("GET", "/api/v2/"+resource, "Bearer "+b.sim.Token("acme"))
}

// record is a record as a caller sees it.
type record map[string]any

// records insists on a good answer in either of its forms.
func (b *bench) records(resource string) (records []record, single bool) {
	b.t.Helper()
	w := b.get(resource)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
		b.t.Fatalf("%s: %d %v %s", resource, w.Code, w.Header(), w.Body)
	}
	if single = strings.HasPrefix(w.Body.String(), "{"); single {
		records = make([]record, 1)
		if err := json.Unmarshal(w.Body.Bytes(), &records[0]); err != nil {
			b.t.Fatalf("%s: %v", resource, err)
		}
		return records, single
	}
	if err := json.Unmarshal(w.Body.Bytes(), &records); err != nil || records == nil {
		b.t.Fatalf("%s: %v\n%s", resource, err, w.Body)
	}
	return records, single
}

// serve puts the simulator on a real connection.
func (b *bench) serve() *httptest.Server {
	server := httptest.NewServer(b.sim)
	b.t.Cleanup(server.Close)
	b.t.Cleanup(b.sim.ClearFaults)
	return server
}

// ask asks over a real connection and reads at most limit bytes.
func (b *bench) ask(server *httptest.Server, resource string, limit int64) (*http.Response, []byte, error) {
	r, err := http.NewRequestWithContext(b.t.Context(), "GET", server.URL+"/api/v2/"+resource, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+b.sim.Token("acme"))
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, limit))
	return response, body, err
}

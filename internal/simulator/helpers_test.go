package simulator

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
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

// startOfTests is a time between minutes, as most are.
var startOfTests = time.Date(2026, 3, 4, 10, 20, 43, 0, time.UTC)

// bench is a simulator with one tenant "t1", its clock, and a caller with a token.
type bench struct {
	t     *testing.T
	sim   *Simulator
	clock *testClock
	world *World
	token string
}

func newBench(t *testing.T, o Options) *bench {
	t.Helper()
	b := &bench{t: t, clock: &testClock{now: startOfTests}}
	o.Now = b.clock.Now
	if o.Tenants == nil {
		o.Tenants = []Tenant{{ID: "t1", Key: "first-key", Size: DemoSize}}
	}
	sim, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	b.sim = sim
	if b.world, err = sim.World(o.Tenants[0].ID, ""); err != nil {
		t.Fatal(err)
	}
	b.token = b.exchange(o.Tenants[0].ID, sim.Key(o.Tenants[0].ID))
	return b
}

// call sends a request past the network.
func (b *bench) call(method, path, authorization, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, bytes.NewBufferString(body))
	r.Header.Set("Authorization", authorization)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.sim.ServeHTTP(w, r)
	return w
}

func (b *bench) exchange(tenant, key string) string {
	w := b.call("POST", "/api/sase/v1.0/jwt/tenant/"+tenant, "ApiKey "+key, "")
	if w.Code != http.StatusOK {
		return ""
	}
	var answer struct{ Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		b.t.Errorf("token answer: %v", err)
	}
	return answer.Token
}

// pathOf is the path of a resource of tenant t1.
func pathOf(name string) string {
	if feature := resources[name].feature; feature != "" {
		return "/api/sase/v1.0/resource/tenant/t1/custom/query/" + feature + "/" + name
	}
	return "/api/sase/v1.0/resource/tenant/t1/query/" + name
}

func (b *bench) post(name, body string, headers ...string) *httptest.ResponseRecorder {
	return b.call("POST", pathOf(name), "Bearer "+b.token, body, headers...)
}

// flat is an answer in the flat form, with rows as a caller sees them.
type flat struct {
	Header struct {
		CreatedAt  string
		DataCount  int
		RequestID  string
		QueryInput *queryInput
		Status     struct{ SubCode int }
	}
	Data []map[string]any
}

// query asks and insists on a good answer.
func (b *bench) query(name, body string, headers ...string) flat {
	b.t.Helper()
	w := b.post(name, body, headers...)
	if w.Code != http.StatusOK {
		b.t.Fatalf("%s: %d %s", name, w.Code, w.Body)
	}
	var answer flat
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		b.t.Fatalf("%s: %v", name, err)
	}
	return answer
}

// serve puts the simulator on a real connection.
func (b *bench) serve() *httptest.Server {
	server := httptest.NewServer(b.sim)
	b.t.Cleanup(server.Close)
	b.t.Cleanup(b.sim.ClearFaults)
	return server
}

// ask sends a query over a real connection, without following redirects.
func (b *bench) ask(server *httptest.Server, name, body string) (*http.Response, []byte, error) {
	r, err := http.NewRequestWithContext(b.t.Context(), "POST", server.URL+pathOf(name), bytes.NewBufferString(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+b.token)
	r.Header.Set("Content-Type", "application/json")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	return response, read, err
}

func columnOf[T any](rows []map[string]any, name string) []T {
	var out []T
	for _, row := range rows {
		if v, right := row[name].(T); right {
			out = append(out, v)
		}
	}
	return out
}

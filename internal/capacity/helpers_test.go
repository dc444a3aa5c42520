package capacity

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// writeKey writes a key file in one step and returns its path.
func writeKey(t testing.TB, path, key string) string {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "key")
	}
	next := path + ".next"
	if err := errors.Join(os.WriteFile(next, []byte(key), 0o600), os.Rename(next, path)); err != nil {
		t.Fatal(err)
	}
	return path
}

// jwt is a token with the given claims, as JSON.
func jwt(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"HS512"}`)) + "." + part([]byte(claims)) + ".c2lnbmF0dXJl"
}

// roundTrip is a platform within the process.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	return f(r)
}

// reply is an answer with headers given as name, value, name, value.
func reply(status int, body string, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{
		StatusCode: status, Header: h, ContentLength: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}

func kind(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want one of kind %q", err, want)
	}
}

// companyToken is a token in the platform's form: the n-th of the company,
// made on the n-th day of 2026.
func companyToken(n int) string {
	created := time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC).UnixMilli()
	return jwt(fmt.Sprintf(`{"sub":"shipper","aud":"shipper-api","number":"%d","created":%d,"roles":["ROLE_SHIPPER_API_USER"]}`, n, created))
}

// fakePlatform has one company, whose active token it knows.
type fakePlatform struct {
	mu      sync.Mutex
	active  string
	calls   map[string]int // by resource
	refused int
	// answer takes the place of the platform's own answer, unless it returns
	// nil; before is called without the lock, when a request has come.
	answer func(resource, bearer string, r *http.Request) *http.Response
	before func(resource string)
}

func (p *fakePlatform) RoundTrip(r *http.Request) (*http.Response, error) {
	resource := path.Base(r.URL.Path)
	if p.before != nil {
		p.before(resource)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if p.calls == nil {
		p.calls = map[string]int{}
	}
	p.calls[resource]++
	scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if p.answer != nil {
		if answer := p.answer(resource, bearer, r); answer != nil {
			return answer, nil
		}
	}
	switch {
	case r.Method != http.MethodGet || r.URL.Path != "/api/v2/"+resource || r.Body != nil && r.Body != http.NoBody:
		return reply(404, ""), nil
	case scheme != "Bearer" || bearer != p.active:
		p.refused++
		return reply(401, `{"error":"Unauthorized"}`), nil
	}
	return reply(200, `[{"quantity":1},{"quantity":2}]`), nil
}

// set changes the platform while it may be asked.
func (p *fakePlatform) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// asked is how many calls there have been, and how many were refused.
func (p *fakePlatform) asked() (calls, refused int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range p.calls {
		calls += n
	}
	return calls, p.refused
}

// companyResources are those of a company of the tests.
var companyResources = map[string]string{"booking": "api/v2/booking", "trade": "api/v2/trade", "calendar": "api/v2/calendar"}

// capacityFixture is a client of a company "gas".
type capacityFixture struct {
	*client
	registry  *prometheus.Registry
	tokenFile string
	logs      *logBuffer
}

// logBuffer takes a log and can be read while it does.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// rotations are the ways in which people and tools replace a key.
var rotations = map[string]func(t *testing.T, path, key string){
	"rewrite": func(t *testing.T, path, key string) {
		if err := os.WriteFile(path, []byte(key), 0o600); err != nil {
			t.Fatal(err)
		}
	},
	"rename": func(t *testing.T, path, key string) { writeKey(t, path, key) },
	"kubernetes": func(t *testing.T, path, key string) {
		// path → ..data/key, ..data → a folder, and ..data is swapped.
		dir := filepath.Dir(path)
		folder, err := os.MkdirTemp(dir, "..version")
		if err != nil {
			t.Fatal(err)
		}
		tmp := filepath.Join(dir, "..data_tmp")
		err = errors.Join(os.WriteFile(filepath.Join(folder, "key"), []byte(key), 0o600),
			os.Symlink(folder, tmp), os.Rename(tmp, filepath.Join(dir, "..data")))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(path); err != nil {
			if err := os.Symlink(filepath.Join("..data", "key"), path); err != nil {
				t.Fatal(err)
			}
		}
	},
}

// TokenAccepted is the platform's last word on the token, if there is one.
func (f *capacityFixture) TokenAccepted() (accepted, known bool) {
	state := f.Token()
	return state.Accepted, state.Known
}

// TokenFile is how the file stands, and when the token in use was read.
func (f *capacityFixture) TokenFile() (readable bool, loaded time.Time) {
	state := f.Token()
	return state.Readable, state.Loaded
}

// value is that of a metric about the company, or -1 without one.
func value(t *testing.T, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == name && strings.Contains(m.String(), `"gas"`) {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return -1
}

package capacity

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
)

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
	return authtest.Token(fmt.Sprintf(`{"sub":"shipper","aud":"shipper-api","number":"%d","created":%d,"roles":["ROLE_SHIPPER_API_USER"]}`, n, created))
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
		return authtest.Reply(404, ""), nil
	case scheme != "Bearer" || bearer != p.active:
		p.refused++
		return authtest.Reply(401, `{"error":"Unauthorized"}`), nil
	}
	return authtest.Reply(200, `[{"quantity":1},{"quantity":2}]`), nil
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
	logs      *logtest.Buffer
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

package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
)

const noRows = `{"header":{"requestId":"r1","status":{"subCode":200}},"data":[]}`

// isToken tells the exchange from queries.
func isToken(r *http.Request) bool { return strings.Contains(r.URL.Path, "/jwt/tenant/") }

// fakeAPI hands out numbered tokens and answers queries; a test replaces what
// it is about.
type fakeAPI struct {
	mu        sync.Mutex
	exchanges int
	queries   int
	life      time.Duration
	token     func(key string, n int) *http.Response
	query     func(resource, bearer string, r *http.Request) *http.Response
}

func (f *fakeAPI) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if isToken(r) {
		f.exchanges++
		if f.token != nil {
			if answer := f.token(strings.TrimPrefix(r.Header.Get("Authorization"), "ApiKey "), f.exchanges); answer != nil {
				return answer, nil
			}
		}
		return authtest.Reply(200, fmt.Sprintf(`{"token":%q}`, f.jwt(f.exchanges))), nil
	}
	f.queries++
	if f.query != nil {
		if answer := f.query(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:], strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), r); answer != nil {
			return answer, nil
		}
	}
	return authtest.Reply(200, noRows), nil
}

// jwt is the n-th token.
func (f *fakeAPI) jwt(n int) string {
	life := f.life
	if life == 0 {
		life = 15 * time.Minute
	}
	now := time.Now().Unix()
	return authtest.Token(fmt.Sprintf(`{"iat":%d,"exp":%d,"jti":"%d"}`, now, now+int64(life.Seconds()), n))
}

func (f *fakeAPI) counts() (exchanges, queries int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.exchanges, f.queries
}

func newBudget() *budget.Budget {
	return budget.New(budget.Options{RequestsPerMinute: 600, Concurrency: 8})
}

type fixture struct {
	*Client
	process  *auth.Process
	budget   *budget.Budget
	registry *prometheus.Registry
	keyFile  string
}

// newFixture is a client of tenant "acme" whose API is api.
func newFixture(t testing.TB, api http.RoundTripper) *fixture {
	t.Helper()
	f := &fixture{registry: prometheus.NewRegistry(), keyFile: authtest.WriteKey(t, "", "first-key")}
	f.process, f.budget = auth.NewProcess(f.registry, log.NewNopLogger()), newBudget()
	f.Client = f.addTenant(t, "acme", api)
	return f
}

func (f *fixture) addTenant(t testing.TB, name string, api http.RoundTripper) *Client {
	t.Helper()
	c, err := New(Options{
		Tenant:  config.Tenant{Name: name, ID: "1", BaseURL: "http://127.0.0.1", APIKeyFile: f.keyFile, HTTP: config.HTTPDefaults()},
		Process: f.process, Budget: f.budget, Logger: log.NewNopLogger(), Timeout: 30 * time.Second, Transport: api,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// ask asks a resource within two minutes.
func (c *Client) ask(resource string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	_, err := c.Scope("").Query(ctx, insights.Query{Resource: insights.Resource{Name: resource}, Urgency: insights.Health}, ignoreRows)
	return err
}

func ignoreRows() insights.Row { return nothing{} }

// nothing is a row of which no column is wanted.
type nothing struct{}

func (nothing) Column(string) any { return nil }

// value is what a metric of the fixture shows; missing ones are NaN-free -1.
func (f *fixture) value(t testing.TB, name string, labels ...string) float64 {
	t.Helper()
	families, err := f.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
	metrics:
		for _, m := range family.GetMetric() {
			have := map[string]string{}
			for _, l := range m.GetLabel() {
				have[l.GetName()] = l.GetValue()
			}
			for i := 0; i+1 < len(labels); i += 2 {
				if have[labels[i]] != labels[i+1] {
					continue metrics
				}
			}
			return m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return -1
}

func kind(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want one of kind %q", err, want)
	}
}

// mostInAMinute is the most starts within any 60 seconds.
func mostInAMinute(starts []time.Time) int {
	slices.SortFunc(starts, time.Time.Compare)
	most, from := 0, 0
	for i, t := range starts {
		for t.Sub(starts[from]) >= time.Minute {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

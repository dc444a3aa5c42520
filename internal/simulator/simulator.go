package simulator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Options say what a Simulator serves and how it moves. The zero value of every field but the first two is usable.
type Options struct {
	// Tenants are the tenants that exist, and Providers what is above them; at least one of either.
	Tenants   []Tenant
	Providers []Provider
	// Now is the clock of everything: tokens, alerts, traffic. Nil means time.Now.
	Now func() time.Time
	// Speed is how many times faster than life the scenario runs; 0 means 1. Tokens do not age faster.
	Speed float64
	// Still switches the moving scenario off: everything is up, figures stand, and only what a test raises is there.
	Still bool
	// Seed chooses the calls that a fault with a probability shows in; 0 means a random one.
	Seed uint64
	// TokenLifetime is the life of a token; 0 means the API's 15 minutes.
	TokenLifetime time.Duration
	// TokensOutliveKeys lets tokens that an old key or client secret got work on after a new one was made. What the real
	// API does is not known; by default they die with it, which is the harder case for a client.
	TokensOutliveKeys bool
	// RequireTimeRule refuses a query of 1.0 or 2.0 without a time rule where the vendor's example has one. Version 3.0
	// always does.
	RequireTimeRule bool
	// CallsPerMinute is how many calls a minute one source address may make before it gets a 429; four times as many
	// get it blocked for ten minutes. 0 means no limit.
	CallsPerMinute int
	// AggregateDelay is how far Aggregate Monitoring is behind. How far the real one is, is not known.
	AggregateDelay time.Duration
}

// A Simulator is an http.Handler that answers as the Insights APIs 1.0, 2.0 and 3.0 do, with the calls for tokens and
// for the tenants below a provider, and under /-/ a page to act on it. It needs no goroutine and no closing, and it may
// be used by many goroutines at once.
type Simulator struct {
	directory
	tokens *signer
	strict bool
	faults faults
	calls  callCounter
	limit  rateLimit
	// aggregateDelay is how far the counts of Aggregate Monitoring are behind.
	aggregateDelay time.Duration
	controls       http.Handler
	// lists counts the answers of the tenancy.
	lists atomic.Int64
}

// New makes a simulator. Keys that the options do not give and all client secrets are random. Their files are written
// at once, because neither can be read from the API later.
func New(o Options) (*Simulator, error) {
	if len(o.Tenants)+len(o.Providers) == 0 {
		return nil, errors.New("no tenants")
	}
	if o.Speed < 0 || math.IsNaN(o.Speed) || o.Speed > maxSpeed {
		return nil, fmt.Errorf("speed %v is not between 0 and %d", o.Speed, maxSpeed)
	}
	if o.TokenLifetime < 0 {
		return nil, fmt.Errorf("token lifetime %v is negative", o.TokenLifetime)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	if o.TokenLifetime == 0 {
		o.TokenLifetime = 15 * time.Minute
	}
	s := &Simulator{
		directory: directory{clock: clock{now: o.Now, speed: o.Speed, still: o.Still}, outlive: o.TokensOutliveKeys},
		tokens:    newSigner(o.TokenLifetime),
		strict:    o.RequireTimeRule,
		faults:    faults{seed: o.Seed},
		limit:     rateLimit{perMinute: o.CallsPerMinute}, aggregateDelay: o.AggregateDelay,
	}
	if err := s.fill(o.Tenants, o.Providers); err != nil {
		return nil, err
	}
	s.controls = newControls(s)
	return s, nil
}

// TenantIDs lists the IDs of the tenants in the order in which they came.
func (s *Simulator) TenantIDs() []string { return s.tenantIDs() }

// AddTenant adds a tenant while the simulator runs, below a TSG that is there.
func (s *Simulator) AddTenant(t Tenant) error { return s.add(t) }

// RemoveTenant takes a tenant away: its tokens stop working and it is no longer among anybody's children.
func (s *Simulator) RemoveTenant(tenantID string) error { return s.remove(tenantID) }

// Key is the tenant's active API key, or empty for an unknown tenant. The real API shows a key only once.
func (s *Simulator) Key(tenantID string) string {
	if t := s.tenant(tenantID); t != nil {
		return t.key.active()
	}
	return ""
}

// GenerateKey makes a new key for the tenant, writes it to its KeyFile where it has one, and voids the old key at once.
// If the file cannot be written, the old key stays.
func (s *Simulator) GenerateKey(tenantID string) (string, error) {
	t := s.tenant(tenantID)
	if t == nil {
		return "", fmt.Errorf("no tenant %q", tenantID)
	}
	return t.key.renew()
}

// Secret is the active client secret of a TSG's service account, or empty for an unknown TSG.
func (s *Simulator) Secret(tsg string) string {
	if a := s.account(tsg); a != nil {
		return a.secret.active()
	}
	return ""
}

// GenerateSecret makes a new client secret for a TSG's service account, as GenerateKey does a key.
func (s *Simulator) GenerateSecret(tsg string) (string, error) {
	a := s.account(tsg)
	if a == nil {
		return "", fmt.Errorf("no TSG %q", tsg)
	}
	return a.secret.renew()
}

// World is the world of a tenant, by its ID or its TSG, or of one of its sub-tenants; an empty subTenant means the
// tenant itself. It is built when it is first asked for.
func (s *Simulator) World(tenant, subTenant string) (*World, error) {
	t := s.tenantOf(tenant)
	if t == nil {
		return nil, fmt.Errorf("no tenant %q", tenant)
	}
	w := t.world(subTenant)
	if w == nil {
		return nil, fmt.Errorf("tenant %q has no sub-tenant %q", tenant, subTenant)
	}
	return w, nil
}

// maxRequestBody bounds what a caller can make the simulator hold; the largest documented query is under 2 KiB.
const maxRequestBody = 1 << 20

// ServeHTTP answers one call.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/-/") {
		s.controls.ServeHTTP(w, r)
		return
	}
	to := routeOf(r.URL.EscapedPath())
	if to.needsGroup() && !s.hasGroups() {
		to = route{}
	}
	recorder := &statusRecorder{ResponseWriter: w}
	defer func() { s.calls.add(s.callOf(to, recorder.status)) }()

	// The body is read before anything else: net/http notices a client that has gone only after that, and a fault may
	// wait for it.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBody))
	if err != nil {
		invalidParameter("the body cannot be read", "body").write(recorder)
		return
	}
	to.tenant = s.addressee(r, to, body)
	if r.ProtoMajor != 1 || r.ProtoMinor != 1 {
		http.Error(recorder, "HTTP/1.1 only", http.StatusHTTPVersionNotSupported)
		return
	}
	// Tokens for client secrets and the tenancy are on other hosts, with limits of their own.
	if to.kind != oauthCall && to.kind != childrenCall && !s.limit.allow(recorder, r.RemoteAddr, s.clock.now()) {
		return
	}
	f := s.faults.pick(to, s.nameOf(to.tenant))
	if f != nil && f.answer(recorder, r) {
		return
	}
	s.serve(recorder, r, to, body, f)
}

// serve answers a call that nothing keeps from its answer.
func (s *Simulator) serve(w http.ResponseWriter, r *http.Request, to route, body []byte, f *Fault) {
	switch {
	case to.kind == nowhere:
		http.Error(w, "404 page not found", http.StatusNotFound)
	case r.Method != to.method():
		w.Header().Set("Allow", to.method())
		http.Error(w, "405 method not allowed", http.StatusMethodNotAllowed)
	case to.kind == oauthCall:
		s.serveOAuth(w, r, body, f)
	case to.kind == childrenCall:
		s.serveChildren(w, r, to, f)
	case to.kind == monitorCall:
		s.serveMonitor(w, r, to, body, f)
	case to.kind == neighbourCall:
		s.serveNeighbour(w, r, to, body, f)
	case to.version.region == forbidden && r.Header.Get("X-PANW-Region") != "":
		invalidParameter("the region header does not belong to this version", "X-PANW-Region").write(w)
	case to.kind == tokenCall:
		s.serveToken(w, r, to, f)
	default:
		s.serveQuery(w, r, to, bytes.TrimSpace(body), f)
	}
}

package simulator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"time"
)

// Options say what a Simulator serves and how it moves. The zero value of every field but Tenants is usable.
type Options struct {
	// Tenants are the tenants that exist; at least one.
	Tenants []Tenant
	// Now is the clock of everything: tokens, alerts, traffic. Nil means time.Now.
	Now func() time.Time
	// Speed is how many times faster than life the scenario runs; 0 means 1. Tokens do not age faster.
	Speed float64
	// Still switches the moving scenario off: everything is up, figures stand, and only what a test raises is there.
	Still bool
	// TokenLifetime is the life of a JWT; 0 means the API's 15 minutes.
	TokenLifetime time.Duration
	// TokensOutliveKeys lets JWTs that an old key got work on after a new key was made. What the real API does is not
	// known; by default they die with their key, which is the harder case for a client.
	TokensOutliveKeys bool
	// RequireTimeRule refuses a query without a time rule where the vendor's example has one.
	RequireTimeRule bool
	// CallsPerMinute is how many calls a minute one source address may make before it gets a 429; four times as many
	// get it blocked for ten minutes. 0 means no limit.
	CallsPerMinute int
}

// A Simulator is an http.Handler that answers as the Insights 1.0 API does, and under /-/ a page to act on it. It
// needs no goroutine and no closing, and it may be used by many goroutines at once.
type Simulator struct {
	clock    clock
	tokens   signer
	strict   bool
	tenants  map[string]*tenant
	order    []string
	faults   faults
	calls    callCounter
	limit    rateLimit
	controls http.Handler
}

// New makes a simulator. Keys that the options do not give are random. A tenant's KeyFile is written at once, because a
// key cannot be read from the API later.
func New(o Options) (*Simulator, error) {
	if len(o.Tenants) == 0 {
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
	if o.TokenLifetime == 0 {
		o.TokenLifetime = 15 * time.Minute
	}
	s := &Simulator{
		clock:   clock{now: o.Now, speed: o.Speed, still: o.Still},
		tokens:  newSigner(o.TokenLifetime),
		strict:  o.RequireTimeRule,
		tenants: make(map[string]*tenant, len(o.Tenants)),
		limit:   rateLimit{perMinute: o.CallsPerMinute},
	}
	for _, t := range o.Tenants {
		if s.tenants[t.ID] != nil {
			return nil, fmt.Errorf("tenant %q is there twice", t.ID)
		}
		made, err := newTenant(t, s.clock, o.TokensOutliveKeys)
		if err != nil {
			return nil, fmt.Errorf("tenant %q: %w", t.ID, err)
		}
		s.tenants[t.ID] = made
		s.order = append(s.order, t.ID)
	}
	s.controls = newControls(s)
	return s, nil
}

// TenantIDs lists the tenants in the order of the options.
func (s *Simulator) TenantIDs() []string { return append([]string(nil), s.order...) }

// Key is the tenant's active API key, or empty for an unknown tenant. The real API shows a key only once.
func (s *Simulator) Key(tenantID string) string {
	if t := s.tenants[tenantID]; t != nil {
		return t.activeKey()
	}
	return ""
}

// GenerateKey makes a new key for the tenant, writes it to its KeyFile where it has one, and voids the old key at once.
// If the file cannot be written, the old key stays.
func (s *Simulator) GenerateKey(tenantID string) (string, error) {
	t := s.tenants[tenantID]
	if t == nil {
		return "", fmt.Errorf("no tenant %q", tenantID)
	}
	return t.generateKey()
}

// World is the world of a tenant, or of one of its sub-tenants; an empty subTenant means the tenant itself. It is built
// when it is first asked for.
func (s *Simulator) World(tenantID, subTenant string) (*World, error) {
	t := s.tenants[tenantID]
	if t == nil {
		return nil, fmt.Errorf("no tenant %q", tenantID)
	}
	w := t.world(subTenant)
	if w == nil {
		return nil, fmt.Errorf("tenant %q has no sub-tenant %q", tenantID, subTenant)
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
	recorder := &statusRecorder{ResponseWriter: w}
	defer func() { s.calls.add(s.callOf(to, recorder.status)) }()

	// The body is read before anything else: net/http notices a client that has gone only after that, and a fault may
	// wait for it.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBody))
	if err != nil {
		invalidParameter("the body cannot be read", "body").write(recorder)
		return
	}
	if r.ProtoMajor != 1 || r.ProtoMinor != 1 {
		http.Error(recorder, "HTTP/1.1 only", http.StatusHTTPVersionNotSupported)
		return
	}
	if !s.limit.allow(recorder, r.RemoteAddr, s.clock.now()) {
		return
	}
	f := s.faults.pick(to)
	if f != nil && f.answer(recorder, r) {
		return
	}
	switch {
	case to.kind == nowhere:
		http.Error(recorder, "404 page not found", http.StatusNotFound)
	case r.Method != http.MethodPost:
		recorder.Header().Set("Allow", http.MethodPost)
		http.Error(recorder, "405 method not allowed", http.StatusMethodNotAllowed)
	case r.Header.Get("X-PANW-Region") != "":
		invalidParameter("the region header does not belong to this version", "X-PANW-Region").write(recorder)
	case to.kind == tokenCall:
		s.serveToken(recorder, r, to, f)
	default:
		s.serveQuery(recorder, r, to, bytes.TrimSpace(body), f)
	}
}

package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// outcome is what /metrics shows of a tenant one endpoint of whose API
// misbehaves after all was well.
type outcome struct {
	// success of the collectors that ask the endpoint.
	success bool
	// state of the resource, breaker_open for it, and credential_valid.
	state   string
	breaker bool
	valid   bool
	// up of the tenant, and success of the other collectors.
	up, others bool
	// slows says that the API asked everybody to slow down, so that up and
	// the other collectors depend on how far they had got.
	slows bool
	// less says that series go missing, because their values did, and none
	// that there never were any.
	less, none bool
}

func (o outcome) String() string {
	n := map[bool]int{true: 1}
	up, others := fmt.Sprint(n[o.up]), fmt.Sprint(n[o.others])
	if o.slows {
		up, others = "0|1", "0|1"
	}
	series := map[bool]string{true: "fresh", false: "last good"}[o.success]
	if o.less {
		series += ", fewer"
	}
	if o.none {
		series = "none"
	}
	return fmt.Sprintf("up %s, success %d (others %s), resource %s, breaker %d, credential_valid %d, series %s",
		up, n[o.success], others, o.state, n[o.breaker], n[o.valid], series)
}

// What most faults come to: the collector fails, its last good series stay,
// and nothing else suffers.
var (
	harmless  = outcome{success: true, state: "available", valid: true, up: true, others: true}
	fails     = outcome{state: "available", valid: true, up: true, others: true}
	held      = outcome{state: "available", breaker: true, valid: true, up: true, others: true}
	forbidden = outcome{state: "forbidden", breaker: true, valid: true, up: true, others: true}
	slowed    = outcome{state: "available", valid: true, slows: true}
	// Of the token's endpoint.
	noToken  = outcome{state: "available", valid: true}
	rejected = outcome{state: "available"}
)

// faultCase is one fault, what comes of it at a resource, and what at the
// exchange of the key for a token, nil where it cannot be there.
type faultCase struct {
	name  string
	fault func(b *trustBench) simulator.Fault
	query outcome
	jwt   *outcome
	// at has the endpoints where something else comes of it.
	at map[string]outcome
}

func fixed(f simulator.Fault) func(*trustBench) simulator.Fault {
	return func(*trustBench) simulator.Fault { return f }
}

func of(k simulator.FaultKind) func(*trustBench) simulator.Fault {
	return fixed(simulator.Fault{Kind: k})
}

var faultCases = []faultCase{
	{"400 DATA10002", fixed(simulator.APIError(400, "DATA10002")), held, &rejected, nil},
	{"400 DATA10003", fixed(simulator.APIError(400, "DATA10003")), held, &rejected, nil},
	{"400 DATA10004", fixed(simulator.APIError(400, "DATA10004")), held, &rejected, nil},
	{"400 GCP10002", fixed(simulator.APIError(400, "GCP10002")), held, &rejected, nil},
	{"400 bare", fixed(simulator.Status(400)), held, &rejected, nil},
	{"401", fixed(simulator.Status(401)), fails, &rejected, nil},
	{"403 REST10003", fixed(simulator.APIError(403, "REST10003")), forbidden, &rejected, nil},
	{"403 bare", fixed(simulator.Status(403)), forbidden, &rejected, nil},
	{"404 REST10002", fixed(simulator.APIError(404, "REST10002")), held, &rejected, nil},
	{"404 bare", fixed(simulator.Status(404)), held, &rejected, nil},
	{"429", fixed(simulator.TooManyCalls("")), slowed, &noToken, nil},
	{"429 Retry-After 1", fixed(simulator.TooManyCalls("1")), slowed, &noToken, nil},
	{"429 Retry-After date", fixed(simulator.TooManyCalls(time.Now().Add(time.Hour).UTC().Format(time.RFC1123))), slowed, &noToken, nil},
	{"429 Retry-After absurd", fixed(simulator.TooManyCalls("99999999999999999999")), slowed, &noToken, nil},
	{"429 Retry-After negative", fixed(simulator.TooManyCalls("-1")), slowed, &noToken, nil},
	{"500 REST10001", fixed(simulator.APIError(500, "REST10001")), fails, &noToken, nil},
	{"502 HTML", fixed(simulator.BadGateway()), fails, &noToken, nil},
	{"503", fixed(simulator.Status(503)), fails, &noToken, nil},
	{"redirect, same host", func(b *trustBench) simulator.Fault { return simulator.Redirect(b.api.URL + "/stolen") }, fails, &noToken, nil},
	{"redirect, other host", func(b *trustBench) simulator.Fault { return simulator.Redirect(b.thief.URL + "/stolen") }, fails, &noToken, nil},
	{"connection closed", of(simulator.CloseConnection), fails, &noToken, nil},
	{"reset in mid-body", of(simulator.ResetMidBody), fails, &noToken, nil},
	{"hang before headers", of(simulator.Hang), fails, &noToken, nil},
	{"slow-loris body", of(simulator.SlowBody), fails, &noToken, nil},
	{"endless body", of(simulator.EndlessBody), fails, &noToken, nil},
	{"gzip bomb", of(simulator.GzipBomb), fails, &noToken, nil},
	{"truncated JSON", of(simulator.TruncatedJSON), fails, &noToken, nil},
	{"trailing garbage", of(simulator.TrailingGarbage), fails, &noToken, nil},
	{"200 HTML", fixed(htmlPage), fails, &noToken, nil},
	{"wrong content type", of(simulator.WrongContentType), harmless, &harmless, nil},
	{"null data", of(simulator.NullData), fails, nil, nil},
	{"no header", of(simulator.NoHeader), harmless, nil, nil},
	{"nested data", of(simulator.NestedData), harmless, nil, nil},
	{"rows of wrong types", of(simulator.WrongTypes), fails, nil, nil},
	// One of the four queries of locations has no rows, so that all of its
	// answer is none.
	{"things that are no rows", of(simulator.NotRows), harmless, nil, map[string]outcome{"edge_location_current_status": fails}},
	{"broken JSON in texts", of(simulator.BrokenText), harmless, nil, nil},
	{"every row twice", of(simulator.DuplicateRows), harmless, nil, nil},
	{"token without exp", of(simulator.TokenWithoutExpiry), harmless, &harmless, nil},
	{"token with past exp", of(simulator.TokenExpired), harmless, &noToken, nil},
	{"token that is no JWT", of(simulator.TokenOpaque), harmless, &harmless, nil},
}

var htmlPage = simulator.Fault{Kind: simulator.AnswerStatus, Status: 200, Body: "<!DOCTYPE html><title>Log in</title>"}

// isTried tells whether a fault is tried at a resource if all are not. Each
// fault is at a sixth of them, each resource has a sixth of the faults, and
// where something else comes of a fault than elsewhere, it is there. A short run
// has a few of those.
func isTried(fault, resource int, differs bool) bool {
	if testing.Short() {
		return (fault+resource)%96 == 0
	}
	return differs || (fault+resource)%6 == 0
}

// TestFaults shows what becomes of every fault at every endpoint; with -v, as
// a table.
func TestFaults(t *testing.T) {
	t.Parallel()
	var table faultTable
	t.Cleanup(func() { t.Log("\n" + table.String()) })
	run := func(c faultCase, endpoint string, want outcome) {
		t.Run(c.name+" at "+endpoint, func(t *testing.T) {
			simulate(t, func(t *testing.T) { table.add(c.name, endpoint, testFault(t, c, endpoint, want)) })
		})
	}
	for i, c := range faultCases {
		if c.jwt != nil {
			every := len(tokenCalls) // which are one client of the exporter's
			if testing.Short() {
				every *= 4
			}
			for j, call := range tokenCalls {
				if isDrill() || (i+j)%every == 0 {
					run(c, call, *c.jwt)
				}
			}
		}
		if strings.HasPrefix(c.name, "token ") {
			continue // is nothing that a resource could do
		}
		for j, endpoint := range slices.Sorted(maps.Keys(askedBy)) {
			want, other := c.at[endpoint]
			if !other {
				want = c.query
			}
			if !isDrill() && !isTried(i, j, other) {
				continue
			}
			run(c, endpoint, want)
		}
	}
}

// tokenCalls are the exchanges of a key and of a client secret for a token.
var tokenCalls = []string{"jwt", "oauth2"}

func testFault(t *testing.T, c faultCase, endpoint string, want outcome) outcome {
	args := only(endpoint)
	if endpoint == "oauth2" {
		args = append(args, "--prisma.api=v3")
	}
	b := newTrustBench(t, nil, args...)
	b.good()
	b.sim.SetFault(endpoint, c.fault(b))
	if slices.Contains(tokenCalls, endpoint) {
		// The tokens die with their credential, so a new one is needed.
		if _, err := b.rotate(); err != nil {
			t.Fatal(err)
		}
	}
	var page map[string]*dto.MetricFamily
	scrapes := 1
	if c.name == "401" && !slices.Contains(tokenCalls, endpoint) {
		scrapes = 3 // nothing but the resource suffers, however often it is asked
	}
	for range scrapes {
		page = b.scrape()
	}
	got := b.outcome(page, endpoint)
	if want.slows {
		got.slows, got.up, got.others = true, want.up, want.others
	}
	if slices.Contains(tokenCalls, endpoint) {
		want.others = want.success
	}
	if got != want {
		t.Errorf("got  %s\nwant %s\n%s", got, want, b.logs.String())
	}
	b.noLeak("log", b.logs.String())
	return got
}

// outcome reads what a page shows of an endpoint.
func (b *trustBench) outcome(page map[string]*dto.MetricFamily, endpoint string) outcome {
	got := outcome{success: true, others: true, state: states(page, endpoint)}
	asking := askedBy[endpoint]
	if asking == nil {
		got.state = states(page, "")
	}
	for name, v := range b.successes(page) {
		affected := asking == nil || slices.Contains(asking, name)
		if affected {
			got.success = got.success && v == 1
		} else {
			got.others = got.others && v == 1
		}
		if lost := b.lost(page, name); len(lost) > 0 {
			if !affected || v == 0 {
				b.t.Errorf("series of %s went missing: %v", name, lost)
			}
			got.less = true
		}
	}
	if asking == nil {
		got.others = got.success
	}
	got.up = values(page, "prisma_access_up")[""] == 1
	breaker := values(page, "prisma_exporter_breaker_open", "reason")
	got.breaker = breaker["resource"] == 1
	if breaker["blocked"] != 0 {
		b.t.Error("the address is taken for blocked")
	}
	got.valid = values(page, "prisma_exporter_credential_valid")[""] == 1
	return got
}

package test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// TestFaultsFromTheStart: what a tenant never had is no failure, but for
// alerts, where a good poll would say that all of them are cleared.
func TestFaultsFromTheStart(t *testing.T) {
	t.Parallel()
	var table faultTable
	t.Cleanup(func() { t.Log("\n" + table.String()) })
	for i, c := range []struct {
		name  string
		fault simulator.Fault
		state string
		ok    bool
	}{
		{"400 DATA10003", simulator.APIError(400, "DATA10003"), "missing", true},
		{"404", simulator.APIError(404, "REST10002"), "missing", true},
		{"400 DATA10004", simulator.APIError(400, "DATA10004"), "unlicensed", true},
		{"403 REST10003", simulator.APIError(403, "REST10003"), "forbidden", false},
		{"500", simulator.Status(500), "unknown", false},
	} {
		for j, endpoint := range slices.Sorted(maps.Keys(askedBy)) {
			alerts := endpoint == "prisma_sase_external_alerts_current"
			if !isDrill() && !isTried(i, j, alerts) {
				continue
			}
			t.Run(c.name+" at "+endpoint, func(t *testing.T) {
				simulate(t, func(t *testing.T) {
					c := c
					b := newTrustBench(t, nil, only(endpoint)...)
					b.sim.SetFault(endpoint, c.fault)
					b.before = b.scrape()
					got := b.outcome(b.before, endpoint)
					c.ok = c.ok && !alerts
					want := outcome{success: c.ok, state: c.state, breaker: c.state != "unknown", valid: true, up: true, others: true}
					if got != want {
						t.Errorf("got  %s\nwant %s\n%s", got, want, b.logs.String())
					}
					got.none = !c.ok
					table.add("from the start: "+c.name, endpoint, got)
				})
			})
		}
	}
}

// TestAfterTheFault: a fault that is over leaves nothing behind.
func TestAfterTheFault(t *testing.T) { simulate(t, afterTheFault) }

func afterTheFault(t *testing.T) {
	b := newTrustBench(t, nil, only("tunnel_status")...)
	b.good()
	faults := []simulator.Fault{
		{Kind: simulator.CloseConnection},
		simulator.TooManyCalls("1"),
		{Kind: simulator.ResetMidBody},
		{Kind: simulator.TruncatedJSON},
		{Kind: simulator.NullData},
		simulator.Status(500), simulator.BadGateway(), simulator.TooManyCalls("0"),
	}
	if testing.Short() {
		faults = faults[:2]
	}
	for _, f := range faults {
		b.sim.SetFault(simulator.AllQueries, f)
		if up := values(b.scrape(), "prisma_access_up")[""]; up != 0 {
			t.Errorf("%v: up %v", f, up)
		}
		b.sim.ClearFaults()
		b.good()
	}
}

// TestBlockOnThePage: a 403 for everything is the address.
func TestBlockOnThePage(t *testing.T) { simulate(t, blockOnThePage) }

func blockOnThePage(t *testing.T) {
	b := newTrustBench(t, nil)
	b.good()
	b.sim.SetFault("*", simulator.Status(http.StatusForbidden))
	b.scrape()
	calls := b.sim.Calls()
	page := b.scrape()
	if after := b.sim.Calls(); !maps.Equal(calls, after) {
		t.Errorf("the API is asked while it blocks: %v, then %v", calls, after)
	}
	if breaker := values(page, "prisma_exporter_breaker_open", "reason"); breaker["blocked"] != 1 {
		t.Errorf("breaker %v", breaker)
	}
	if up, valid := values(page, "prisma_access_up")[""], values(page, "prisma_exporter_credential_valid")[""]; up != 0 || valid != 1 {
		t.Errorf("up %v, credential_valid %v", up, valid)
	}
	for name := range b.successes(page) {
		if lost := b.lost(page, name); len(lost) > 0 {
			t.Errorf("series of %s went missing: %v", name, lost)
		}
	}
}

// TestTenThousandRows: as many rows as the API gives at most are flagged.
func TestTenThousandRows(t *testing.T) {
	onlyReads(t)
	simulate(t, tenThousandRows)
}

func tenThousandRows(t *testing.T) {
	b := newTrustBench(t, nil, "--api.timeout=30s")
	b.timeout = 30 * time.Second
	b.good()
	for endpoint, collectors := range askedBy {
		// The short form floods one that has all rows on the page, one that
		// counts them, and one that two collectors share.
		if !isDrill() && !slices.Contains([]string{"prisma_sase_external_alerts_current", "current_connected_user_list", "rn_list"}, endpoint) {
			continue
		}
		b.wire.setEcho(func(w http.ResponseWriter, r *http.Request) bool { return b.flood(w, r, endpoint) })
		page := b.scrape()
		truncated := values(page, "prisma_access_scrape_collector_truncated", "collector")
		for name, v := range b.successes(page) {
			if want := map[bool]float64{true: 1}[slices.Contains(collectors, name)]; v != 1 || truncated[name] != want {
				t.Errorf("%s: %s has success %v, truncated %v, want %v\n%s", endpoint, name, v, truncated[name], want, b.logs.String())
			}
		}
	}
}

// flood answers with the simulator's rows, again and again.
func (b *trustBench) flood(w http.ResponseWriter, r *http.Request, endpoint string) bool {
	if !strings.HasSuffix(r.URL.Path, "/"+endpoint) {
		return false
	}
	recorded := httptest.NewRecorder()
	b.sim.ServeHTTP(recorded, r)
	var answer struct{ Data []json.RawMessage }
	if json.Unmarshal(recorded.Body.Bytes(), &answer) != nil || len(answer.Data) == 0 {
		answer.Data = []json.RawMessage{[]byte(`{"edge_location_display_name":"no_data"}`)}
	}
	var body bytes.Buffer
	body.WriteString(`{"header":{},"data":[`)
	for i := range 10000 {
		if i > 0 {
			body.WriteByte(',')
		}
		body.Write(answer.Data[i%len(answer.Data)])
	}
	body.WriteString("]}")
	_, _ = body.WriteTo(w)
	return true
}

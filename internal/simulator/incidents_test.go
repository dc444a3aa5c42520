package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// search asks for incidents with the token of an OAuth2 call.
func (b *bench) search(token, body string) (int, incidentAnswer) {
	b.t.Helper()
	w := b.call("POST", "/incidents/v1/search", "Bearer "+token, body, "X-PANW-Region", "americas")
	var answer incidentAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil && w.Code == http.StatusOK {
		b.t.Errorf("%s: %v", w.Body, err)
	}
	return w.Code, answer
}

// TestIncidentSearch: filters, pages, and what the API fails on for good.
func TestIncidentSearch(t *testing.T) {
	b := newBench(t, Options{Still: true, Tenants: []Tenant{{ID: "t1", TSG: DemoTSG, Size: DemoSize}}})
	w := b.call("POST", "/oauth2/access_token", "", "grant_type=client_credentials&scope=tsg_id:"+DemoTSG, "Content-Type", "application/x-www-form-urlencoded",
		"Authorization", basic(clientIDOf(DemoTSG), b.sim.Secret(DemoTSG)))
	var token grant
	if err := json.Unmarshal(w.Body.Bytes(), &token); err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		b.world.RaiseIncident(Incident{ID: fmt.Sprint("i", i)})
		b.clock.advance(time.Second)
	}
	if err := b.world.ClearIncident("i7"); err != nil {
		t.Fatal(err)
	}
	const raised = `{"filter":{"rules":[{"property":"status","operator":"in","values":["Raised"]}]},"pagination":{"page_size":50,"page_number":%d}}`
	seen := map[string]bool{}
	for page, want := range map[int]int{1: 50, 2: 9, 3: 0} {
		status, answer := b.search(token.AccessToken, fmt.Sprintf(raised, page))
		if p := answer.Header.Pagination; status != http.StatusOK || len(answer.Data) != want || p.Total != 59 || p.Pages != 2 {
			t.Errorf("page %d: %d, %d rows, %+v", page, status, len(answer.Data), p)
		}
		for _, row := range answer.Data {
			seen[row.ID] = true
		}
	}
	if len(seen) != 59 || seen["i7"] {
		t.Errorf("%d incidents on all pages", len(seen))
	}
	if status, answer := b.search(token.AccessToken, `{}`); status != http.StatusOK || len(answer.Data) != incidentPage {
		t.Errorf("without a word: %d, %d rows", status, len(answer.Data))
	}
	for _, body := range []string{`{"days":7}`, `{"filter":{"operator":"AND","rules":[]}}`, `{"filter":{"rules":[{"property":"status","operator":"in","values":[1]}]}}`, `{`} {
		if status, _ := b.search(token.AccessToken, body); status != http.StatusInternalServerError {
			t.Errorf("%s: %d", body, status)
		}
	}
	if status, _ := b.search("no token", `{}`); status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", status)
	}
}

package simulator

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestControlsOfGroups(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	b := groupBench(t, func(o *Options) { o.Tenants[0].SecretFile = file })
	old := b.sim.Secret(tsg1)
	page := b.call("GET", "/-/?tenant=t1", "", "").Body.String()
	for _, want := range []string{
		"<option>oauth2</option>", "<option>list_children</option>", "<option>jwt</option>", "<option>queries</option>",
		"<option>alerts_list</option>", "<option>rn_bandwidth_allocated</option>", "/-/accounts/" + tsg1 + "/generate-secret",
		"/-/accounts/" + provider + "/generate-secret", "TSG " + provider + " (Provider)",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if strings.Contains(page, old) || strings.Contains(page, "/-/accounts/"+tsg2) {
		t.Error("the page shows a secret, or another tenant's account")
	}
	if page := b.call("GET", "/-/?tenant="+tsg2, "", ""); page.Code != 200 || !strings.Contains(page.Body.String(), "Tenant t2") {
		t.Errorf("by its TSG: %d", page.Code)
	}
	if page := b.call("GET", "/-/?tenant=old", "", "").Body.String(); strings.Contains(page, "/-/accounts/"+tsg1) {
		t.Error("a tenant without a TSG has a client secret")
	}

	w := b.form("/-/accounts/"+tsg1+"/generate-secret", nil)
	written, err := os.ReadFile(file)
	if secret := b.sim.Secret(tsg1); w.Code != 200 || err != nil || secret == old || strings.TrimSpace(string(written)) != secret || !strings.Contains(w.Body.String(), secret) {
		t.Errorf("new secret: %d %s (%v)", w.Code, w.Body, err)
	}
	var answer map[string]string
	w = b.form("/-/accounts/"+provider+"/generate-secret", nil, "Accept", "application/json")
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer["secret"] != b.sim.Secret(provider) || answer["client_id"] != clientIDOf(provider) {
		t.Errorf("new secret as JSON: %s", w.Body)
	}
	if w := b.form("/-/accounts/t1/generate-secret", nil); w.Code != 404 {
		t.Errorf("by an ID: %d", w.Code)
	}
	for _, endpoint := range []string{"oauth2", "list_children", "noc_location_list_rn_sc"} {
		if w := b.form("/-/faults", url.Values{"endpoint": {endpoint}, "fault": {"502"}}); w.Code != 303 {
			t.Errorf("fault of %s: %d", endpoint, w.Code)
		}
	}
	if w := b.grant(tsg1, "tsg_id:"+tsg1); w.Code != 502 {
		t.Errorf("token with a fault: %d", w.Code)
	}
}

package simulator

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func (b *bench) form(path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	return b.call("POST", path, "", form.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...)
}

func TestControlPage(t *testing.T) {
	b := newBench(t, Options{Tenants: []Tenant{{ID: "<t1>", Size: DemoSize, SubTenants: map[string]Size{"s1": {}}}}, Still: true})
	b.world.RaiseAlert(Alert{Message: `<script>alert("x")</script>`})
	w := b.call("GET", "/-/", "", "")
	page := w.Body.String()
	if w.Code != 200 || strings.Contains(page, "<script>") || !strings.Contains(page, "&lt;script&gt;") || strings.Contains(page, "<t1>") {
		t.Errorf("page %d\n%s", w.Code, page)
	}
	if strings.Contains(page, b.sim.Key("<t1>")) {
		t.Error("the page shows the key")
	}
	for path, want := range map[string]int{
		"/-/?tenant=%3Ct1%3E&sub_tenant=s1": 200, "/-/?tenant=nope": 404, "/-/?sub_tenant=nope": 404, "/-/nope": 404,
	} {
		if w := b.call("GET", path, "", ""); w.Code != want {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestControlActs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	b := newBench(t, Options{Tenants: []Tenant{{ID: "t1", Size: DemoSize, KeyFile: file}}, Still: true})
	site, tunnel := b.world.Sites()[3], b.world.Tunnels()[0]
	for _, c := range []struct {
		path   string
		form   url.Values
		status int
	}{
		{"/-/tenants/t1/alerts", url.Values{"id": {"a"}, "severity": {"Critical"}, "site": {site}}, 303},
		{"/-/tenants/t1/alerts", url.Values{"id": {"b"}}, 303},
		{"/-/tenants/t1/alerts/clear", url.Values{"id": {"b"}}, 303},
		{"/-/tenants/t1/alerts/clear", url.Values{"id": {"b"}}, 400},
		{"/-/tenants/t1/sites", url.Values{"name": {site}, "state": {"Down"}}, 303},
		{"/-/tenants/t1/sites", url.Values{"name": {"nope"}, "state": {"Down"}}, 400},
		{"/-/tenants/t1/tunnels", url.Values{"name": {tunnel}, "state": {"Down"}}, 303},
		{"/-/tenants/t1/locations", url.Values{"name": {"US East"}, "service": {"mu"}, "state": {"Warning"}}, 303},
		{"/-/tenants/nope/alerts", url.Values{}, 404},
		{"/-/tenants/nope/generate-key", url.Values{}, 404},
		{"/-/tenants/t1/alerts", url.Values{"sub_tenant": {"nope"}}, 404},
		{"/-/faults", url.Values{"endpoint": {"rn_list"}, "fault": {"502"}, "hits": {"1"}}, 303},
		{"/-/faults", url.Values{"endpoint": {"nope"}, "fault": {"502"}}, 400},
		{"/-/faults", url.Values{"endpoint": {"*"}, "fault": {"nope"}}, 400},
		{"/-/faults", url.Values{"endpoint": {"*"}, "fault": {"502"}, "hits": {"-1"}}, 400},
	} {
		if w := b.form(c.path, c.form); w.Code != c.status {
			t.Errorf("%s %v: %d %s", c.path, c.form, w.Code, w.Body)
		}
	}
	open := b.world.OpenAlerts()
	if len(open) != 1 || open[0].ID != "a" || open[0].Severity != "Critical" || open[0].Site != site {
		t.Errorf("open alerts %+v", open)
	}
	if state := b.world.sites[3].statusAt(b.clock.Now()).state; state != Down {
		t.Errorf("site is %s", state)
	}
	if page := b.call("GET", "/-/", "", "").Body.String(); !strings.Contains(page, "rn_list: status 502, 0 of 1 hits") {
		t.Error("the page does not tell of the fault")
	}
	b.form("/-/faults/clear", nil)
	if w := b.post("rn_list", `{}`); w.Code != 200 {
		t.Errorf("fault cleared: %d", w.Code)
	}

	w := b.form("/-/tenants/t1/generate-key", nil)
	key, err := os.ReadFile(file)
	if w.Code != 200 || err != nil || !strings.Contains(w.Body.String(), strings.TrimSpace(string(key))) {
		t.Errorf("new key: %d %s (%v)", w.Code, w.Body, err)
	}
	var answer map[string]string
	w = b.form("/-/tenants/t1/generate-key", nil, "Accept", "application/json")
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer["key"] != b.sim.Key("t1") {
		t.Errorf("new key as JSON: %s", w.Body)
	}
}

func TestControlsRefuseOtherSites(t *testing.T) {
	b := newBench(t, Options{})
	key := b.sim.Key("t1")
	if w := b.form("/-/tenants/t1/generate-key", nil, "Sec-Fetch-Site", "cross-site"); w.Code != 403 || b.sim.Key("t1") != key {
		t.Errorf("%d", w.Code)
	}
}

func TestStats(t *testing.T) {
	b := newBench(t, Options{})
	b.query("rn_list", `{}`)
	b.query("rn_list", `{}`)
	b.call("POST", "/api/sase/v1.0/jwt/tenant/made-up", "", "")
	var stats struct {
		Calls []struct {
			Tenant, Endpoint string
			Status, Count    int
		}
	}
	w := b.call("GET", "/-/stats", "", "")
	if err := json.Unmarshal(w.Body.Bytes(), &stats); err != nil {
		t.Fatal(err)
	}
	got := map[Call]int{}
	for _, c := range stats.Calls {
		got[Call{c.Tenant, c.Endpoint, c.Status}] = c.Count
	}
	if got[Call{"t1", "rn_list", 200}] != 2 || got[Call{"t1", "jwt", 200}] != 1 || got[Call{"", "jwt", 401}] != 1 || len(got) != 3 {
		t.Errorf("stats %v", got)
	}
}

package simulator

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRoutes(t *testing.T) {
	b := newBench(t, Options{})
	const head = "/api/sase/v1.0/resource/tenant/t1/"
	for _, c := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"POST", head + "custom/query/gp_mobileusers/connected_user_count", 200, ""},
		{"POST", head + "custom/query/mobileusers/connected_user_count", 400, "DATA10003"},
		{"POST", head + "query/connected_user_count", 400, "DATA10003"},
		{"POST", head + "custom/query/alerts/prisma_sase_external_alerts_current", 400, "DATA10003"},
		{"POST", head + "query/nothing_like_it", 400, "DATA10003"},
		{"GET", head + "custom/query/gp_mobileusers/connected_user_count", 405, ""},
		{"POST", head + "custom/query/gp_mobileusers/connected_user_count/", 404, ""},
		{"POST", head + "query/", 404, ""},
		{"POST", "/api/sase/v2.0/resource/query/tunnel_status", 404, ""},
		{"POST", "/insights/v3.0/resource/query/sites/rn_list", 404, ""},
		{"GET", "/api/sase/v1.0/jwt/tenant/t1", 405, ""},
		{"POST", "/api/sase/v1.0/jwt/tenant/", 404, ""},
		{"POST", "/", 404, ""},
	} {
		w := b.call(c.method, c.path, "Bearer "+b.token, countUsers)
		if w.Code != c.status || codeOf(w) != c.code {
			t.Errorf("%s %s: %d %q, want %d %q", c.method, c.path, w.Code, codeOf(w), c.status, c.code)
		}
	}
}

// codeOf is the API's code in an error answer, or empty.
func codeOf(w *httptest.ResponseRecorder) string {
	var no struct {
		ErrorCode, Message, Details *string
		Values                      []string
	}
	if json.Unmarshal(w.Body.Bytes(), &no) != nil || no.ErrorCode == nil || no.Message == nil || no.Details == nil || no.Values == nil {
		return ""
	}
	return *no.ErrorCode
}

func TestHTTP11Only(t *testing.T) {
	b := newBench(t, Options{})
	r := httptest.NewRequest("POST", pathOf("connected_user_count"), strings.NewReader(countUsers))
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0
	w := httptest.NewRecorder()
	b.sim.ServeHTTP(w, r)
	if w.Code != 505 {
		t.Errorf("HTTP/2: %d", w.Code)
	}
}

func TestRefusedResources(t *testing.T) {
	b := newBench(t, Options{Tenants: []Tenant{{ID: "t1", Refuse: map[string]Refusal{
		"rn_list": NotThere, "sc_list": NotFound, "tunnel_list": NotLicensed,
	}}}})
	for name, want := range map[string]struct {
		status int
		code   string
	}{"rn_list": {400, "DATA10003"}, "sc_list": {404, "REST10002"}, "tunnel_list": {400, "DATA10004"}} {
		if w := b.post(name, "{}"); w.Code != want.status || codeOf(w) != want.code {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestHeaders(t *testing.T) {
	b := newBench(t, Options{Tenants: []Tenant{{ID: "t1", SubTenants: map[string]Size{"s1": {Users: 7}}}}, Still: true})
	for _, c := range []struct {
		name    string
		headers []string
		status  int
		code    string
		users   float64
	}{
		{"none", nil, 200, "", 0},
		{"colon form", []string{"Prisma-Tenant", "t1:s1"}, 200, "", 7},
		{"own header", []string{"Prisma-SubTenant", "s1"}, 200, "", 7},
		{"both", []string{"Prisma-Tenant", "t1:s1", "Prisma-SubTenant", "s1"}, 200, "", 7},
		{"both, apart", []string{"Prisma-Tenant", "t1", "Prisma-SubTenant", "s1"}, 200, "", 7},
		{"both, differing", []string{"Prisma-Tenant", "t1:s1", "Prisma-SubTenant", "s2"}, 400, "DATA10003", 0},
		{"unknown", []string{"Prisma-Tenant", "t1:s2"}, 403, "REST10003", 0},
		{"unknown", []string{"Prisma-SubTenant", "s2"}, 403, "REST10003", 0},
		{"other tenant", []string{"Prisma-Tenant", "t2:s1"}, 403, "REST10003", 0},
		{"region", []string{"X-PANW-Region", "europe"}, 400, "DATA10003", 0},
		{"content type", []string{"Content-Type", "text/plain"}, 415, "DATA10003", 0},
		{"charset", []string{"Content-Type", "application/json; charset=utf-8"}, 200, "", 0},
	} {
		w := b.post("connected_user_count", countUsers, c.headers...)
		if w.Code != c.status || codeOf(w) != c.code {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
			continue
		}
		if c.status == 200 {
			if got := b.query("connected_user_count", countUsers, c.headers...).Data[0]["user_count"]; got != c.users {
				t.Errorf("%s: %v users, want %v", c.name, got, c.users)
			}
		}
	}
}

func TestRateLimit(t *testing.T) {
	b := newBench(t, Options{CallsPerMinute: 2})
	// The token took the first call.
	for i, want := range []int{200, 429, 429, 429, 429, 429, 429, 403} {
		if w := b.post("connected_user_count", countUsers); w.Code != want {
			t.Errorf("call %d: %d, want %d", i, w.Code, want)
		}
	}
	b.clock.advance(9 * 60e9)
	if w := b.post("connected_user_count", countUsers); w.Code != 403 {
		t.Errorf("blocked: %d", w.Code)
	}
	b.clock.advance(60e9)
	if b.token = b.exchange("t1", "first-key"); b.token == "" {
		t.Error("still blocked")
	}
}

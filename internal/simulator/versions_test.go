package simulator

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRoutesOfVersions(t *testing.T) {
	b := groupBench(t)
	for _, c := range []struct {
		path   string
		status int
		code   string
	}{
		{version2.head + users2, 200, ""},
		{version2.head + "query/tunnel_status", 400, "DATA10003"},
		{version2.head + "custom/query/users/agent/current_connected_user_count", 404, ""},
		{version2.head + "tenant/" + tsg1 + "/" + users2, 404, ""},
		{version2.head + "query/sites/rn_list", 404, ""},
		{version3.head + "query/" + users3, 200, ""},
		{version3.head + "query/sites/rn_list", 200, ""},
		{version3.head + "query/alerts/alerts_list", 200, ""},
		{version3.head + "query/prisma_sase_external_alerts_current", 200, ""},
		{version3.head + "query/rn_list", 400, "DATA10003"},
		{version3.head + "query/remotenetworks/rn_list", 400, "DATA10003"},
		{version3.head + "query/mobile_users/list", 400, "DATA10003"},
		{version3.head + "query/locations/rn_bandwidth_allocated", 400, "DATA10003"},
		{version3.head + "query/edge_location_current_status", 400, "DATA10003"},
		{version3.head + "custom/query/tunnels/tunnel_list", 404, ""},
		{version3.head + "query/", 404, ""},
		{version3.head + "query/a/b/c/d", 404, ""},
		{version3.head + "sites/rn_list", 404, ""},
		{"/insights/v3.0/resource_query/tunnels/tunnel_list", 404, ""},
		{"/auth/v1/oauth2/access_token", 404, ""},
	} {
		headers := []string{"Prisma-Tenant", tsg1}
		if strings.HasPrefix(c.path, version3.head) {
			headers = append(headers, "X-PANW-Region", "americas")
		}
		w := b.call("POST", c.path, "Bearer "+b.oauthToken(tsg1, tsg1), anHourOf(c.path), headers...)
		var no struct{ ErrorCode string }
		if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
			if err := json.Unmarshal(w.Body.Bytes(), &no); err != nil {
				t.Errorf("%s: %v", c.path, err)
			}
		}
		if w.Code != c.status || no.ErrorCode != c.code {
			t.Errorf("%s: %d %s, want %d %q", c.path, w.Code, w.Body, c.status, c.code)
		}
	}
}

// anHourOf is a body that the resource of a path takes.
func anHourOf(path string) string {
	if strings.Contains(path, users2) || strings.Contains(path, "external_alerts") {
		return `{}`
	}
	return anHour
}

func TestVersionsAreThereWithATSGOnly(t *testing.T) {
	for _, tenants := range [][]Tenant{{{ID: "t1"}}, {{ID: "t1", TSG: tsg1}}} {
		b := newBench(t, Options{Tenants: tenants})
		want := 401
		if tenants[0].TSG == "" {
			want = 404
		}
		for _, path := range []string{version2.head + users2, version3.head + "query/" + users3, tenancyHead + tsg1 + "/operations/list_children"} {
			if w := b.call("POST", path, "", `{}`); w.Code != want {
				t.Errorf("%s with the TSG %q: %d, want %d", path, tenants[0].TSG, w.Code, want)
			}
		}
	}
}

// TestIDsOfOtherVersions tries what belongs to one version on another.
func TestIDsOfOtherVersions(t *testing.T) {
	b := groupBench(t)
	one, group := "Bearer "+b.token, "Bearer "+b.oauthToken(tsg1, tsg1)
	above, other := "Bearer "+b.oauthToken(provider, provider), "Bearer "+b.oauthToken(tsg2, tsg2)
	below := "Bearer " + b.oauthToken(provider, tsg1)
	path1, byTSG := pathOf("connected_user_count"), strings.Replace(pathOf("connected_user_count"), "t1", tsg1, 1)
	path2, path3 := version2.head+users2, version3.head+"query/"+users3
	for name, c := range map[string]struct {
		path, authorization string
		headers             []string
		want                int
	}{
		"1.0":                             {path1, one, nil, 200},
		"1.0 by TSG":                      {byTSG, one, nil, 403},
		"1.0, OAuth2 token":               {path1, group, nil, 401},
		"1.0, OAuth2 token, by TSG":       {byTSG, group, nil, 401},
		"1.0, TSG in the header":          {path1, one, []string{"Prisma-Tenant", tsg1}, 403},
		"2.0":                             {path2, group, []string{"Prisma-Tenant", tsg1}, 200},
		"2.0, JWT of a key":               {path2, one, []string{"Prisma-Tenant", tsg1}, 401},
		"2.0, no tenant":                  {path2, group, nil, 400},
		"2.0, ID":                         {path2, group, []string{"Prisma-Tenant", "t1"}, 403},
		"2.0, another's":                  {path2, other, []string{"Prisma-Tenant", tsg1}, 403},
		"2.0, provider's token":           {path2, above, []string{"Prisma-Tenant", tsg1}, 403},
		"2.0, provider itself":            {path2, above, []string{"Prisma-Tenant", provider}, 403},
		"2.0, token that a provider got":  {path2, below, []string{"Prisma-Tenant", tsg1}, 200},
		"2.0, that token for another":     {path2, below, []string{"Prisma-Tenant", tsg2}, 403},
		"2.0, region":                     {path2, group, []string{"Prisma-Tenant", tsg1, "X-PANW-Region", "americas"}, 400},
		"2.0, no token":                   {path2, "", []string{"Prisma-Tenant", tsg1}, 401},
		"3.0":                             {path3, group, []string{"X-PANW-Region", "americas"}, 200},
		"3.0 with the tenant":             {path3, group, []string{"X-PANW-Region", "americas", "Prisma-Tenant", tsg1}, 200},
		"3.0, JWT of a key":               {path3, one, []string{"X-PANW-Region", "americas"}, 401},
		"3.0, ID":                         {path3, group, []string{"X-PANW-Region", "americas", "Prisma-Tenant", "t1"}, 403},
		"3.0, another's":                  {path3, group, []string{"X-PANW-Region", "americas", "Prisma-Tenant", tsg2}, 403},
		"3.0, provider's token":           {path3, above, []string{"X-PANW-Region", "americas"}, 403},
		"3.0, provider's token for below": {path3, above, []string{"X-PANW-Region", "americas", "Prisma-Tenant", tsg1}, 403},
		"3.0, token that a provider got":  {path3, below, []string{"X-PANW-Region", "americas"}, 200},
		"3.0, no region":                  {path3, group, nil, 400},
		"3.0, region without X":           {path3, group, []string{"PANW-Region", "americas"}, 400},
		"3.0, region of the host names":   {path3, group, []string{"X-PANW-Region", "us"}, 200},
		"3.0, another region":             {path3, group, []string{"X-PANW-Region", "europe"}, 200},
		"3.0, its region":                 {path3, other, []string{"X-PANW-Region", "europe"}, 200},
		"3.0, another's region":           {path3, other, []string{"X-PANW-Region", "americas"}, 200},
	} {
		body := anHour
		if c.path != path3 {
			body = countUsers
		}
		if w := b.call("POST", c.path, c.authorization, body, c.headers...); w.Code != c.want {
			t.Errorf("%s: %d %s, want %d", name, w.Code, w.Body, c.want)
		}
	}
}

func TestSubTenantsOfVersions(t *testing.T) {
	b := groupBench(t, func(o *Options) { o.Still = true })
	for _, c := range []struct {
		headers []string
		status  int
		users   float64
	}{
		{nil, 200, 210},
		{[]string{"Prisma-Tenant", tsg1 + ":s1"}, 200, 7},
		{[]string{"Prisma-Tenant", tsg1, "Prisma-SubTenant", "s1"}, 200, 7},
		{[]string{"Prisma-Tenant", tsg1 + ":s2"}, 403, 0},
		{[]string{"Prisma-Tenant", tsg1 + ":s1", "Prisma-SubTenant", "s2"}, 400, 0},
		{[]string{"Prisma-Tenant", "t1:s1"}, 403, 0},
	} {
		for name, w := range map[string]*httptest.ResponseRecorder{
			"2.0": b.ask2(users2, countUsers, c.headers...), "3.0": b.ask3(users3, anHour, c.headers...),
		} {
			if w.Code != c.status {
				t.Errorf("%s %v: %d %s", name, c.headers, w.Code, w.Body)
				continue
			}
			if c.status == 200 {
				if got := b.rowsOf(w)[0]["user_count"]; got != c.users {
					t.Errorf("%s %v: %v users, want %v", name, c.headers, got, c.users)
				}
			}
		}
	}
}

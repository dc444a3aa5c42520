package client

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
)

const (
	group    = "1000000001"
	account  = "exporter@1000000001.example"
	password = "s3cr3t+/=&"
)

// tenantOf is a tenant of a version.
func tenantOf(t testing.TB, api string) config.Tenant {
	tenant := config.Tenant{Name: "acme", API: api, ID: group, Region: "eu", HTTP: config.HTTPDefaults()}
	if api == config.V1 {
		tenant.APIKeyFile = authtest.WriteKey(t, "", "first-key")
		return tenant
	}
	tenant.ClientID, tenant.ClientSecretFile = account, authtest.WriteKey(t, "", password)
	return tenant
}

// clientFor is a client whose API is api.
func clientFor(t testing.TB, tenant config.Tenant, api http.RoundTripper) *Client {
	t.Helper()
	c, err := New(Options{Tenant: tenant, Process: auth.NewProcess(prometheus.NewRegistry(), log.NewNopLogger()), Budget: newBudget(), Logger: log.NewNopLogger(), Timeout: 30 * time.Second, Transport: api})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// sent is a request as the API sees it.
type sent struct {
	method, url, body string
	header            http.Header
}

// listener notes what it is asked and answers each token call with an OAuth2
// token, or the JWT of 1.0, and each query with rows.
type listener struct {
	requests []sent
	rows     string
}

func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	l.requests = append(l.requests, sent{r.Method, r.URL.String(), string(body), r.Header})
	switch {
	case strings.HasSuffix(r.URL.Path, "/oauth2/access_token"):
		return authtest.Reply(200, `{"access_token":"t.o.k","token_type":"bearer","expires_in":900,"scope":"tsg_id:`+group+`"}`), nil
	case isToken(r):
		return authtest.Reply(200, `{"token":"t.o.k"}`), nil
	case l.rows != "":
		return authtest.Reply(200, l.rows), nil
	}
	return authtest.Reply(200, noRows), nil
}

// TestVersionsOnTheWire: hosts, paths, credentials and headers of each
// version, as the API's documentation tells them.
func TestVersionsOnTheWire(t *testing.T) {
	const oauthURL = "https://auth.apps.paloaltonetworks.com/oauth2/access_token"
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(account+":"+password))
	for name, c := range map[string]struct {
		api, subTenant, subTenantHeader string
		token, authorization            string
		query                           string
		tenant, sub, region             string // headers
	}{
		"1.0": {
			api:   config.V1,
			token: "https://pa-eu01.api.prismaaccess.com/api/sase/v1.0/jwt/tenant/" + group, authorization: "ApiKey first-key",
			query: "https://pa-eu01.api.prismaaccess.com/api/sase/v1.0/resource/tenant/" + group + "/custom/query/tunnels/tunnel_list",
		},
		"2.0": {
			api: config.V2, token: oauthURL, authorization: basic,
			query:  "https://pa-eu01.api.prismaaccess.com/api/sase/v2.0/resource/custom/query/tunnels/tunnel_list",
			tenant: group,
		},
		"2.0, sub-tenant": {
			api: config.V2, subTenant: "7", token: oauthURL, authorization: basic,
			query:  "https://pa-eu01.api.prismaaccess.com/api/sase/v2.0/resource/custom/query/tunnels/tunnel_list",
			tenant: group + ":7",
		},
		"2.0, sub-tenant in a header of its own": {
			api: config.V2, subTenant: "7", subTenantHeader: "Prisma-SubTenant", token: oauthURL, authorization: basic,
			query:  "https://pa-eu01.api.prismaaccess.com/api/sase/v2.0/resource/custom/query/tunnels/tunnel_list",
			tenant: group, sub: "7",
		},
		"3.0": {
			api: config.V3, token: oauthURL, authorization: basic,
			query:  "https://api.sase.paloaltonetworks.com/insights/v3.0/resource/query/tunnels/tunnel_list",
			region: "europe",
		},
		"3.0, sub-tenant": {
			api: config.V3, subTenant: "7", token: oauthURL, authorization: basic,
			query:  "https://api.sase.paloaltonetworks.com/insights/v3.0/resource/query/tunnels/tunnel_list",
			region: "europe", tenant: group + ":7",
		},
		"3.0, sub-tenant in a header of its own": {
			api: config.V3, subTenant: "7", subTenantHeader: "Prisma-SubTenant", token: oauthURL, authorization: basic,
			query:  "https://api.sase.paloaltonetworks.com/insights/v3.0/resource/query/tunnels/tunnel_list",
			region: "europe", tenant: group, sub: "7",
		},
	} {
		tenant := tenantOf(t, c.api)
		tenant.SubTenantHeader = c.subTenantHeader
		if err := tenant.Validate(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		api := &listener{}
		q := insights.Query{Resource: insights.Resource{Feature: "tunnels", Name: "tunnel_list"}, Count: 5}
		if _, err := clientFor(t, tenant, api).Scope(c.subTenant).Query(t.Context(), q, ignoreRows); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		token, query := api.requests[0], api.requests[1]
		if token.method != http.MethodPost || token.url != c.token || token.header.Get("Authorization") != c.authorization || token.header.Get("X-Panw-Region") != "" {
			t.Errorf("%s: the token call is %+v", name, token)
		}
		if c.api != config.V1 {
			form, err := url.ParseQuery(token.body)
			if err != nil || token.header.Get("Content-Type") != "application/x-www-form-urlencoded" || len(form) != 2 ||
				form.Get("grant_type") != "client_credentials" || form.Get("scope") != "tsg_id:"+group {
				t.Errorf("%s: the form is %q, %v", name, token.body, err)
			}
		}
		if query.method != http.MethodPost || query.url != c.query || query.body != `{"count":5}` {
			t.Errorf("%s: the query is %+v", name, query)
		}
		for header, want := range map[string]string{
			"Authorization": "Bearer t.o.k", "Content-Type": "application/json", "Accept": "application/json",
			"Prisma-Tenant": c.tenant, "Prisma-SubTenant": c.sub, "X-PANW-Region": c.region,
		} {
			if got := strings.Join(query.header.Values(header), ","); got != want {
				t.Errorf("%s: header %s is %q, want %q", name, header, got, want)
			}
		}
	}
}

// TestTokensGoFirst: without one there are no alerts.
func TestTokensGoFirst(t *testing.T) {
	for _, version := range config.VersionNames() {
		if r := clientFor(t, tenantOf(t, version), &listener{}).tokenRequest("x"); r.Urgency != insights.Alerts || !r.Token || r.Resource != auth.TokenResource {
			t.Errorf("%s: the request is %+v", version, r)
		}
	}
}

// rowNamed notes the columns that are offered to it.
type rowNamed map[string]*insights.Number

func (r rowNamed) Column(name string) any {
	r[name] = &insights.Number{}
	return r[name]
}

// TestOtherColumns: questions and answers of 3.0 and of a configuration.
func TestOtherColumns(t *testing.T) {
	hour, err := insights.ParseWindow("1h")
	if err != nil {
		t.Fatal(err)
	}
	tenant := tenantOf(t, config.V3)
	tenant.Columns = map[string]map[string]string{
		"tunnel_status":   {"node_type": "kind", "event_time": "at"},
		"rn_list":         {"site_name": "branch"},
		"alerts_list":     {"event_time": "raised_time"},
		"location_status": {"gone": ""},
	}
	tenant.Paths = map[string]string{"location_status": "query/x", "rn_bandwidth_allocated": "query/sites/allocated"}
	api := &listener{rows: `{"data":[{"compute_location":1,"branch":2,"other":3,"site_name":4}]}`}
	c := clientFor(t, tenant, api)
	for name, q := range map[string]struct {
		query      insights.Query
		path, body string
		err        error
	}{
		"time where 1.0 has none": {
			query: insights.Query{Resource: insights.Resource{Feature: "gp_mobileusers", Name: "connected_user_count"}, Count: 1},
			path:  "users/agent/current_connected_user_count",
			body:  `{"filter":{"operator":"AND","rules":[{"property":"event_time","operator":"last_n_hours","values":[3]}]},"count":1}`,
		},
		"a rule that the path implies": {
			query: insights.Query{Resource: insights.Resource{Name: "sc_list"}, Filter: insights.All(insights.In("node_type", 51), hour.Of("event_time")), Count: 1},
			path:  "sites/sc_list",
			body:  `{"filter":{"operator":"AND","rules":[{"property":"event_time","operator":"last_n_hours","values":[1]}]},"count":1}`,
		},
		"words": {
			query: insights.Query{
				Resource:   insights.Resource{Name: "edge_location_current_status"},
				Properties: []insights.Property{{Name: "rn_state_instance"}, {Name: "edge_location_display_name"}},
				Filter:     insights.All(insights.In("rn_state_instance", 0, 1, 2)), Count: 1,
			},
			path: "locations/noc_location_list_rn_sc",
			body: `{"properties":[{"property":"rn_status"},{"property":"edge_location_display_name"}],
			  "filter":{"operator":"AND","rules":[{"property":"rn_status","operator":"in","values":["Down","Up","Warning"]}]},"count":1}`,
		},
		"a column that 3.0 lacks": {
			query: insights.Query{Resource: insights.Resource{Name: "edge_location_current_status"}, Properties: []insights.Property{{Name: "mu_state_instance"}}},
			err:   insights.ErrNoColumn,
		},
		"a column that the tenant lacks": {
			query: insights.Query{Resource: insights.Resource{Name: "location_status"}, Filter: insights.All(insights.In("gone", 1))},
			err:   insights.ErrNoColumn,
		},
		"numbers in histograms, names of the configuration": {
			query: insights.Query{
				Resource:   insights.Resource{Name: "tunnel_status"},
				Properties: []insights.Property{{Name: "node_type", Alias: "type"}},
				Filter:     insights.All(insights.In("node_type", 48), hour.Of("event_time")),
				Histogram:  hour.Bucket("event_time"), Count: 1,
			},
			path: "tunnel_status",
			body: `{"properties":[{"property":"kind","alias":"type"}],
			  "filter":{"operator":"AND","rules":[{"property":"kind","operator":"in","values":[48]},{"property":"at","operator":"last_n_hours","values":[1]}]},
			  "histogram":{"property":"at","range":"hour","value":1,"enableEmptyInterval":true},"count":1}`,
		},
		"alerts": {
			query: insights.Query{Resource: insights.Resource{Name: "prisma_sase_external_alerts_current"}, Count: 1},
			path:  "prisma_sase_external_alerts_current", body: `{"count":1}`,
		},
		"counts of alerts": {
			query: insights.Query{Resource: insights.Resource{Feature: "alerts", Name: "alerts_list"}, Filter: insights.All(hour.Of("event_time")), Count: 1},
			path:  "alerts/alerts_list",
			body:  `{"filter":{"operator":"AND","rules":[{"property":"raised_time","operator":"last_n_hours","values":[1]}]},"count":1}`,
		},

		"unknown": {query: insights.Query{Resource: insights.Resource{Feature: "gp_mobileusers", Name: "current_connected_user_list"}}, err: insights.ErrMissing},
		"bandwidth of locations": {
			query: insights.Query{
				Resource: insights.Resource{Feature: "locations", Name: "location_rn_bandwidth"}, Filter: insights.All(hour.Of("event_time")), Count: 1,
				Properties: []insights.Property{{Name: "edge_location_display_name", Alias: "location_name"}, {Name: "total_consumption"}},
			},
			path: "locations/location_rn_bandwidth",
			body: `{"filter":{"operator":"AND","rules":[{"property":"event_time","operator":"last_n_hours","values":[1]}]},"count":1}`,
		},
		"unknown with a path":     {query: insights.Query{Resource: insights.Resource{Name: "rn_bandwidth_allocated"}, Count: 1}, path: "sites/allocated", body: `{"count":1}`},
		"not in the table at all": {query: insights.Query{Resource: insights.Resource{Name: "new"}}, err: insights.ErrMissing},
	} {
		api.requests = nil
		asked := fmt.Sprint(q.query)
		_, err := c.Scope("").Query(t.Context(), q.query, ignoreRows)
		if !errors.Is(err, q.err) || (err == nil) != (q.err == nil) {
			t.Errorf("%s: got %v, want %v", name, err, q.err)
		}
		if fmt.Sprint(q.query) != asked {
			t.Errorf("%s: the collector's own query was altered", name)
		}
		if q.err != nil {
			if len(api.requests) > 0 {
				t.Errorf("%s: the API was asked in vain", name)
			}
			continue
		}
		last := api.requests[len(api.requests)-1]
		if !strings.HasSuffix(last.url, "/insights/v3.0/resource/query/"+q.path) || !sameJSON(t, []byte(last.body), []byte(q.body)) {
			t.Errorf("%s: %s %s\nwant %s %s", name, last.url, last.body, q.path, q.body)
		}
	}

	row := rowNamed{}
	if _, err := c.Scope("").Query(t.Context(), insights.Query{Resource: insights.Resource{Name: "rn_list"}}, func() insights.Row { return row }); err != nil {
		t.Fatal(err)
	}
	if row["compute_location_display_name"] == nil || row["compute_location_display_name"].Value != 1 || row["compute_location"] != nil ||
		row["site_name"] == nil || row["other"] == nil || row["branch"] != nil {
		t.Errorf("the columns of the row are %v", row)
	}
}

// TestPathOfItsOwn: what is known of 3.0's path says nothing of another.
func TestPathOfItsOwn(t *testing.T) {
	tenant := tenantOf(t, config.V3)
	tenant.Paths = map[string]string{"sc_list": "query/x", "edge_location_current_status": "query/y"}
	tenant.Columns = map[string]map[string]string{"sc_list": {"node_type": "kind"}}
	api := &listener{}
	c := clientFor(t, tenant, api)
	for want, q := range map[string]insights.Query{
		`query/x {"filter":{"operator":"AND","rules":[{"property":"kind","operator":"in","values":[51]}]},"count":1}`: {
			Resource: insights.Resource{Name: "sc_list"}, Filter: insights.All(insights.In("node_type", 51)), Count: 1,
		},
		`query/y {"filter":{"operator":"AND","rules":[{"property":"mu_state_instance","operator":"in","values":[0,1]}]},"count":1}`: {
			Resource: insights.Resource{Name: "edge_location_current_status"}, Filter: insights.All(insights.In("mu_state_instance", 0, 1)), Count: 1,
		},
	} {
		if _, err := c.Scope("").Query(t.Context(), q, ignoreRows); err != nil {
			t.Fatal(err)
		}
		last := api.requests[len(api.requests)-1]
		if got := strings.TrimPrefix(last.url, "https://api.sase.paloaltonetworks.com/insights/v3.0/resource/") + " " + last.body; got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
	// A rule that the path implies can be the only one.
	delete(c.tenant.Paths, "sc_list")
	delete(c.tenant.Columns, "sc_list")
	if _, err := c.Scope("").Query(t.Context(), insights.Query{Resource: insights.Resource{Name: "sc_list"}, Filter: insights.All(insights.In("node_type", 51)), Count: 1}, ignoreRows); err != nil {
		t.Fatal(err)
	}
	if got := api.requests[len(api.requests)-1].body; got != `{"count":1}` {
		t.Errorf("got %s", got)
	}
}

// TestOldVersionsLackTheCounts: 1.0 and 2.0 are not asked for what only 3.0
// has, but where somebody says that they have it.
func TestOldVersionsLackTheCounts(t *testing.T) {
	for _, v := range []string{config.V1, config.V2} {
		tenant := tenantOf(t, v)
		api := &listener{}
		c := clientFor(t, tenant, api)
		q := insights.Query{Resource: insights.Resource{Feature: "alerts", Name: "alerts_list"}}
		if _, err := c.Scope("").Query(t.Context(), q, ignoreRows); !errors.Is(err, insights.ErrMissing) || len(api.requests) > 0 {
			t.Errorf("%s: %v after %d requests", v, err, len(api.requests))
		}
		c.tenant.Paths = map[string]string{"alerts_list": "query/counts"}
		if _, err := c.Scope("").Query(t.Context(), q, ignoreRows); err != nil || !strings.HasSuffix(api.requests[1].url, "/query/counts") {
			t.Errorf("%s: %v, %+v", v, err, api.requests)
		}
	}
}

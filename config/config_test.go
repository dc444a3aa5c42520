package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var collectorNames = []string{"alerts", "tunnels"}

// load writes a file and loads it.
func load(t *testing.T, text string) (*Config, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tenants.yml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(file, collectorNames)
}

func TestLoad(t *testing.T) {
	c, err := load(t, `
defaults:
  region: eu
  api_key_issued: 2026-03-01
  collectors: [alerts]
  paths: {tunnel_list: custom/query/tunnels/other_list}
  labels: {team: network}
  http: {proxy_url: "http://proxy.example.com:3128"}
tenants:
  - name: acme
    tenant_id: 1234567890
    api_key_file: acme.key
  - name: globex
    tenant_id: "9"
    base_url: https://api.example.com
    api_key_file: /run/secrets/globex
    api_key_issued: 2026-05-31
    sub_tenants: [11, "12"]
    sub_tenant_header: Prisma-SubTenant
    collectors: [tunnels, alerts]
    paths: {rn_list: query/rn_list}
    labels: {customer: globex}
    http: {tls_config: {ca_file: ca.pem}}
`)
	if err != nil {
		t.Fatal(err)
	}
	a, g := c.Tenants[0], c.Tenants[1]
	if a.ID != "1234567890" || a.Region != "eu" || a.APIKeyIssued != time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) || len(a.Collectors) != 1 ||
		filepath.Base(a.APIKeyFile) != "acme.key" || !filepath.IsAbs(a.APIKeyFile) || a.Labels["team"] != "network" || a.HTTP.ProxyURL.String() != "http://proxy.example.com:3128" {
		t.Errorf("acme is %+v", a)
	}
	if g.Region != "" || g.BaseURL != "https://api.example.com" || g.APIKeyFile != "/run/secrets/globex" || g.APIKeyIssued.Month() != 5 ||
		strings.Join(g.SubTenants, " ") != "11 12" || g.SubTenantHeader != HeaderSubTenant || len(g.Collectors) != 2 ||
		g.Paths["rn_list"] == "" || g.Paths["tunnel_list"] == "" || g.Labels["team"] != "network" || g.Labels["customer"] != "globex" ||
		!filepath.IsAbs(g.HTTP.TLSConfig.CAFile) || g.HTTP.ProxyURL.URL != nil {
		t.Errorf("globex is %+v", g)
	}
	if a.Paths["rn_list"] != "" || a.Labels["customer"] != "" {
		t.Error("a tenant altered what others inherit")
	}
	for _, tenant := range c.Tenants {
		if tenant.HTTP.EnableHTTP2 || tenant.HTTP.FollowRedirects {
			t.Errorf("%s may use HTTP/2 or follow redirects", tenant.Name)
		}
	}
}

// TestMistakes has one wrong file for each rule, and what is said of it.
func TestMistakes(t *testing.T) {
	const tenant = "name: a, tenant_id: 1, region: eu, api_key_file: k"
	for _, c := range []struct{ text, want string }{
		{"", `1: the file is empty: list the tenants under "tenants:"`},
		{"tenants: [", "1: not YAML"},
		{"just text", "1: the file has to be a mapping of defaults, tenants"},
		{"tenants: []", "1: no tenants: list them"},
		{"tenants: {a: b}", "1: no tenants: list them"},
		{"tenants:\n- {" + tenant + "}\n---\ntenants: []", "a second document"},
		{"tenant: []\ntenants:\n- {" + tenant + "}", `1: the file has no field "tenant": use some of defaults, tenants`},
		{"tenants:\n- {" + tenant + "}\ntenants: []", "tenants is there twice, first on line 1"},
		{"tenants:\n- text", "2: a tenant has to be a mapping of api_key_file"},
		{"defaults: {name: a}\ntenants:\n- {" + tenant + "}", `1: defaults has no field "name"`},
		{"tenants:\n- {" + tenant + ", colour: red}", `2: a tenant has no field "colour"`},
		{"tenants:\n- {" + tenant + "}\n- {" + tenant + "}", "3: tenant a: the name is taken by the tenant on line 2"},
		{"tenants:\n- {name: [a], tenant_id: 1, region: eu, api_key_file: k}", "2: a text has to stand here"},
		{"tenants:\n- {name: a b, tenant_id: 1, region: eu, api_key_file: k}", `tenant name "a b": use up to 63 letters`},
		{"tenants:\n- name: a\n  tenant_id: ../1\n  region: eu\n  api_key_file: k", `3: tenant a: tenant ID "../1"`},
		{"tenants:\n- {name: a, tenant_id: 1, region: eu}", "2: tenant a: no API key file"},
		{"tenants:\n- {name: a, tenant_id: 1, api_key_file: k}", "neither a region nor a base URL"},
		{"tenants:\n- {" + tenant + ", base_url: https://x}", "both a region and a base URL"},
		{"tenants:\n- {name: a, tenant_id: 1, region: moon, api_key_file: k}", `region "moon": use one of us, eu`},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'http://x', api_key_file: k}", "use https"},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'x', api_key_file: k}", "write it as https://HOST"},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'https://u:pw@x', api_key_file: k}", "only a host, a port and a path"},
		{"tenants:\n- {" + tenant + ", api_key_issued: soon}", `2: "soon" is no day`},
		{"tenants:\n- {" + tenant + ", sub_tenants: 5}", "2: a list has to stand here"},
		{"tenants:\n- {" + tenant + ", sub_tenants: [a/b]}", `sub-tenant ID "a/b"`},
		{"tenants:\n- {" + tenant + ", sub_tenant_header: X}", `sub-tenant header "X": use one of Prisma-Tenant, Prisma-SubTenant`},
		{"tenants:\n- {" + tenant + ", collectors: []}", "no collector: name some of alerts, tunnels"},
		{"tenants:\n- {" + tenant + ", sub_tenants: [1, 2, 1]}", `sub-tenant ID "1" is there twice`},
		{"tenants:\n- {" + tenant + ", collectors: [bogus]}", `there is no collector "bogus": use some of alerts, tunnels`},
		{"tenants:\n- {" + tenant + ", paths: [a]}", "2: a mapping has to stand here"},
		{"tenants:\n- {" + tenant + ", paths: {rn_list: /etc}}", `path "/etc" of resource rn_list`},
		{"tenants:\n- {" + tenant + ", labels: {a-b: c}}", `label "a-b": use letters`},
		{"tenants:\n- {" + tenant + ", labels: {tenant: c}}", `label "tenant": the series have one of that name`},
		{"defaults: {labels: {a-b: c}}\ntenants:\n- {" + tenant + "}\n- {" + tenant + "}", `1: defaults: label "a-b"`},
		{"tenants:\n- {" + tenant + ", http: null}", "2: http has to be a mapping of no_proxy"},
		{"tenants:\n- {" + tenant + ", http: {follow_redirects: true}}", "2: http.follow_redirects: only a proxy and tls_config"},
		{"tenants:\n- {" + tenant + ", http: {tls_config: {ca: x, ca_file: y}}}", "2: http: at most one of ca, ca_file"},
		{"tenants:\n- {" + tenant + ", http: {proxy_url: 'http://u:pw@[x'}}", "2: http: proxy_url is no URL: missing ']' in host"},
		{"tenants:\n- {" + tenant + ", http: {tls_config: {ca_fil: x}}}", "2: tls_config.ca_fil: certificates, names and versions can be set here; use some of ca, ca_file"},
		{"tenants:\n- {" + tenant + ", http: {bearer_token: x}}", "only a proxy and tls_config can be set here"},
	} {
		_, err := load(t, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "tenants.yml:") {
			t.Errorf("%q: got %v, want %q", c.text, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "pw@") {
			t.Errorf("%q: the error has the password: %v", c.text, err)
		}
		if err != nil && strings.Count(err.Error(), "a-b") > 1 {
			t.Errorf("%q: a mistake of the defaults is told more than once: %v", c.text, err)
		}
	}
}

func TestAllMistakesAtOnceInOrder(t *testing.T) {
	_, err := load(t, `defaults:
  region: eu
  api_key_issued: last year
tenants:
  - name: acme
    tenant_id: 1234567890
    api_key_file: acme.key
    colectors: [alerts]
  - name: acme
    tenant_id: "../etc"
    api_key_file: acme.key
  - name: third
    tenant_id: 3
    region: mars
    api_key_file: third.key
`)
	if err == nil {
		t.Fatal("nothing is said")
	}
	lines := strings.Split(err.Error(), "\n")
	for i, want := range []string{":3: ", ":8: ", ":9: ", ":10: ", ":14: "} {
		if i >= len(lines) || !strings.Contains(lines[i], "tenants.yml"+want) {
			t.Fatalf("line %d of\n%s\nis not about line %s", i+1, err, want)
		}
	}
	if len(lines) != 5 {
		t.Errorf("%d mistakes, want 5:\n%s", len(lines), err)
	}
}

func TestNoFile(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.yml"), collectorNames); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
}

// FuzzLoad: no file makes the loader panic, and one that loads is valid.
func FuzzLoad(f *testing.F) {
	f.Add([]byte("tenants:\n- {name: a, tenant_id: 1, region: eu, api_key_file: k}\n"))
	f.Add([]byte("defaults: &d {region: eu}\ntenants:\n- *d\n"))
	f.Add([]byte("a: [*x]\n? b\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l := &loader{file: "f", collectors: collectorNames}
		c := l.config(b)
		if len(l.errs) > 0 {
			return
		}
		for _, tenant := range c.Tenants {
			if errs := tenant.Validate(); len(errs) > 0 {
				t.Errorf("%q loads with %v", b, errs)
			}
		}
	})
}

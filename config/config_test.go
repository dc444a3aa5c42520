package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var known = Known{Collectors: []string{"alerts", "tunnels"}, Resources: []string{"rn_list", "sc_list", "tunnel_list"}}

// load writes a file and loads it.
func load(t *testing.T, text string) (*Config, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tenants.yml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(file, known)
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
	const group = "tsg_id: 1000000000, client_id: c, client_secret_file: s"
	for _, c := range []struct{ text, want string }{
		{"", `1: the file is empty: list the tenants under "tenants:"`},
		{"tenants: [", "1: not YAML"},
		{"just text", "1: the file has to be a mapping of capacity, defaults, discovery, tenants"},
		{"tenants: []", "1: no tenants: list them"},
		{"tenants: {a: b}", "1: no tenants: list them"},
		{"tenants:\n- {" + tenant + "}\n---\ntenants: []", "a second document"},
		{"tenant: []\ntenants:\n- {" + tenant + "}", `1: the file has no field "tenant": use some of capacity, defaults, discovery, tenants`},
		{"tenants:\n- {" + tenant + "}\ntenants: []", "tenants is there twice, first on line 1"},
		{"tenants:\n- text", "2: a tenant has to be a mapping of api, api_key_file"},
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
		{"tenants:\n- {" + tenant + ", paths: {tunels: query/x}}", `2: there is no resource "tunels": use some of rn_list, sc_list, tunnel_list`},
		{"tenants:\n- {" + tenant + ", columns: {tunels: {a: b}}}", `2: there is no resource "tunels"`},
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

		// Versions of the API.
		{"tenants:\n- {" + tenant + ", api: v4}", `2: tenant a: API "v4": use one of v1, v2, v3`},
		{"tenants:\n- {" + tenant + ", client_id: x}", "2: tenant a: client_id: with api: v1 there is none; an API key is the credential"},
		{"tenants:\n- {" + tenant + ", token_url: 'https://x'}", "token_url: with api: v1 there is none"},
		{"tenants:\n- {" + tenant + ", api: v3}", "api_key_file: with api: v3 there is none; a service account is the credential"},
		{"tenants:\n- {name: a, api: v2, tenant_id: 1, region: eu, client_secret_file: s}", `client ID "": with api: v2, use that of a service account`},
		{"tenants:\n- {name: a, api: v2, tenant_id: 1, region: eu, client_id: 'a:b', client_secret_file: s}", `client ID "a:b"`},
		{"tenants:\n- {name: a, api: v2, tenant_id: 1, region: eu, client_id: c}", "no client secret file"},
		{"tenants:\n- {name: a, api: v2, tenant_id: acme, region: eu, client_id: c, client_secret_file: s}", `tenant ID "acme": with api: v2, use the ID of the Tenant Service Group (TSG)`},
		{"tenants:\n- {name: a, api: v2, tenant_id: 1, region: eu, base_url: 'https://x', client_id: c, client_secret_file: s}", "both a region and a base URL"},
		{"tenants:\n- {name: a, api: v3, tenant_id: 1, base_url: 'https://x', client_id: c, client_secret_file: s}", "no region: with api: v3 it goes into a header"},
		{"tenants:\n- {name: a, api: v3, tenant_id: 1, region: mars, client_id: c, client_secret_file: s}", `region "mars": use one of us`},
		{"tenants:\n- {name: a, api: v3, tenant_id: 1, region: eu, base_url: 'http://x', client_id: c, client_secret_file: s}", `base URL "http://x": use https`},
		{"tenants:\n- {name: a, api: v3, tenant_id: 1, region: eu, token_url: 'http://x', client_id: c, client_secret_file: s}", `token URL "http://x": use https`},
		{"tenants:\n- {" + tenant + ", columns: {rn_list: x}}", "2: a mapping has to stand here"},
		{"tenants:\n- {" + tenant + ", columns: [x]}", "2: a mapping has to stand here"},
		{"tenants:\n- {" + tenant + ", columns: {rn_list: {site_name: 'a b'}}}", `column "a b" of resource rn_list`},

		// Discovery.
		{"discovery: []", "1: no discovery: list the groups"},
		{"discovery:\n- {" + group + ", template: {region: eu, colour: red}}", `2: a template has no field "colour"`},
		{"discovery:\n- {" + group + "}", "2: discovery 1000000000: template: no region"},
		{"discovery:\n- {" + group + ", template: {region: eu, name: '{{.Colour}}'}}", "use {{.ID}}, {{.DisplayName}} and {{.Parent}}"},
		{"discovery:\n- {" + group + ", template: {region: eu, name: '{{'}}", `template "{{"`},
		{"discovery:\n- {" + group + ", template: {region: eu, labels: {a: '{{.X}}'}}}", `template "{{.X}}"`},
		{"discovery:\n- {" + group + ", template: {api: v1, region: eu, api_key_file: k}}", "template: with api: v1 a tenant has an ID and a key that no discovery can find"},
		{"discovery:\n- {" + group + ", refresh_interval: 1s, template: {region: eu}}", "2: discovery 1000000000: refresh interval 1s: use at least 1m0s"},
		{"discovery:\n- {" + group + ", refresh_interval: soon, template: {region: eu}}", `2: "soon" is no duration`},
		{"discovery:\n- {" + group + ", max_tenants: 0, template: {region: eu}}", "at most 0 tenants: use a number from 1 to 10000"},
		{"discovery:\n- {" + group + ", exclude: [1, x], template: {region: eu}}", `2: discovery 1000000000: TSG ID "x"`},
		{"discovery:\n- {" + group + ", max_tenants: many, template: {region: eu}}", `2: "many" is no whole number`},
		{"discovery:\n- {" + group + ", hierarchy: maybe, template: {region: eu}}", `2: "maybe" is neither true nor false`},
		{"discovery:\n- {tsg_id: root, client_id: c, client_secret_file: s, template: {region: eu}}", `2: discovery root: tenant ID "root"`},
		{"discovery:\n- {" + group + ", name: a, template: {region: eu}}\ntenants:\n- {" + tenant + "}", "2: discovery a: the name is taken by the tenant on line 4"},

		// The capacity platform.
		{"capacity: {}", "1: no capacity: list the companies"},
		{"capacity:\n- {name: gas}", "2: company gas: no token file"},
		{"capacity:\n- {name: g s, token_file: t}", `company name "g s"`},
		{"capacity:\n- {name: gas, token_file: t, base_url: 'http://x'}", `base URL "http://x": use https`},
		{"capacity:\n- {name: gas, token_file: t, resources: {}}", "0 resources: name 1 to 20"},
		{"capacity:\n- {name: gas, token_file: t, resources: {a/b: api}}", `resource "a/b"`},
		{"capacity:\n- {name: gas, token_file: t, resources: {a: /api}}", `path "/api" of resource a`},
		{"capacity:\n- {name: gas, token_file: t, labels: {company: x}}", `label "company": the series have one of that name`},
		{"capacity:\n- {name: gas, token_file: t, token: x}", `2: a company has no field "token"`},
		{"tenants:\n- {" + tenant + "}\ncapacity:\n- {name: a, token_file: t}", "4: company a: the name is taken by the tenant on line 2"},
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
	if _, err := Load(filepath.Join(t.TempDir(), "none.yml"), known); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
}

// FuzzLoad: no file makes the loader panic, and one that loads is valid.
func FuzzLoad(f *testing.F) {
	f.Add([]byte("tenants:\n- {name: a, tenant_id: 1, region: eu, api_key_file: k}\n"))
	f.Add([]byte("defaults: &d {region: eu}\ntenants:\n- *d\n"))
	f.Add([]byte("a: [*x]\n? b\n"))
	f.Add([]byte("discovery:\n- {tsg_id: 1, client_id: c, client_secret_file: s, template: {region: eu, name: 'x{{.DisplayName}}'}}\n"))
	f.Add([]byte("capacity:\n- {name: a, token_file: t, resources: {b: c}}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l := &loader{file: "f", known: known}
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

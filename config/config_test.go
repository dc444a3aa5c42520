package config

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var knownColumns = map[string][]string{
	"rn_list": {"site_name", "ipsec_node", "a", "c"}, "sc_list": {"site_name", "a", "d"}, "tunnel_list": {"tunnel_name", "a"},
}

var known = Known{Collectors: []string{"alerts", "tunnels"}, Resources: []string{"rn_list", "sc_list", "tunnel_list", "licenses"}, Columns: knownColumns, Labels: []string{"tenant", "site", "company"}}

// load writes a file and loads it.
func load(t testing.TB, text string) (*Config, error) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "tenants.yml")
	writeFiles(t, dir, "ca.pem", "k", "s", "t", "x", "y")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(file, known)
}

// writeFiles writes files such as a configuration names.
func writeFiles(t testing.TB, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		var content []byte
		if strings.HasSuffix(name, ".pem") {
			content = certificate(t)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// certificate is one in PEM form.
func certificate(t testing.TB) []byte {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// TestCertificatesThatAreNone: a file of certificates that holds none is told
// where it is named.
func TestCertificatesThatAreNone(t *testing.T) {
	for content, wrong := range map[string]bool{
		"": true, "not a certificate": true, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n": true,
		"# a comment before it\n" + string(certificate(t)): false,
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{"ca.crt": content, "k": "", "f.yml": "tenants:\n- name: a\n  tenant_id: 1\n  region: eu\n  api_key_file: k\n  http:\n    tls_config: {ca_file: ca.crt}\n"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Load(filepath.Join(dir, "f.yml"), known)
		if (err != nil) != wrong || wrong && !strings.Contains(err.Error(), "f.yml:7: tenant a: http.tls_config.ca_file: the file "+filepath.Join(dir, "ca.crt")+" contains no certificate") {
			t.Errorf("%q: %v", content, err)
		}
	}
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
		{"tenants: [\n", "2: this is not valid YAML: did not find expected node content"},
		{"just text", "1: this must be a mapping, of capacity, defaults, discovery, tenants"},
		{"tenants: []", "1: tenants: empty: list the tenants"},
		{"tenants: {a: b}", "1: tenants: this must be a list"},
		{"defaults: {region: eu}", "1: no tenants: list the tenants"},
		{"tenants:\n- {" + tenant + "}\n---\ntenants: []", "3: a second YAML document starts here"},
		{"tenant: []\ntenants:\n- {" + tenant + "}", `1: there is no field "tenant": did you mean tenants?`},
		{"tenants:\n- {" + tenant + "}\ntenants: []", "3: tenants: this is a duplicate of line 1: remove one of them"},
		{"tenants:\n- text", "2: the tenant on line 2: this must be a mapping, of api, api_key_file"},
		{"defaults: {name: a}\ntenants:\n- {" + tenant + "}", `1: defaults: there is no field "name": use some of api, api_key_file`},
		{"tenants:\n- {" + tenant + ", colour: red}", `2: tenant a: there is no field "colour": use some of api, api_key_file`},
		{"tenants:\n- {" + tenant + "}\n- {" + tenant + "}", "3: tenant a: name: a is already used by the tenant on line 2"},
		{"tenants:\n- {name: [a], tenant_id: 1, region: eu, api_key_file: k}", "2: tenant 1: name: this must be a single value"},
		{"tenants:\n- {name: a b, tenant_id: 1, region: eu, api_key_file: k}", `2: tenant "a b": name: "a b": use up to 63 letters`},
		{"tenants:\n- name: a\n  tenant_id: ../1\n  region: eu\n  api_key_file: k", `3: tenant a: tenant_id: "../1": use the ID`},
		{"tenants:\n- {name: a, tenant_id: true, region: eu, api_key_file: k}", "2: tenant a: tenant_id: \"true\" is true or false and not an ID"},
		{"tenants:\n- {name: a, tenant_id: 2024-01-01, region: eu, api_key_file: k}", "2: tenant a: tenant_id: \"2024-01-01\" is a date and not an ID"},
		{"tenants:\n- {name: a, tenant_id: -5, region: eu, api_key_file: k}", "2: tenant a: tenant_id: \"-5\" is a number below zero and not an ID"},
		{"tenants:\n- {name: a, tenant_id: 1, region: eu, api_key_file: k, sub_tenants: [2, False]}", "2: tenant a: sub_tenants.2: \"False\" is true or false and not an ID"},
		{"tenants:\n- {name: a, tenant_id: 1, region: eu}", "2: tenant a: api_key_file: missing: give the file"},
		{"tenants:\n- {name: a, tenant_id: 1, api_key_file: k}", "2: tenant a: region: both region and base_url are missing"},
		{"tenants:\n- {" + tenant + ", base_url: https://x}", "2: tenant a: base_url: both region and base_url are set"},
		{"tenants:\n- {name: a, tenant_id: 1, region: the moon, api_key_file: k}", `2: tenant a: region: "the moon": use one of us, eu`},
		{"tenants:\n- {name: a, tenant_id: 1, region: europe, api_key_file: k}", `2: tenant a: region: "europe": write eu`},
		{"tenants:\n- {name: a, tenant_id: 1, region: UK, api_key_file: k}", `2: tenant a: region: "UK": write uk`},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'http://x', api_key_file: k}", "tenant a: base_url: \"http://x\": use https, because"},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'x', api_key_file: k}", "tenant a: base_url: \"x\" is not a valid API URL: write it as https://HOST"},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'https://u:pw@x', api_key_file: k}", "tenant a: base_url: the URL must not contain a user or password"},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'https://x/#pw@', api_key_file: k}", "tenant a: base_url: the URL must not contain a user or password"},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'https://x#f', api_key_file: k}", "tenant a: base_url: the URL must not contain a query (?) or fragment (#)"},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'https://x?key=pw@', api_key_file: k}", "tenant a: base_url: the URL must not contain a user or password"},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'https://x?', api_key_file: k}", "tenant a: base_url: the URL must not contain a query (?)"},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'https://x:0', api_key_file: k}", "tenant a: base_url: \"x:0\" has an invalid port"},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'https://x:99999', api_key_file: k}", "tenant a: base_url: \"x:99999\" has an invalid port"},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'https://x:', api_key_file: k}", "tenant a: base_url: \"x:\" has an invalid port"},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'https://:443', api_key_file: k}", "tenant a: base_url: \"https://:443\" is not a valid API URL"},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'ftp://x', api_key_file: k}", "tenant a: base_url: \"ftp://x\": use https"},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'https://x:a', api_key_file: k}", "tenant a: base_url: \"https://x:a\" is not a valid API URL"},
		{"tenants:\n- {" + tenant + ", api_key_issued: soon}", `2: tenant a: api_key_issued: "soon" is not a date`},
		{"tenants:\n- {" + tenant + ", sub_tenants: 5}", "2: tenant a: sub_tenants: this must be a list"},
		{"tenants:\n- {" + tenant + ", sub_tenants: [a/b]}", `2: tenant a: sub_tenants: "a/b": use the ID`},
		{"tenants:\n- {" + tenant + ", sub_tenant_header: X}", `tenant a: sub_tenant_header: "X": use one of Prisma-Tenant, Prisma-SubTenant`},
		{"tenants:\n- {" + tenant + ", collectors: []}", "2: tenant a: collectors: empty: use some of alerts, tunnels"},
		{"tenants:\n- {" + tenant + ", sub_tenants: [1, 2, 1]}", `2: tenant a: sub_tenants: "1" is listed twice`},
		{"tenants:\n- {" + tenant + ", collectors: [bogus]}", `2: tenant a: collectors: there is no collector "bogus": use some of alerts, tunnels`},
		{"tenants:\n- {" + tenant + ", paths: [a]}", "2: tenant a: paths: this must be a mapping"},
		{"tenants:\n- {" + tenant + ", paths: {tunels: query/x}}", `2: tenant a: paths: there is no resource "tunels": use some of rn_list, sc_list, tunnel_list`},
		{"tenants:\n- {" + tenant + ", columns: {\n    rn_list: {\n      sitename: x}}}", `4: tenant a: columns: the exporter reads no column "sitename" of resource rn_list: did you mean site_name?`},
		{"tenants:\n- {" + tenant + ", columns: {rn_list: {colour: x}}}", `2: tenant a: columns: the exporter reads no column "colour" of resource rn_list: use some of site_name`},
		{"tenants:\n- {" + tenant + ", columns: {licenses: {id: x}}}", "2: tenant a: columns: the columns of resource licenses cannot be renamed: remove them"},
		{"defaults: {columns: {rn_list: {sitename: x}}}\ntenants:\n- {" + tenant + "}", `1: defaults: columns: the exporter reads no column "sitename"`},
		{"discovery:\n- {" + group + ", template: {region: eu, columns: {rn_list: {sitename: x}}}}", `2: discovery 1000000000: template.columns: the exporter reads no column "sitename"`},
		{"tenants:\n- {" + tenant + ", paths: {rn_list: 'https://x.example/query/x'}}", `2: tenant a: paths: "https://x.example/query/x" of resource rn_list: leave out what all paths begin with`},
		{"tenants:\n- {" + tenant + ", paths: {rn_list: api/sase/v1.0/resource/tenant/1/query/x}}", "2: tenant a: paths: "},
		{"tenants:\n- {" + tenant + ", paths: {licenses: 'http://x.example/query/x'}}", `2: tenant a: paths: "http://x.example/query/x": use https`},
		{"tenants:\n- {" + tenant + ", paths: {rn_list: query/a b}}", `2: tenant a: paths: "query/a b" of resource rn_list: give the part after`},
		{"tenants:\n- {" + tenant + ", paths: {rn_list: query/%2e%2e/x}}", "2: tenant a: paths: "},
		{"tenants:\n- {" + tenant + ", http: {proxy_url: 'http://p:1', no_proxy: 'https://x.example'}}", "2: tenant a: http.no_proxy: this has a URL"},
		{"tenants:\n- {" + tenant + ", http: {tls_config: {min_version: TLS13, max_version: TLS12}}}", "2: tenant a: http.tls_config.min_version: TLS13 is later than max_version TLS12"},
		{"capacity:\n- {name: g, token_file: k, resources: {a: 'api/v2/a?x={from}'}}", `2: company g: resources: path "api/v2/a?x={from}" of resource a: the only text in braces that the exporter replaces is {since}`},
		{"capacity:\n- {name: g, token_file: k, resources: {a: 'https://x.example/a'}}", "2: company g: resources: path "},
		{"capacity:\n- {name: g, token_file: k, resources: {a: api v2}}", "2: company g: resources: path "},
		{"capacity:\n- {name: g, token_file: k, resources: {a: api/v2/fcfs/direct/available-products}}", "2: company g: resources: path \"api/v2/fcfs/direct/available-products\" of resource a: this is a step of a booking"},
		{"capacity:\n- {name: g, token_file: k, lookback: 1h, resources: {a: api/v2/a}}", "2: company g: lookback: no path under resources has {since}"},
		{"tenants:\n- {" + tenant + ", columns: {tunel_list: {a: b}}}", `2: tenant a: columns: there is no resource "tunel_list": did you mean tunnel_list?`},
		{"tenants:\n- {" + tenant + ", paths: {rn_list: /etc}}", `2: tenant a: paths: "/etc" of resource rn_list`},
		{"tenants:\n- {" + tenant + ", labels: {a-b: c}}", `2: tenant a: labels: "a-b": use letters`},
		{"tenants:\n- {" + tenant + ", labels: {tenant: c}}", `2: tenant a: labels: "tenant": the exporter's own series have a label with that name`},
		{"tenants:\n- {" + tenant + ", labels: {site: c}}", `2: tenant a: labels: "site": the exporter's own series have a label with that name`},
		{"defaults: {labels: {a-b: c}}\ntenants:\n- {" + tenant + "}\n- {name: b, tenant_id: 2, region: eu, api_key_file: k}", `1: defaults: labels: "a-b"`},
		{"tenants:\n- {" + tenant + ", http: null}", "2: tenant a: http: this must be a mapping, of no_proxy"},
		{"tenants:\n- {" + tenant + ", http: {follow_redirects: true}}", `2: tenant a: http: there is no field "follow_redirects": use some of no_proxy`},
		{"tenants:\n- {" + tenant + ", http: {tls_config: {ca: x, ca_file: y}}}", "2: tenant a: http: at most one of ca, ca_file"},
		{"tenants:\n- {" + tenant + ", http: {proxy_url: 'http://u:pw@[x'}}", "2: tenant a: http.proxy_url: this is not a URL (it is not shown"},
		{"tenants:\n- {" + tenant + ", http: {tls_config: {ca_fil: x}}}", `2: tenant a: http.tls_config: there is no field "ca_fil": did you mean ca_file?`},
		{"tenants:\n- {" + tenant + ", http: {bearer_token: x}}", `2: tenant a: http: there is no field "bearer_token"`},

		// Versions of the API.
		{"tenants:\n- {" + tenant + ", api: v4}", `2: tenant a: api: "v4": use one of v1, v2, v3`},
		{"tenants:\n- {" + tenant + ", client_id: x}", "2: tenant a: client_id: not valid with api: v1, whose credential is an api_key_file: remove it, or use api: v2 or v3"},
		{"tenants:\n- {" + tenant + ", token_url: 'https://x'}", "token_url: not valid with api: v1"},
		{"tenants:\n- {" + tenant + ", api: v3}", "api_key_file: not valid with api: v3, whose credential is a client_id and a client_secret_file: remove it, or use api: v1"},
		{"tenants:\n- {name: a, api: v2, tenant_id: 1, region: eu, client_secret_file: s}", `2: tenant a: client_id: missing: use a service account of the tenant's TSG, which api: v2 needs`},
		{"tenants:\n- {name: a, api: v2, tenant_id: 1, region: eu, client_id: 'a:b', client_secret_file: s}", `2: tenant a: client_id: "a:b": use the client ID`},
		{"tenants:\n- {name: a, api: v2, tenant_id: 1, region: eu, client_id: c}", "2: tenant a: client_secret_file: missing: give"},
		{"tenants:\n- {name: a, api: v2, tenant_id: acme, region: eu, client_id: c, client_secret_file: s}", `2: tenant a: tenant_id: "acme": with api: v2, use the ID of the Tenant Service Group (TSG)`},
		{"tenants:\n- {name: a, api: v2, tenant_id: 1, region: eu, base_url: 'https://x', client_id: c, client_secret_file: s}", "base_url: both region and base_url are set"},
		{"tenants:\n- {name: a, api: v3, tenant_id: 1, base_url: 'https://x', client_id: c, client_secret_file: s}", "2: tenant a: region: missing: with api: v3 the exporter sends it in a header"},
		{"tenants:\n- {name: a, api: v3, tenant_id: 1, region: on mars, client_id: c, client_secret_file: s}", `region: "on mars": use one of us`},
		{"tenants:\n- {name: a, api: v3, tenant_id: 1, region: eu, base_url: 'http://x', client_id: c, client_secret_file: s}", `2: tenant a: base_url: "http://x": use https`},
		{"tenants:\n- {name: a, api: v3, tenant_id: 1, region: eu, token_url: 'http://x', client_id: c, client_secret_file: s}", `2: tenant a: token_url: "http://x": use https`},
		{"tenants:\n- {" + tenant + ", columns: {rn_list: x}}", "2: tenant a: columns.rn_list: this must be a mapping"},
		{"tenants:\n- {" + tenant + ", columns: [x]}", "2: tenant a: columns: this must be a mapping"},
		{"tenants:\n- {" + tenant + ", columns: {rn_list: {site_name: 'a b'}}}", `2: tenant a: columns: "a b" of resource rn_list`},

		// Discovery.
		{"discovery: []", "1: discovery: empty: list the groups"},
		{"discovery:\n- {" + group + ", template: {region: eu, colour: red}}", `2: discovery 1000000000: template: there is no field "colour"`},
		{"discovery:\n- {tsg_id: 1000000000, client_secret_file: s, template: {region: eu}}", "2: discovery 1000000000: client_id: missing"},
		{"discovery:\n- {" + group + "}", "2: discovery 1000000000: template.region: missing"},
		{"discovery:\n- {" + group + ", template: {region: eu, name: '{{.Colour}}'}}", `template.name: "{{.Colour}}" uses a field that a group does not have: use {{.ID}}, {{.DisplayName}} and {{.Parent}}`},
		{"discovery:\n- {" + group + ", template: {region: eu, name: '{{'}}", `template.name: "{{" is not a template`},
		{"discovery:\n- {" + group + ", template: {region: eu, labels: {a: '{{.X}}'}}}", `template.labels: "{{.X}}" uses`},
		{"discovery:\n- {" + group + ", template: {api: v1, region: eu, api_key_file: k}}", "template.api: v1 does not work with discovery, because its tenants have IDs and keys that a discovery cannot find; use v2 or v3"},
		{"discovery:\n- {" + group + ", refresh_interval: 1s, template: {region: eu}}", "2: discovery 1000000000: refresh_interval: 1s is too short: use at least 1m0s"},
		{"discovery:\n- {" + group + ", refresh_interval: soon, template: {region: eu}}", `2: discovery 1000000000: refresh_interval: "soon" is not a duration`},
		{"discovery:\n- {" + group + ", max_tenants: 0, template: {region: eu}}", "max_tenants: 0: use a number from 1 to 10000"},
		{"discovery:\n- {" + group + ", exclude: [1, x], template: {region: eu}}", `2: discovery 1000000000: exclude: "x": use the IDs`},
		{"discovery:\n- {" + group + ", max_tenants: many, template: {region: eu}}", `2: discovery 1000000000: max_tenants: "many" is not a whole number`},
		{"discovery:\n- {" + group + ", hierarchy: maybe, template: {region: eu}}", `2: discovery 1000000000: hierarchy: "maybe" is neither true nor false`},
		{"discovery:\n- {tsg_id: root, client_id: c, client_secret_file: s, template: {region: eu}}", `2: discovery root: tsg_id: "root": with api: v3`},
		{"discovery:\n- {" + group + ", name: a, template: {region: eu}}\ntenants:\n- {" + tenant + "}", "2: discovery a: name: a is already used by the tenant on line 4"},

		// The capacity platform.
		{"capacity: {}", "1: capacity: this must be a list"},
		{"capacity:\n- {name: gas}", "2: company gas: token_file: missing: give"},
		{"capacity:\n- {name: g s, token_file: t}", `2: company "g s": name: "g s": use up to`},
		{"capacity:\n- {name: gas, token_file: t, base_url: 'http://x'}", `2: company gas: base_url: "http://x": use https`},
		{"capacity:\n- {name: gas, token_file: t, resources: {}}", "2: company gas: resources: 0 of them: give 1 to 20"},
		{"capacity:\n- {name: gas, token_file: t, resources: {a/b: api}}", `2: company gas: resources: "a/b": use up to`},
		{"capacity:\n- {name: gas, token_file: t, resources: {a: /api}}", `2: company gas: resources: path "/api" of resource a`},
		{"capacity:\n- {name: gas, token_file: t, labels: {company: x}}", `2: company gas: labels: "company": the exporter's own series have a label with that name`},
		{"capacity:\n- {name: gas, token_file: t, token: x}", `2: company gas: there is no field "token": did you mean token_file?`},
		{"tenants:\n- {" + tenant + "}\ncapacity:\n- {name: a, token_file: t}", "4: company a: name: a is already used by the tenant on line 2"},
	} {
		_, err := load(t, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "tenants.yml:") {
			t.Errorf("%q: got %v, want %q", c.text, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "pw@") {
			t.Errorf("%q: the error has the password: %v", c.text, err)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: one mistake is told as several: %v", c.text, err)
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
    api_key_file: k
    colectors: [alerts]
  - name: acme
    tenant_id: "../etc"
    api_key_file: k
  - name: third
    tenant_id: 3
    region: on mars
    api_key_file: absent.key
`)
	if err == nil {
		t.Fatal("nothing is said")
	}
	lines := strings.Split(err.Error(), "\n")
	for i, want := range []string{":3: ", ":8: ", ":9: ", ":10: ", ":14: ", ":15: "} {
		if i >= len(lines) || !strings.Contains(lines[i], "tenants.yml"+want) {
			t.Fatalf("line %d of\n%s\nis not about line %s", i+1, err, want)
		}
	}
	if len(lines) != 6 {
		t.Errorf("%d mistakes, want 6:\n%s", len(lines), err)
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
	f.Add([]byte("tenants:\n- &a {name: a, <<: *a, labels: {<<: [*a, {b: ~}]}}\n"))
	f.Add([]byte("\ufefftenants:\n- {name: a, api: v3, tenant_id: 1, region: ch, client_id: c, client_secret_file: s, http: {proxy_url: 'x:1', tls_config: {ca_file: [x]}}}\n"))
	f.Add([]byte("defaults: {columns: {rn_list: {a: b, a: c}}, paths: &p {rn_list: x}}\ndiscovery:\n- {tsg_id: 1, template: {paths: *p, colectors: []}}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l := &loader{file: "f", known: known, names: map[string]string{}}
		c := l.config(b)
		if len(l.mistakes) > 0 || l.overflow != nil {
			return
		}
		for _, tenant := range c.Tenants {
			if errs := tenant.Validate(); len(errs) > 0 {
				t.Errorf("%q loads with %v", b, errs)
			}
		}
	})
}

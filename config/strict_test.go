package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestAliasesAndMergeKeys work as in other programs that read YAML.
func TestAliasesAndMergeKeys(t *testing.T) {
	c, err := load(t, `
tenants:
- &first
  name: first
  tenant_id: 1
  region: eu
  api_key_file: k
  collectors: &few [alerts]
  labels: &labels {team: network, tier: 1}
- <<: *first
  name: second
  tenant_id: 2
  labels: {<<: *labels, tier: 2}
- {name: third, tenant_id: 3, region: us, api_key_file: k, collectors: *few, labels: {<<: [*labels, {a: b}]}}
`)
	if err != nil {
		t.Fatal(err)
	}
	second, third := c.Tenants[1], c.Tenants[2]
	if second.Name != "second" || second.ID != "2" || second.Region != "eu" || second.Labels["tier"] != "2" || second.Labels["team"] != "network" {
		t.Errorf("what merges is %+v", second)
	}
	if len(third.Collectors) != 1 || third.Labels["tier"] != "1" || third.Labels["a"] != "b" {
		t.Errorf("what has aliases is %+v", third)
	}
}

// TestStrict: one mistake each of those that decoders let pass, told once.
func TestStrict(t *testing.T) {
	const tenant = "name: a, tenant_id: 1, region: eu, api_key_file: k"
	for text, want := range map[string]string{
		"tenants:\n- {" + tenant + ", labels: {a: b,\n a: c}}":                                                        "3: tenant a: labels.a: this is a duplicate of line 2: remove one of them",
		"tenants:\n- {" + tenant + ", columns: {rn_list: {a: b, a: c}}}":                                              "2: tenant a: columns.rn_list.a: this is a duplicate",
		"tenants:\n- {" + tenant + ", http: {tls_config: {ca_file: ca.pem, ca_file: ca.pem}}}":                        "2: tenant a: http.tls_config.ca_file: this is a duplicate",
		"tenants:\n- {" + tenant + ", http: {no_proxy: a, no_proxy: b, proxy_url: 'http://x:1'}}":                     "2: tenant a: http.no_proxy: this is a duplicate",
		"capacity:\n- {name: g, token_file: t, resources: {a: b, a: c}}":                                              "2: company g: resources.a: this is a duplicate",
		"defaults: {region: eu, region: us}\ntenants:\n- {" + tenant + "}":                                            "1: defaults: region: this is a duplicate",
		"tenants:\n- {name: a, tenant_id: 1, region: , api_key_file: k}":                                              "2: tenant a: region: the value is missing",
		"tenants:\n- {" + tenant + ", labels: {a: ~}}":                                                                "2: tenant a: labels.a: the value is missing",
		"tenants:\n- {" + tenant + ", ? [a] : b}":                                                                     "2: tenant a: a key must be a single word",
		"tenants:\n- &a {" + tenant + ", labels: {<<: *a}}":                                                           "2: tenant a: labels",
		"tenants:\n- {" + tenant + ", <<: 5}":                                                                         "2: tenant a: this must be a mapping",
		"tenants:\n- {" + tenant + ", sub_tenants: [[1]]}":                                                            "2: tenant a: sub_tenants.1: this must be a single value",
		"tenants:\n- {name: a, tenant_id: 1, region: [eu], api_key_file: k}":                                          "2: tenant a: region: this must be a single value",
		"tenants:\n- {" + tenant + ", api: [v1]}":                                                                     "2: tenant a: api: this must be a single value",
		"tenants:\n- {tenant_id: 77, region: eu, api_key_file: k}":                                                    "2: tenant 77: name: missing",
		"tenants:\n- {region: eu, name: a, tenant_id: 1, apikey: k}":                                                  `2: tenant a: there is no field "apikey": did you mean api_key_file?`,
		"tenants:\n- {name: a, tenant_id: 1, regoin: eu, api_key_file: k}":                                            `2: tenant a: there is no field "regoin": did you mean region?`,
		"tenants:\n- {name: a, api: v3, tenant_id: 1, region: eu, clientid: c, client_secret_file: s}":                `2: tenant a: there is no field "clientid": did you mean client_id?`,
		"discovery:\n- {tsg_id: 1, client_id: c, client_secret_file: s, template: {region: eu, colectors: [alerts]}}": `2: discovery 1: template: there is no field "colectors": did you mean collectors?`,
		"defaults: {region: [eu]}\ndiscovery:\n- {tsg_id: 1, client_id: c, client_secret_file: s}":                    "1: defaults: region: this must be a single value",
		"tenants:\n- {" + tenant + "}\n\t- b":                                                                         "3: this is not valid YAML: found",
		"tenants:\n- {" + tenant + "}\n...\n---\na: b":                                                                "4: a second YAML document starts here",
		"tenants:\n- {" + tenant + ", http: {tls_config: {ca_file: absent.pem}}}":                                     "2: tenant a: http.tls_config.ca_file: the file ",
		"tenants:\n- {" + tenant + ", http: {tls_config: {min_version: TLS9}}}":                                       `2: tenant a: http.tls_config.min_version: "TLS9": use TLS12 or TLS13`,
	} {
		_, err := load(t, text)
		if err == nil || !strings.Contains(err.Error(), "tenants.yml:"+want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got\n%v\nwant one line with %q", text, err, want)
		}
	}
}

// TestMergesInACircle end.
func TestMergesInACircle(t *testing.T) {
	for _, text := range []string{
		"tenants:\n- &a {name: a, <<: *a}",
		"a: &a {<<: [*b]}\nb: &b {<<: [*a, *a]}",
		"x: &x {a: &y [*x, *x, *x, *x]}\ntenants: *y",
	} {
		if _, err := load(t, text); err == nil {
			t.Errorf("%q loads", text)
		}
	}
}

// TestByteOrderMark: a mark before the file is nothing.
func TestByteOrderMark(t *testing.T) {
	c, err := load(t, "\ufefftenants:\n- {name: a, tenant_id: 1, region: eu, api_key_file: k}\n")
	if err != nil || len(c.Tenants) != 1 {
		t.Errorf("got %v", err)
	}
}

// TestNoSecretIsPrinted: what was pasted into the wrong place may be one.
func TestNoSecretIsPrinted(t *testing.T) {
	const secret = "9f3b2c1d-77aa-4e5f-8b21-0c4d5e6f7a8b"
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
	for _, s := range []string{secret, jwt, "AKx93jfKQ02mdLwpz7/fjKQ0dkw9+2mfkLq=="} {
		for _, field := range []string{"api_key_file", "region", "tenant_id", "base_url", "client_id", "api", "collectors", "api_key_issued", "sub_tenant_header", "colour", "name"} {
			value := s
			if field == "collectors" {
				value = "[" + s + "]"
			}
			_, err := load(t, "tenants:\n- {name: a, "+field+": "+value+"}\n- {"+s+": x}")
			if err == nil || strings.Contains(err.Error(), s) {
				t.Errorf("%s: got %v", field, err)
			}
		}
		c, err := load(t, "tenants:\n- {name: a, tenant_id: 1, region: eu, api_key_file: '"+s+"'}")
		if err != nil || len(c.Warnings) != 1 || strings.Contains(c.Warnings[0].Error(), s) {
			t.Errorf("a key in the place of its file: %v, %v", err, c)
		}
	}
}

// TestMissingFiles: all at once, and a secret that is not there yet leaves the
// file usable.
func TestMissingFiles(t *testing.T) {
	text := `tenants:
- {name: a, tenant_id: 1, region: eu, api_key_file: absent-a}
- {name: b, tenant_id: 2, region: eu, api_key_file: k}
- {name: c, api: v3, tenant_id: 3, region: eu, client_id: c, client_secret_file: absent-c}
capacity:
- {name: d, token_file: absent-d}
`
	c, err := load(t, text)
	if err != nil || len(c.Warnings) != 3 {
		t.Fatalf("got %v, %v", c, err)
	}
	for i, want := range []string{":2: tenant a: api_key_file: the file ", ":4: tenant c: client_secret_file: the file ", ":6: company d: token_file: the file "} {
		if !strings.Contains(c.Warnings[i].Error(), want) {
			t.Errorf("got %q, want %q", c.Warnings[i], want)
		}
	}
	_, err = load(t, text+"tenant: []\n")
	if err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("with a mistake: %v", err)
	}
	if _, err = load(t, "tenants:\n- {name: a, tenant_id: 1, region: eu, api_key_file: .}"); err != nil {
		t.Error(err)
	}
}

// TestRegions: those that nobody has documented are taken, with a warning.
func TestRegions(t *testing.T) {
	for _, c := range []struct{ fields, endpoint, word, warning string }{
		{"region: eu, api_key_file: k", "https://pa-eu01.api.prismaaccess.com", "europe", ""},
		{"region: ch, api_key_file: k", "https://pa-ch01.api.prismaaccess.com", "ch", `2: tenant a: region: "ch" is not a known region (us, eu, uk, sg, ca, jp, au, de, in), so the exporter uses the host pa-ch01.api.prismaaccess.com`},
		{"region: pa-staging02, api_key_file: k", "https://pa-staging02.api.prismaaccess.com", "pa-staging02", "the exporter uses the host pa-staging02.api"},
		{"region: pa-us01, api_key_file: k", "https://pa-us01.api.prismaaccess.com", "pa-us01", ""},
		{"region: ch02, api: v2, client_id: c, client_secret_file: s", "https://pa-ch02.api.prismaaccess.com", "ch02", "is not a known region"},
		{"region: ch, api: v3, client_id: c, client_secret_file: s", "https://api.sase.paloaltonetworks.com", "ch", "so the exporter sends X-PANW-Region unchanged"},
		{"region: us, api: v3, client_id: c, client_secret_file: s", "https://api.sase.paloaltonetworks.com", "americas", ""},
		{"region: americas, api: v3, client_id: c, client_secret_file: s", "https://api.sase.paloaltonetworks.com", "americas", ""},
		{"region: europ, api: v3, client_id: c, client_secret_file: s", "https://api.sase.paloaltonetworks.com", "europ", "did you mean europe?"},
		{"base_url: 'https://x.example/', api_key_file: k", "https://x.example", "", ""},
	} {
		cfg, err := load(t, "tenants:\n- {name: a, tenant_id: 1, "+c.fields+"}")
		if err != nil {
			t.Errorf("%s: %v", c.fields, err)
			continue
		}
		tenant := cfg.Tenants[0]
		if tenant.Endpoint() != c.endpoint || tenant.RegionWord() != c.word {
			t.Errorf("%s: got %s and %q", c.fields, tenant.Endpoint(), tenant.RegionWord())
		}
		if (len(cfg.Warnings) > 0) != (c.warning != "") || c.warning != "" && !strings.Contains(cfg.Warnings[0].Error(), c.warning) {
			t.Errorf("%s: got %v, want %q", c.fields, cfg.Warnings, c.warning)
		}
	}
	c, err := load(t, "discovery:\n- {tsg_id: 1, client_id: c, client_secret_file: s, template: {region: id}}")
	if err != nil || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].Error(), `:2: discovery 1: template.region: "id" is not a known region`) {
		t.Errorf("a discovery: %v, %v", c, err)
	}
	c, err = load(t, "tenants:\n- {name: a, tenant_id: 1, region: eu, api_key_file: k, api_key_issued: 9000-01-01}\n- {name: b, tenant_id: 2, region: eu, api_key_file: k, api_key_issued: "+time.Now().Format(time.DateOnly)+"}")
	if err != nil || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].Error(), ":2: tenant a: api_key_issued: 9000-01-01 is in the future") {
		t.Errorf("a day to come: %v, %v", c.Warnings, err)
	}
	c, err = load(t, "defaults: {region: ch}\ntenants:\n- {name: a, tenant_id: 1, api_key_file: k}\n- {name: b, tenant_id: 2, api_key_file: k}")
	if err != nil || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].Error(), `:1: defaults: region: "ch"`) {
		t.Errorf("the defaults: %v, %v", c.Warnings, err)
	}
}

// TestProxies: what cannot be understood is an error, and never no proxy.
func TestProxies(t *testing.T) {
	for _, c := range []struct{ proxy, want string }{
		{"http://proxy.corp:3128", ""},
		{"https://user:p%40ss@proxy.corp", ""},
		{"socks5://[::1]:1080", ""},
		{"proxy.corp:3128", "http.proxy_url: the scheme is missing: write it as http://HOST:PORT"},
		{"10.0.0.1:3128", "the scheme is missing"},
		{"user:hunter22@proxy:3128", "the scheme is missing"},
		{"http://user:p%ss@proxy:3128", "this is not a URL (it is not shown because it may contain a password)"},
		{"http://pro%xy:3128", "this is not a URL (invalid URL escape"},
		{"http://proxy:99999", "the port is not a number from 1 to 65535"},
		{"http://proxy:0", "the port is not a number"},
		{"http://proxy:3128/", ""},
		{"http://proxy:3128/x", "a proxy has no path"},
		{"http://user:hunter22@proxy:3128?x", "a proxy has no path"},
		{"http://:3128", "the host is missing"},
		{"ftp://proxy:21", `"ftp" is not a supported kind of proxy`},
	} {
		_, err := load(t, "tenants:\n- name: a\n  tenant_id: 1\n  region: eu\n  api_key_file: k\n  http:\n    proxy_url: '"+c.proxy+"'\n")
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.proxy, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), "tenants.yml:7: tenant a: ") || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want %q", c.proxy, err, c.want)
		case err != nil && (strings.Contains(err.Error(), "hunter22") || strings.Contains(err.Error(), "p%ss")):
			t.Errorf("the password is in %v", err)
		}
	}
}

// TestProxyOfTheEnvironment: Go's HTTP client would go without one that it
// cannot understand.
func TestProxyOfTheEnvironment(t *testing.T) {
	text := "tenants:\n- {name: a, tenant_id: 1, region: eu, api_key_file: k, http: {proxy_from_environment: true}}"
	for value, want := range map[string]string{
		"":                        "",
		"http://proxy:3128":       "",
		"proxy:3128":              "",
		"http://u:p%ss@proxy:1":   "2: tenant a: http.proxy_from_environment: environment variable HTTPS_PROXY: this is not a URL (it is not shown",
		"u:p%ss@proxy:1":          "environment variable HTTPS_PROXY: this is not a URL (it is not shown",
		"socks4://proxy:1":        `environment variable HTTPS_PROXY: "socks4" is not a supported kind of proxy`,
		"http://proxy.corp:31281": "",
		"http://proxy.corp:x":     "environment variable HTTPS_PROXY: this is not a URL",
	} {
		t.Setenv("HTTPS_PROXY", value)
		_, err := load(t, text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", value, err, want)
		}
		if _, err := load(t, strings.Replace(text, "true", "false", 1)); err != nil {
			t.Errorf("%s, and the environment is not asked: %v", value, err)
		}
	}
}

// TestAMountThatHangs is not awaited for long, and says which files are on it.
func TestAMountThatHangs(t *testing.T) {
	here, err := os.Stat("url.go")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		defer close(hang)
		paths := make([]string, 1000)
		for i := range paths {
			paths[i] = "here"
		}
		paths[3], paths[5] = "hangs", "absent"
		begun := time.Now()
		got := look(paths, func(path string) (fs.FileInfo, error) {
			switch path {
			case "hangs":
				<-hang
			case "absent":
				return nil, fs.ErrNotExist
			}
			return here, nil
		})
		if !errors.Is(got[3], errHangs) || !errors.Is(got[5], fs.ErrNotExist) || got[4] != nil || got[999] != nil {
			t.Errorf("got %v, %v, %v", got[3:6], got[999], err)
		}
		if took := time.Since(begun); took != lookTime {
			t.Errorf("it took %s", took)
		}
	})
	if got := look(nil, os.Stat); len(got) != 0 {
		t.Errorf("of no files: %v", got)
	}
}

// TestFilesThatMeanTooMuch: what a file means is not many times what it says,
// unless it is little anyway.
func TestFilesThatMeanTooMuch(t *testing.T) {
	if testing.Short() {
		t.Skip("asks much with one goroutine")
	}
	members := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "k%d: v, ", i)
		}
		return b.String()
	}
	times := func(n int, what string) string { return strings.TrimSuffix(strings.Repeat(what+", ", n), ", ") }
	const tenant = "name: a, tenant_id: 1, region: eu, api_key_file: k"
	for name, file := range map[string]string{
		"merged again and again": "defaults: &d {" + members(200) + "}\ntenants: [&t {<<: [" + times(900, "*d") + "]}, " + times(200, "*t") + "]\n",
		"merged within merged":   "defaults: {labels: &a {<<: [" + times(12, "*a") + "]}}\ntenants: [{" + tenant + "}]\n",
		"one list for all":       "defaults: {sub_tenants: &s [" + times(2000, "x") + "]}\ntenants: [" + times(200, "{"+tenant+", sub_tenants: *s}") + "]\n",
		"one mapping for all":    "defaults: {labels: &l {" + members(2000) + "}}\ntenants: [" + times(200, "{"+tenant+", labels: *l}") + "]\n",
		"one tenant for all":     "tenants: [&t {" + tenant + ", labels: {" + members(500) + "}}, " + times(5000, "*t") + "]\n",
	} {
		l := &loader{file: "f.yml", known: known, names: map[string]string{}}
		if l.config([]byte(file)); l.overflow == nil || !strings.Contains(l.overflow.Error(), "use fewer of them") || l.overflow.line == 0 {
			t.Errorf("%s: %v", name, l.overflow)
		}
	}
	var many strings.Builder
	many.WriteString("defaults: {labels: &l {" + members(10) + "}}\ntenants:\n")
	const tenants = 1000
	for i := range tenants {
		fmt.Fprintf(&many, "- {name: t%d, tenant_id: %d, region: eu, api_key_file: k, labels: {<<: *l}}\n", i, i+1)
	}
	l := &loader{file: "f.yml", known: known, names: map[string]string{}}
	if c := l.config([]byte(many.String())); len(l.mistakes) > 0 || l.overflow != nil || len(c.Tenants) != tenants || len(c.Tenants[tenants-1].Labels) != 10 {
		t.Errorf("many tenants with the same labels: %v, %v", l.overflow, l.mistakes)
	}
}

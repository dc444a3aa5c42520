package config

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

// allCollectors are what the schema knows; a test of main compares them with
// those that there are.
var allCollectors = []string{"alerts", "incidents", "locations", "remote_networks", "service_connections", "tunnels", "mobile_users", "bandwidth", "licenses", "upgrades"}

func readSchema(t *testing.T) (text any, compiled *jsonschema.Schema) {
	t.Helper()
	f, err := os.Open("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if text, err = jsonschema.UnmarshalJSON(f); err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", text); err != nil {
		t.Fatal(err)
	}
	if compiled, err = c.Compile("schema.json"); err != nil {
		t.Fatal(err)
	}
	return text, compiled
}

// asJSON is a YAML file as an editor takes it: what looks like a day is text.
func asJSON(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.DocumentNode:
		return asJSON(t, n.Content[0])
	case yaml.AliasNode:
		return asJSON(t, n.Alias)
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = asJSON(t, n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, asJSON(t, item))
		}
		return list
	}
	if n.Tag == "!!timestamp" || n.Tag == "!!str" {
		return n.Value
	}
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestSchemaAndLoaderAgree: what one takes, the other does, but for what a
// schema cannot say.
func TestSchemaAndLoaderAgree(t *testing.T) {
	_, schema := readSchema(t)
	const tenant = "name: a, tenant_id: 1, region: eu, api_key_file: k"
	const account = "name: a, tenant_id: 1000000001, client_id: c@x.example, client_secret_file: s"
	const group = "tsg_id: 1000000000, client_id: c, client_secret_file: s"
	with := func(more string) string { return "tenants:\n- {" + tenant + ", " + more + "}" }
	for _, c := range []struct {
		text string
		good bool
	}{
		{"tenants:\n- {" + tenant + "}", true},
		{"defaults: {region: eu, api_key_file: k}\ntenants:\n- {name: a, tenant_id: '1'}", true},
		{"defaults: {base_url: 'https://x'}\ntenants:\n- {name: a, tenant_id: 1, api_key_file: k}", true},
		{"defaults: {base_url: 'https://x'}\ntenants:\n- {" + tenant + "}", true},
		{"defaults: {}\ntenants:\n- {" + tenant + "}", true},
		{with("api_key_issued: 2026-03-01"), true},
		{with("api_key_issued: '2026-03-01'"), true},
		{with("sub_tenants: [1, b-2]"), true},
		{with("sub_tenants: []"), true},
		{with("sub_tenant_header: Prisma-SubTenant"), true},
		{with("collectors: [alerts, mobile_users]"), true},
		{with("paths: {tunnel_list: custom/query/tunnels/v2}"), true},
		{with("labels: {customer: acme, tier: 1, live: true, empty: ''}"), true},
		{with("http: {proxy_url: 'http://p:3128', no_proxy: 10.0.0.0/8}"), true},
		{with("http: {proxy_from_environment: true, proxy_connect_header: {X-A: [b]}}"), true},
		{with("http: {tls_config: {ca_file: ca, cert_file: c, key_file: k, server_name: x, min_version: TLS12, insecure_skip_verify: false}}"), true},
		{with("http: {}"), true},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'http://127.0.0.1:8080/x', api_key_file: k}", true},
		{"tenants:\n- &a {" + tenant + ", labels: &l {b: c}}\n- {name: b, tenant_id: 2, region: us, api_key_file: k, labels: *l}", true},

		{"just text", false},
		{"tenants: []", false},
		{"tenants: {a: b}", false},
		{"defaults: {region: eu}", false},
		{"defaults:\ntenants:\n- {" + tenant + "}", false},
		{"tenant: []\ntenants:\n- {" + tenant + "}", false},
		{"defaults: {name: a}\ntenants:\n- {" + tenant + "}", false},
		{"defaults: {tenant_id: 1}\ntenants:\n- {" + tenant + "}", false},
		{"defaults: {sub_tenants: [1]}\ntenants:\n- {" + tenant + "}", false},
		{"defaults: {labels: {a-b: c}}\ntenants:\n- {" + tenant + "}", false},
		{"defaults: {region: eu, base_url: 'https://x'}\ntenants:\n- {name: a, tenant_id: 1, api_key_file: k}", false},
		{"tenants:\n- text", false},
		{"tenants:\n- {tenant_id: 1, region: eu, api_key_file: k}", false},
		{"tenants:\n- {name: a, region: eu, api_key_file: k}", false},
		{"tenants:\n- {name: a, tenant_id: 1, api_key_file: k}", false},
		{"tenants:\n- {name: a, tenant_id: 1, region: eu}", false},
		{"tenants:\n- {name: a b, tenant_id: 1, region: eu, api_key_file: k}", false},
		{"tenants:\n- {name: [a], tenant_id: 1, region: eu, api_key_file: k}", false},
		{"tenants:\n- {name: , tenant_id: 1, region: eu, api_key_file: k}", false},
		{"tenants:\n- {name: a, tenant_id: 1.5, region: eu, api_key_file: k}", false},
		{"tenants:\n- {name: a, tenant_id: ../1, region: eu, api_key_file: k}", false},
		{"tenants:\n- {name: a, tenant_id: 1, region: the moon, api_key_file: k}", false},
		{"tenants:\n- {name: a, tenant_id: 1, region: eu, api_key_file: ''}", false},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'http://x', api_key_file: k}", false},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'https://u:p@x', api_key_file: k}", false},
		{"tenants:\n- {name: a, tenant_id: 1, base_url: 'https://x?y', api_key_file: k}", false},
		{with("base_url: https://x"), false},
		{with("colour: red"), false},
		{with("api_key_issued: soon"), false},
		{with("api_key_issued: 2026-02-30"), false},
		{with("api_key_issued: 2026-03-01T00:00:00Z"), false},
		{with("sub_tenants: 5"), false},
		{with("sub_tenants: [a/b]"), false},
		{with("sub_tenant_header: X"), false},
		{with("collectors: [bogus]"), false},
		{with("collectors: alerts"), false},
		{with("collectors: "), false},
		{with("paths: [a]"), false},
		{with("paths: {rn_list: /etc}"), false},
		{with("paths: {rn_list: a/../b}"), false},
		{with("paths: {rn_list: 'a?b'}"), false},
		{with("labels: {a-b: c}"), false},
		{with("labels: {__a: c}"), false},
		{with("labels: {tenant: c}"), false},
		{with("labels: {a: [c]}"), false},
		{with("labels: {a: }"), false},
		{with("http: "), false},
		{with("http: {bearer_token: x}"), false},
		{with("http: {follow_redirects: false}"), false},
		{with("http: {no_proxy: x}"), false},
		{with("http: {proxy_url: 'http://x', proxy_from_environment: true}"), false},
		{with("http: {proxy_connect_header: {A: [b]}}"), false},
		{with("http: {tls_config: {ca_fil: x}}"), false},
		{with("http: {tls_config: {ca: x, ca_file: y}}"), false},
		{with("http: {tls_config: {cert_file: x}}"), false},
		{with("http: {tls_config: {key_file: x}}"), false},
		{with("http: {tls_config: {min_version: TLS9}}"), false},

		{with("api: v1"), true},
		{with("columns: {rn_list: {site_name: site, ipsec_node: ''}}"), true},
		{"tenants:\n- {" + account + ", api: v2, region: eu}", true},
		{"tenants:\n- {" + account + ", api: v2, base_url: 'https://x', token_url: 'https://y/t'}", true},
		{"tenants:\n- {" + account + ", api: v3, region: eu}", true},
		{"tenants:\n- {" + account + ", api: v3, region: eu, base_url: 'https://x'}", true},
		{"defaults: {api: v3, region: eu, base_url: 'https://x', client_id: c, client_secret_file: s}\ntenants:\n- {name: a, tenant_id: 1000000001}", true},
		{"defaults: {api_key_file: k, client_id: c, client_secret_file: s, region: eu}\ntenants:\n- {name: a, tenant_id: x}\n- {name: b, api: v2, tenant_id: 1}", true},
		{"discovery:\n- {" + group + ", template: {region: eu}}", true},
		{"discovery:\n- {" + group + ", name: msp, refresh_interval: 30m, max_tenants: 5, hierarchy: true, include_self: false, exclude: [1000000009, '1'], base_url: 'https://x', token_url: 'https://y', http: {}, template: {name: 'x-{{.DisplayName}}', api: v2, base_url: 'https://z', labels: {a: '{{.ID}}'}}}", true},
		{"capacity:\n- {name: gas, token_file: t}", true},
		{"capacity:\n- {name: gas, token_file: t, base_url: 'https://x', resources: {a: 'api?b=c'}, http: {}, labels: {team: x}}", true},

		{with("api: v4"), false},
		{with("client_id: c"), false},
		{with("api: v1, client_secret_file: s"), false},
		{with("api: v2"), false},
		{with("columns: {rn_list: x}"), false},
		{with("columns: {rn_list: {a: 'b c'}}"), false},
		{"tenants:\n- {" + account + ", api: v2, region: eu, base_url: 'https://x'}", false},
		{"tenants:\n- {" + account + ", api: v2, region: eu, api_key_file: k}", false},
		{"tenants:\n- {" + account + ", api: v2, region: eu, api_key_issued: 2026-03-01}", false},
		{"tenants:\n- {" + account + ", api: v3, region: eu, token_url: 'http://x'}", false},
		{"tenants:\n- {" + account + ", api: v3}", false},
		{"tenants:\n- {name: a, api: v3, tenant_id: acme, region: eu, client_id: c, client_secret_file: s}", false},
		{"tenants:\n- {name: a, api: v3, tenant_id: 1, region: eu, client_secret_file: s}", false},
		{"tenants:\n- {name: a, api: v3, tenant_id: 1, region: eu, client_id: c}", false},
		{"tenants:\n- {name: a, api: v3, tenant_id: 1, region: eu, client_id: 'c:d', client_secret_file: s}", false},
		{"discovery:\n- {" + group + ", template: {region: eu}, provider: {}}", true},
		{"discovery:\n- {" + group + ", template: {region: eu}, provider: {regions: [us, europe], interval: 30s, drill_down: false, drill_interval: 2h}}", true},
		{"discovery:\n- {" + group + ", template: {region: eu}, provider: {region: us}}", false},
		{"discovery:\n- {" + group + ", template: {region: eu}, provider: {regions: [us, us]}}", false},
		{"discovery:\n- {" + group + ", template: {region: eu}, provider: {interval: often}}", false},
		{"discovery:\n- {" + group + ", template: {region: eu}, provider: {drill_down: perhaps}}", false},
		{"discovery: []", false},
		{"discovery:\n- {tsg_id: x, client_id: c, client_secret_file: s, template: {region: eu}}", false},
		{"discovery:\n- {tsg_id: 1, client_secret_file: s, template: {region: eu}}", false},
		{"discovery:\n- {" + group + ", template: {region: eu, api: v1, api_key_file: k}}", false},
		{"discovery:\n- {" + group + ", template: {region: eu, tenant_id: 1}}", false},
		{"discovery:\n- {" + group + ", refresh_interval: soon, template: {region: eu}}", false},
		{"discovery:\n- {" + group + ", exclude: [x], template: {region: eu}}", false},
		{"discovery:\n- {" + group + ", max_tenants: 0, template: {region: eu}}", false},
		{"discovery:\n- {" + group + ", hierarchy: yes please, template: {region: eu}}", false},
		{"capacity: []", false},
		{"capacity:\n- {name: gas}", false},
		{"capacity:\n- {name: gas, token_file: t, resources: {}}", false},
		{"capacity:\n- {name: gas, token_file: t, resources: {a: /b}}", false},
		{"capacity:\n- {name: gas, token_file: t, labels: {company: x}}", false},
		{"capacity:\n- {name: gas, token_file: t, token: x}", false},
	} {
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(c.text), &n); err != nil {
			t.Fatal(err)
		}
		bySchema := schema.Validate(asJSON(t, &n))
		l := &loader{file: "f", known: Known{allCollectors, known.Resources, known.Columns, known.Labels}, names: map[string]string{}}
		l.config([]byte(c.text))
		if (bySchema == nil) != c.good || (len(l.mistakes) == 0) != c.good {
			t.Errorf("%q: want good %t\nschema: %v\nloader: %v", c.text, c.good, bySchema, l.mistakes)
		}
	}
}

// fieldsNamed are the fields that the loader names when what should have them is
// none of it.
func fieldsNamed(t *testing.T, text string) []string {
	t.Helper()
	l := &loader{file: "f", known: Known{allCollectors, known.Resources, known.Columns, known.Labels}, names: map[string]string{}}
	l.config([]byte(text))
	for _, err := range l.mistakes {
		if _, list, ok := strings.Cut(err.Error(), "this must be a mapping, of "); ok {
			return strings.Split(list, ", ")
		}
	}
	t.Fatalf("%q: the loader says %v", text, l.mistakes)
	return nil
}

// TestSchemaHasTheLoadersFields: no more, no fewer, and the same words.
func TestSchemaHasTheLoadersFields(t *testing.T) {
	text, _ := readSchema(t)
	at := func(path ...string) any {
		v := text
		for _, name := range path {
			v = v.(map[string]any)[name]
		}
		return v
	}
	for _, c := range []struct {
		text string
		path []string
	}{
		{"text", []string{"properties"}},
		{"defaults: text\ntenants: []", []string{"properties", "defaults", "properties"}},
		{"tenants:\n- text", []string{"$defs", "tenant", "properties"}},
		{"discovery:\n- text", []string{"$defs", "discovery", "properties"}},
		{"discovery:\n- {template: text}", []string{"$defs", "template", "properties"}},
		{"discovery:\n- {provider: text}", []string{"$defs", "provider", "properties"}},
		{"capacity:\n- text", []string{"$defs", "company", "properties"}},
		{"defaults: {http: text}\ntenants: []", []string{"$defs", "http", "properties"}},
		{"defaults: {http: {tls_config: text}}\ntenants: []", []string{"$defs", "tls_config", "properties"}},
	} {
		got := slices.Sorted(maps.Keys(at(c.path...).(map[string]any)))
		if want := fieldsNamed(t, c.text); !slices.Equal(got, want) {
			t.Errorf("%s: the schema has %v, the loader %v", filepath.Join(c.path...), got, want)
		}
	}
	for _, c := range []struct {
		path []string
		want []string
	}{
		{[]string{"$defs", "api", "enum"}, VersionNames()},
		{[]string{"$defs", "region", "examples"}, Regions()},
		{[]string{"$defs", "sub_tenant_header", "enum"}, SubTenantHeaders},
		{[]string{"$defs", "collectors", "items", "enum"}, allCollectors},
	} {
		var got []string
		for _, v := range at(c.path...).([]any) {
			got = append(got, v.(string))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: the schema has %v, want %v", filepath.Join(c.path...), got, c.want)
		}
	}
}

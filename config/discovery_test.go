package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// provider is a file with a discovery; %s stands for more of its fields.
const provider = `
defaults: {region: eu, collectors: [alerts], api_key_file: k, labels: {team: network}}
tenants:
- {name: by-hand, api: v2, tenant_id: 1000000002, client_id: own, client_secret_file: own.secret}
discovery:
- tsg_id: 1000000000
  client_id: root@1000000000.example
  client_secret_file: root.secret
  token_url: https://auth.example/token
  refresh_interval: 30m
%s
`

func loadProvider(t testing.TB, more string) Discovery {
	t.Helper()
	c, err := load(t, fmt.Sprintf(provider, more))
	if err != nil {
		t.Fatal(err)
	}
	return c.Discoveries[0]
}

// TestDiscoveredTenants: a tenant has what the template, the account and the
// defaults say, in this order.
func TestDiscoveredTenants(t *testing.T) {
	d := loadProvider(t, `
  max_tenants: 10
  hierarchy: true
  include_self: true
  template:
    name: "{{.DisplayName}}"
    region: us
    labels: {customer: "{{.DisplayName}}", above: "{{.Parent}}"}
`)
	if d.Account.Name != "1000000000" || d.Interval != 30*time.Minute || d.MaxTenants != 10 || !d.Hierarchy || !d.IncludeSelf {
		t.Errorf("the discovery is %+v", d)
	}
	got, err := d.Tenant(Group{ID: "1000000001", DisplayName: " Müller & Söhne ", Parent: "1000000000"})
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "M-ller---S-hne" || got.ID != "1000000001" || got.API != V3 || got.Region != "us" ||
		got.ClientID != "root@1000000000.example" || filepath.Base(got.ClientSecretFile) != "root.secret" || !filepath.IsAbs(got.ClientSecretFile) ||
		got.TokenURL != "https://auth.example/token" || got.APIKeyFile != "" || strings.Join(got.Collectors, "") != "alerts" ||
		got.Labels["team"] != "network" || got.Labels["customer"] != " Müller & Söhne " || got.Labels["above"] != "1000000000" {
		t.Errorf("the tenant is %+v", got)
	}
	if again, _ := d.Tenant(Group{ID: "1000000003", DisplayName: "x"}); again.Labels["customer"] != "x" || got.Labels["customer"] == "x" {
		t.Error("two tenants share their labels")
	}
}

// TestDiscoveredTenantsThatCannotBe: bounds, names that are taken and groups
// that are configured by hand.
func TestDiscoveredTenantsThatCannotBe(t *testing.T) {
	d := loadProvider(t, "  max_tenants: 2\n  exclude: [1000000007]\n  template: {name: '{{.DisplayName}}'}\n")
	byHand := []Tenant{
		{Name: "by-hand", API: V2, ID: "1000000002"},
		{Name: "old", ID: "1000000005"}, // of 1.0: the same number means nothing
	}
	tenants, left := d.Tenants([]Group{
		{ID: "1000000001", DisplayName: "first"},
		{ID: "1000000001", DisplayName: "again"},
		{ID: "1000000002", DisplayName: "configured"},
		{ID: "1000000003", DisplayName: "by-hand"},
		{ID: "1000000004", DisplayName: "株式会社"},
		{ID: "1000000005", DisplayName: "fifth"},
		{ID: "1000000007", DisplayName: "excluded"},
		{ID: "oops", DisplayName: "no-group"},
		{ID: "1000000006", DisplayName: "company"},
		{ID: "1000000009", DisplayName: "late"},
	}, byHand, []string{"company"})
	var names, reasons []string
	for _, tenant := range tenants {
		names = append(names, tenant.Name)
	}
	for _, err := range left {
		reasons = append(reasons, err.Error())
	}
	if got := strings.Join(names, " "); got != "first 1000000004" {
		t.Errorf("tenants %s", got)
	}
	want := []string{
		`TSG oops: tenant_id: "oops"`,
		"TSG 1000000003: the name by-hand is already in use; add {{.ID}} to the template's name",
		"TSG 1000000006: the name company is already in use",
		"TSG 1000000005: there are more tenants than max_tenants (2)",
		"TSG 1000000009: there are more tenants than max_tenants (2)",
	}
	for i, reason := range want {
		if i >= len(reasons) || !strings.HasPrefix(reasons[i], reason) {
			t.Errorf("left out are\n%s\nwant\n%s", strings.Join(reasons, "\n"), strings.Join(want, "\n"))
			break
		}
	}
	if len(reasons) != len(want) {
		t.Errorf("%d reasons, want %d: %q", len(reasons), len(want), reasons)
	}
}

// TestDiscoveryInARelativeFile: what is beside the file is found from where
// the exporter runs, whoever says it.
func TestDiscoveryInARelativeFile(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.MkdirAll("conf", 0o700); err != nil {
		t.Fatal(err)
	}
	writeFiles(t, "conf", "root.secret", "ca.pem")
	for _, template := range []string{"{region: eu}", "{region: eu, client_secret_file: root.secret, http: {tls_config: {ca_file: ca.pem}}}"} {
		text := "discovery:\n- {tsg_id: 1, client_id: c, client_secret_file: root.secret, http: {tls_config: {ca_file: ca.pem}}, template: " + template + "}\n"
		if err := os.WriteFile("conf/tenants.yml", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load("conf/tenants.yml", known)
		if err != nil {
			t.Fatal(err)
		}
		d := c.Discoveries[0]
		got, err := d.Tenant(Group{ID: "2"})
		if err != nil {
			t.Fatal(err)
		}
		for who, tenant := range map[string]Tenant{"account": d.Account, "tenant": got} {
			if tenant.ClientSecretFile != "conf/root.secret" || tenant.HTTP.TLSConfig.CAFile != "conf/ca.pem" {
				t.Errorf("%s: the %s has %s and %s", template, who, tenant.ClientSecretFile, tenant.HTTP.TLSConfig.CAFile)
			}
		}
	}
}

// TestAnotherVersionInheritsNoURL: nor the paths and columns that are known of
// the version of the defaults.
func TestAnotherVersionInheritsNoURL(t *testing.T) {
	c, err := load(t, `
defaults: {base_url: "https://one.example", paths: {rn_list: query/x}, columns: {rn_list: {a: b}}, api_key_file: k, client_id: c, client_secret_file: s}
tenants:
- {name: one, tenant_id: old}
- {name: three, api: v3, tenant_id: 1, region: eu, paths: {sc_list: query/y}}
- {name: still-one, api: v1, tenant_id: old}
`)
	if err != nil {
		t.Fatal(err)
	}
	one, three, still := c.Tenants[0], c.Tenants[1], c.Tenants[2]
	if one.BaseURL == "" || one.Paths["rn_list"] == "" || !reflect.DeepEqual(one.Paths, still.Paths) || still.BaseURL != one.BaseURL || still.Columns["rn_list"]["a"] != "b" {
		t.Errorf("of 1.0: %+v\n%+v", one, still)
	}
	if three.BaseURL != "" || len(three.Paths) != 1 || len(three.Columns) != 0 {
		t.Errorf("of 3.0: %+v", three)
	}
	c, err = load(t, `
defaults: {api: v3, region: eu, base_url: "https://three.example", api_key_file: k, client_id: c, client_secret_file: s}
tenants:
- {name: one, api: v1, tenant_id: old}
discovery:
- {tsg_id: 1, client_id: c, client_secret_file: s, base_url: "https://three.example", template: {api: v2}}
`)
	if err != nil {
		t.Fatal(err)
	}
	two, err := c.Discoveries[0].Tenant(Group{ID: "2"})
	if err != nil || two.API != V2 || two.BaseURL != "" || two.Region != "eu" || c.Tenants[0].BaseURL != "" {
		t.Errorf("%v, %+v", err, two)
	}
}

// TestTemplateWithAHostOfItsOwn: it takes the place of the defaults' region.
func TestTemplateWithAHostOfItsOwn(t *testing.T) {
	d := loadProvider(t, "  template: {api: v2, base_url: 'https://own.example'}\n")
	got, err := d.Tenant(Group{ID: "1"})
	if err != nil || got.Region != "" || got.BaseURL != "https://own.example" {
		t.Errorf("%v, %+v", err, got)
	}
}

// TestDiscoveryWithoutATemplateInherits: names are the groups' IDs then.
func TestDiscoveryWithoutATemplateInherits(t *testing.T) {
	d := loadProvider(t, "")
	got, err := d.Tenant(Group{ID: "1000000001"})
	if err != nil || got.Name != "1000000001" || got.Region != "eu" || got.API != V3 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestVersionsInherit: defaults may have the credentials of all versions, and
// each tenant takes its own.
func TestVersionsInherit(t *testing.T) {
	c, err := load(t, `
defaults: {region: eu, api_key_file: k, api_key_issued: 2026-03-01, client_id: c, client_secret_file: s, token_url: "https://t", columns: {rn_list: {a: b}}}
tenants:
- {name: one, tenant_id: old-id}
- {name: two, api: v2, tenant_id: 1000000001, base_url: "https://x"}
- {name: three, api: v3, tenant_id: 1000000002, base_url: "https://x", columns: {rn_list: {c: ""}, sc_list: {d: e}}}
`)
	if err != nil {
		t.Fatal(err)
	}
	one, two, three := c.Tenants[0], c.Tenants[1], c.Tenants[2]
	if one.APIKeyFile == "" || one.APIKeyIssued.IsZero() || one.ClientID+one.ClientSecretFile+one.TokenURL != "" {
		t.Errorf("of 1.0: %+v", one)
	}
	if two.APIKeyFile != "" || !two.APIKeyIssued.IsZero() || two.ClientID != "c" || two.ClientSecretFile == "" || two.TokenURL != "https://t" || two.Region != "" {
		t.Errorf("of 2.0: %+v", two)
	}
	if three.Region != "eu" || three.BaseURL != "https://x" || three.Columns["rn_list"]["a"] != "" || three.Columns["sc_list"]["d"] != "e" {
		t.Errorf("of 3.0: %+v", three)
	}
	if theirs, ok := three.Columns["rn_list"]["c"]; !ok || theirs != "" {
		t.Errorf("a column that is not there: %+v", three.Columns)
	}
	if _, ok := one.Columns["rn_list"]["c"]; ok {
		t.Error("a tenant altered what others inherit")
	}
}

func TestLoadCompanies(t *testing.T) {
	c, err := load(t, `
capacity:
- {name: gas, token_file: gas.token}
- {name: power, token_file: /run/power, base_url: "https://x", resources: {calendar: api/v1/auction-calendar}, labels: {desk: south}}
`)
	if err != nil {
		t.Fatal(err)
	}
	gas, power := c.Companies[0], c.Companies[1]
	if gas.BaseURL != "https://platform.prisma-capacity.eu" || len(gas.Resources) != 4 || gas.Resources["fcfs-booking"] != "api/v2/fcfs-booking" ||
		!filepath.IsAbs(gas.TokenFile) || filepath.Base(gas.TokenFile) != "gas.token" || gas.HTTP.FollowRedirects {
		t.Errorf("gas is %+v", gas)
	}
	if power.BaseURL != "https://x" || len(power.Resources) != 1 || power.TokenFile != "/run/power" || power.Labels["desk"] != "south" {
		t.Errorf("power is %+v", power)
	}
}

// FuzzTemplate: whatever a template and the names of groups are, a tenant that
// comes of them is one that a file could have.
func FuzzTemplate(f *testing.F) {
	f.Add("{{.DisplayName}}", "Zürich West", "1000000002", "1000000001")
	f.Add("x-{{.ID}}", "\u202Eevil\x1b[2J", "1", "")
	f.Add("{{", "a", "1", "1")
	f.Add("{{.Colour}}{{range $x := .ID}}{{end}}", "b", "../1", "?")
	f.Add("{{printf \"%1000000s\" .ID}}", "c", "2", "1")
	f.Fuzz(func(t *testing.T, text, display, id, parent string) {
		d := Discovery{Template: Tenant{
			API: V3, Name: text, Region: "eu", ClientID: "c", ClientSecretFile: "s", Labels: map[string]string{"a": text},
		}}
		got, err := d.Tenant(Group{ID: id, DisplayName: display, Parent: parent})
		if err != nil {
			return
		}
		if errs := got.Validate(); len(errs) > 0 || got.ID != id || !nameForm.MatchString(got.Name) {
			t.Errorf("%q of %q became %+v: %v", text, display, got, errs)
		}
		if d.Template.Name != text || d.Template.Labels["a"] != text {
			t.Errorf("the template is %+v now", d.Template)
		}
	})
}

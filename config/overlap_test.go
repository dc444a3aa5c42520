package config

import (
	"strings"
	"testing"
)

// TestOverlaps: whoever lists the same alerts twice is told.
func TestOverlaps(t *testing.T) {
	const account = "client_id: c, client_secret_file: s, region: eu"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"a parent and its sub-tenant": {
			"tenants:\n- {name: parent, tenant_id: 1, region: eu, api_key_file: k}\n- {name: child, tenant_id: 1, region: eu, api_key_file: k, sub_tenants: [7]}",
			[]string{"tenants parent and child both list the alerts of sub-tenants of tenant 1"},
		},
		"the other way round": {
			"tenants:\n- {name: child, tenant_id: 1, region: eu, api_key_file: k, sub_tenants: [7, 8]}\n- {name: parent, tenant_id: 1, region: eu, api_key_file: k}",
			[]string{"tenants parent and child both"},
		},
		"the same twice": {
			"tenants:\n- {name: a, tenant_id: 1, region: eu, api_key_file: k}\n- {name: b, tenant_id: 1, base_url: 'https://pa-eu01.api.prismaaccess.com/', api_key_file: k}",
			[]string{"tenants a and b both list the alerts of tenant 1,"},
		},
		"the same sub-tenant": {
			"tenants:\n- {name: a, tenant_id: 1, region: eu, api_key_file: k, sub_tenants: [7, 8]}\n- {name: b, tenant_id: 1, region: eu, api_key_file: k, sub_tenants: [8, 9]}",
			[]string{"tenants a and b both list the alerts of sub-tenant 8 of tenant 1"},
		},
		"one without alerts":   {"tenants:\n- {name: parent, tenant_id: 1, region: eu, api_key_file: k, collectors: [tunnels]}\n- {name: child, tenant_id: 1, region: eu, api_key_file: k, sub_tenants: [7]}", nil},
		"other hosts":          {"tenants:\n- {name: a, tenant_id: 1, region: eu, api_key_file: k}\n- {name: b, tenant_id: 1, region: us, api_key_file: k}", nil},
		"sub-tenants one each": {"tenants:\n- {name: a, tenant_id: 1, region: eu, api_key_file: k, sub_tenants: [7]}\n- {name: b, tenant_id: 1, region: eu, api_key_file: k, sub_tenants: [8]}", nil},
		"another version of the API": {
			"defaults: {client_id: c, client_secret_file: s}\ntenants:\n- {name: a, tenant_id: 1000000001, region: eu, api: v2}\n- {name: b, tenant_id: 1000000001, region: europe, api: v3}",
			[]string{"tenants a and b both list the alerts of tenant 1000000001, so each of these alerts pages twice: remove one tenant, or remove alerts and incidents from"},
		},
		"another region of 3.0": {"defaults: {api: v3, client_id: c, client_secret_file: s}\ntenants:\n- {name: a, tenant_id: 1000000001, region: eu}\n- {name: b, tenant_id: 1000000001, region: us}", nil},
		"a discovery with itself": {
			"discovery:\n- {tsg_id: 1, " + strings.Replace(account, ", region: eu", "", 1) + ", include_self: true, template: {region: eu}}",
			[]string{"tenants 1 and 2 both list the alerts of TSG 2", "tenants 2 and 3 both list the alerts of TSG 3"},
		},
	} {
		cfg, err := load(t, c.text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		tenants := cfg.Tenants
		for _, d := range cfg.Discoveries {
			found, left := d.Tenants([]Group{{ID: "1"}, {ID: "2", Parent: "1"}, {ID: "3", Parent: "2"}, {ID: "4", Parent: "9"}}, nil, nil)
			if len(left) > 0 {
				t.Fatal(left)
			}
			tenants = append(tenants, found...)
		}
		got := Overlaps(tenants)
		if len(got) != len(c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(got[i], want) {
				t.Errorf("%s: got %q, want %q", name, got[i], want)
			}
		}
	}
}

// TestIncidentsOverlap: they page in the place of alerts.
func TestIncidentsOverlap(t *testing.T) {
	a := Tenant{Name: "a", API: V3, ID: "1000000001", Region: "eu"}
	b := a
	b.Name, b.Collectors = "b", []string{"incidents"}
	if got := Overlaps([]Tenant{a, b}); len(got) != 1 {
		t.Errorf("got %q", got)
	}
	b.Collectors = []string{"tunnels"}
	if got := Overlaps([]Tenant{a, b}); len(got) != 0 {
		t.Errorf("without either: %q", got)
	}
}

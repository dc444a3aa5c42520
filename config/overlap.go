package config

import (
	"cmp"
	"fmt"
	"slices"
)

// Notices are what a person should know of the configuration, though it can be
// used: its Warnings, and which tenants overlap.
func (c *Config) Notices() []string {
	var texts []string
	for _, w := range c.Warnings {
		texts = append(texts, w.Error())
	}
	return append(texts, Overlaps(c.Tenants)...)
}

// Overlaps are tenants that list the same alerts: a tenant and one of its
// sub-tenants, a Tenant Service Group and one below it, or the same twice. Each
// of their alerts pages twice. The texts name both and say what to do.
func Overlaps(tenants []Tenant) []string {
	whole := map[place]string{} // the first that asks for a tenant as a whole
	parts := map[place]string{} // and for a sub-tenant
	for _, t := range tenants {
		if !t.listsAlerts() {
			continue
		}
		if len(t.SubTenants) == 0 {
			whole[t.place("")] = cmp.Or(whole[t.place("")], t.Name)
		}
		for _, sub := range t.SubTenants {
			parts[t.place(sub)] = cmp.Or(parts[t.place(sub)], t.Name)
		}
	}
	var found []string
	for _, t := range tenants {
		say := func(a, b, what string) {
			found = append(found, fmt.Sprintf("tenants %s and %s both list the alerts of %s, so each of these alerts pages twice: remove one tenant, or remove %s from its collectors", a, b, what, t.paging()))
		}
		if !t.listsAlerts() {
			continue
		}
		parent := whole[t.place("")]
		switch {
		case len(t.SubTenants) == 0 && parent != t.Name:
			say(parent, t.Name, "tenant "+t.ID)
		case len(t.SubTenants) > 0 && parent != "":
			say(parent, t.Name, fmt.Sprintf("sub-tenants of tenant %s", t.ID))
		}
		for _, sub := range t.SubTenants {
			if first := parts[t.place(sub)]; first != t.Name {
				say(first, t.Name, fmt.Sprintf("sub-tenant %s of tenant %s", sub, t.ID))
			}
		}
		if t.Parent != "" {
			if above := whole[place{t.host(), t.Parent, ""}]; above != "" && above != t.Name {
				say(above, t.Name, "TSG "+t.ID)
			}
		}
	}
	return found
}

// place is what alerts are listed for.
type place struct{ host, tenant, subTenant string }

func (t *Tenant) place(sub string) place { return place{t.host(), t.ID, sub} }

// host is where the tenant's alerts are. Versions of the API that know a tenant by
// its TSG list the same ones in the same region.
func (t *Tenant) host() string {
	if t.Version().Credential != ServiceAccount || t.Region == "" {
		return t.Endpoint()
	}
	for _, r := range regions {
		if t.Region == r.word || hostPrefix(t.Region) == hostPrefix(r.name) {
			return r.name
		}
	}
	return t.Region
}

// listsAlerts reports whether the tenant is asked for its alerts, or for the
// incidents that page in their place, where the flags have that on.
func (t *Tenant) listsAlerts() bool {
	return t.Collectors == nil || slices.Contains(t.Collectors, "alerts") ||
		t.Version().Credential == ServiceAccount && slices.Contains(t.Collectors, "incidents")
}

// paging are the collectors of the tenant that page.
func (t *Tenant) paging() string {
	if t.Version().Credential == ServiceAccount {
		return "alerts and incidents"
	}
	return "alerts"
}

package hold

import "slices"

// Of returns the holds that a tenant is under, the widest first.
func (b *Book) Of(tenant string) []Hold {
	b.mu.Lock()
	defer b.mu.Unlock()
	var holds []Hold
	for key, s := range b.holds {
		if key.Tenant == tenant || key.Tenant == "" && b.has(tenant, key) {
			holds = append(holds, s.Hold)
		}
	}
	slices.SortFunc(holds, compare)
	return holds
}

// has reports whether one tenant asks with a host or credential. b.mu must be
// held.
func (b *Book) has(tenant string, key Key) bool {
	_, ok := b.tenants[tenant][key]
	return ok
}

// anybody reports whether a tenant asks with a host or credential. b.mu must be
// held.
func (b *Book) anybody(key Key) bool {
	for tenant := range b.tenants {
		if b.has(tenant, key) {
			return true
		}
	}
	return false
}

// Each calls f for each tenant and each hold that it is under.
func (b *Book) Each(f func(tenant string, h Hold)) {
	type under struct {
		tenant string
		Hold
	}
	var all []under
	b.mu.Lock()
	for key, s := range b.holds {
		if key.Tenant != "" {
			all = append(all, under{key.Tenant, s.Hold})
			continue
		}
		for tenant := range b.tenants {
			if b.has(tenant, key) {
				all = append(all, under{tenant, s.Hold})
			}
		}
	}
	b.mu.Unlock()
	for _, u := range all {
		f(u.tenant, u.Hold)
	}
}

package simulator

import (
	"net/http"
	"strings"
)

// scopeOf finds the world that the headers of a query select. Both documented spellings of the sub-tenant work; which
// one wins when they differ is not known, so that is refused.
func (v *version) scopeOf(r *http.Request, t *tenant) (*World, *refusal) {
	own := t.ID
	if v.oauth {
		own = t.TSG
	}
	sub := r.Header.Get("Prisma-SubTenant")
	header := r.Header.Get("Prisma-Tenant")
	if header == "" && v.tenant == required {
		return nil, invalidParameter("Prisma-Tenant is required", "Prisma-Tenant")
	}
	if header != "" {
		super, named, _ := strings.Cut(header, ":")
		if super != own {
			return nil, permissionDenied(super)
		}
		if sub != "" && named != "" && sub != named {
			return nil, invalidParameter("the two sub-tenant headers differ", sub, named)
		}
		if named != "" {
			sub = named
		}
	}
	if w := t.world(sub); w != nil {
		return w, nil
	}
	return nil, permissionDenied(sub)
}

// checkRegion tells whether a query goes to another region, where there is nothing of the tenant, and refuses one that
// says no region.
func (v *version) checkRegion(r *http.Request, t *tenant) (elsewhere bool, no *refusal) {
	word := r.Header.Get("X-PANW-Region")
	if v.region == required && word == "" {
		return false, invalidParameter("X-PANW-Region is required", "X-PANW-Region")
	}
	return v.region == required && word != t.Region, nil
}

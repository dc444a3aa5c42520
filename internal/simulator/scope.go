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

// checkRegion refuses a query that goes to another region. What the API says then is not known: a tenant that it cannot
// find there is one that the caller has no right to.
func (v *version) checkRegion(r *http.Request, t *tenant) *refusal {
	word := r.Header.Get("X-PANW-Region")
	switch {
	case v.region != required || word == t.Region:
		return nil
	case word == "":
		return invalidParameter("X-PANW-Region is required", "X-PANW-Region")
	}
	return permissionDenied(word)
}

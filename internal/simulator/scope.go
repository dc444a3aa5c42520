package simulator

import (
	"net/http"
	"strings"
)

// scopeOf finds the world that the headers of a query select. Both documented spellings work; which one wins when they
// differ is not known, so that is refused.
func scopeOf(r *http.Request, t *tenant) (*World, *refusal) {
	sub := r.Header.Get("Prisma-SubTenant")
	if header := r.Header.Get("Prisma-Tenant"); header != "" {
		super, named, _ := strings.Cut(header, ":")
		if super != t.ID {
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

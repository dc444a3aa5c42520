// Package dialect puts queries into the words of an API: its hosts, methods,
// paths, headers, columns, filters and paging, and how it gives out tokens.
package dialect

import (
	"net/http"
	"net/url"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
)

// Dialect is all that differs between the versions of the Insights API beside
// what config.Version says of each. Nothing outside of this package asks which
// one a tenant has.
type Dialect struct {
	// Name is what the API's documents call the version.
	Name string
	// Credential is how a tenant gets its tokens.
	Credential Credential
	// root is what stands before the path of every resource.
	root func(tenant string) string
	// path is where a resource is found behind root, unless resources says
	// otherwise.
	path func(insights.Resource) string
	// resources are those that differ from 1.0, by their name in 1.0.
	resources map[string]resource
	// header names the region, the tenant and the sub-tenant, "" for none.
	header func(t config.Tenant, subTenant string) http.Header
	// numericBuckets says that the length of a histogram's buckets is a
	// number, and not text that holds one.
	numericBuckets bool
}

// dialects are those that a configuration can name.
var dialects = map[string]Dialect{
	config.V1: {
		root:      func(tenant string) string { return "/api/sase/v1.0/resource/tenant/" + url.PathEscape(tenant) + "/" },
		path:      customPath,
		resources: resources1,
		header: func(t config.Tenant, subTenant string) http.Header {
			if subTenant == "" {
				return nil
			}
			return subTenantHeader(t, subTenant)
		},
	},
	// 2.0 is 1.0 with other credentials and the tenant in a header.
	config.V2: {
		root:      func(string) string { return "/api/sase/v2.0/resource/" },
		path:      customPath,
		resources: resources2,
		header: func(t config.Tenant, subTenant string) http.Header {
			h := http.Header{config.HeaderTenant: {t.ID}}
			if subTenant == "" {
				return h
			}
			return with(h, subTenantHeader(t, subTenant))
		},
	},
	// 3.0 has the tenant in the token and the region in a header, and keeps
	// its resources elsewhere.
	config.V3: {
		root:      func(string) string { return "/insights/v3.0/resource/" },
		path:      func(insights.Resource) string { return "" }, // no rule is known
		resources: resources3,
		header: func(t config.Tenant, subTenant string) http.Header {
			h := http.Header{}
			h.Set(t.Version().RegionHeader, t.RegionWord())
			if subTenant == "" {
				return h
			}
			if t.SubTenantHeader == config.HeaderSubTenant {
				h.Set(config.HeaderTenant, t.ID) // as a client in the field sends it
			}
			return with(h, subTenantHeader(t, subTenant))
		},
		numericBuckets: true,
	},
}

// Of is the dialect of a tenant.
func Of(t config.Tenant) Dialect {
	v := t.Version()
	d := dialects[v.Name]
	d.Name, d.Credential = v.Title, credentials[v.Credential]
	return d
}

// customPath is where 1.0 and 2.0 have a resource: the general ones under
// query, the custom ones under their feature.
func customPath(r insights.Resource) string {
	if r.Feature == "" {
		return "query/" + r.Name
	}
	return "custom/query/" + r.Feature + "/" + r.Name
}

// subTenantHeader names the sub-tenant in the one of the API's two documented
// ways that is configured.
func subTenantHeader(t config.Tenant, subTenant string) http.Header {
	if t.SubTenantHeader == config.HeaderSubTenant {
		return http.Header{"Prisma-Subtenant": {subTenant}}
	}
	return http.Header{config.HeaderTenant: {t.ID + ":" + subTenant}}
}

// with puts the headers of more over those of h.
func with(h, more http.Header) http.Header {
	for name, values := range more {
		h[name] = values
	}
	return h
}

package client

import (
	"net/url"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
)

// version is what differs between the versions of the Insights API.
type version struct {
	// host is the base URL of a region.
	host func(region string) string
	// tokenPath is where a credential is exchanged for a token, and
	// tokenScheme the word before it in the Authorization header.
	tokenPath   func(tenant string) string
	tokenScheme string
	// resourcePath is what stands before the path of every resource.
	resourcePath func(tenant string) string
}

// v1 is Insights 1.0, which has the tenant in its paths and the region in its
// host name.
var v1 = version{
	host:         func(region string) string { return "https://pa-" + region + "01.api.prismaaccess.com" },
	tokenPath:    func(tenant string) string { return "/api/sase/v1.0/jwt/tenant/" + url.PathEscape(tenant) },
	tokenScheme:  "ApiKey",
	resourcePath: func(tenant string) string { return "/api/sase/v1.0/resource/tenant/" + url.PathEscape(tenant) + "/" },
}

// baseURL is where the API of a tenant is.
func (v version) baseURL(t config.Tenant) string {
	if t.BaseURL != "" {
		return t.BaseURL
	}
	return v.host(t.Region)
}

// defaultPath is where a resource is found behind resourcePath: the general
// ones under query, the custom ones under their feature.
func defaultPath(r insights.Resource) string {
	if r.Feature == "" {
		return "query/" + r.Name
	}
	return "custom/query/" + r.Feature + "/" + r.Name
}

// Package config is what the exporter was told: which tenants there are and
// how to reach them. It checks what it is told and says how to mend it.
package config

import (
	"time"

	"github.com/prometheus/common/config"
)

// Regions are the words that choose a tenant's API host. They name the region
// of the tenant's Cortex Data Lake.
var Regions = []string{"us", "eu", "uk", "sg", "ca", "jp", "au", "de", "in"}

// The versions of the Insights API.
const (
	V1 = "v1" // API key, tenant in the path
	V2 = "v2" // OAuth2, tenant in a header
	V3 = "v3" // OAuth2, one host, region in a header
)

// Versions are the versions of the Insights API, the default first.
var Versions = []string{V1, V2, V3}

// Config is all that there is to watch.
type Config struct {
	Tenants     []Tenant
	Discoveries []Discovery
	Companies   []Company
}

// Tenant is one Prisma Access tenant and how to ask for it.
type Tenant struct {
	// Name is what the tenant is called in labels, logs and URLs.
	Name string
	// API is the version of the API, one of Versions or "" for the default.
	API string
	// ID is the super tenant's ID or, of V2 and V3, that of the Tenant
	// Service Group.
	ID string
	// Region or BaseURL tells the API's host; exactly one of them is set. Of
	// V3 the region goes into a header and is always set.
	Region  string
	BaseURL string
	// ClientID and ClientSecretFile are the credential of V2 and V3: a service
	// account and a file that holds its secret and nothing else. TokenURL
	// takes the place of the API's own.
	ClientID         string
	ClientSecretFile string
	TokenURL         string
	// APIKeyFile is the credential of V1: it holds the API key and nothing
	// else.
	APIKeyFile string
	// APIKeyIssued is when the key was made; a key lives one year. It is the
	// zero time where nobody said, and the file's age stands in for it.
	APIKeyIssued time.Time
	// SubTenants are the IDs of the sub-tenants to ask for. Without any, the
	// tenant itself is asked for.
	SubTenants []string
	// HTTP is how to reach the API: proxy, certificates.
	HTTP config.HTTPClientConfig
	// SubTenantHeader is the header that names a sub-tenant, one of
	// SubTenantHeaders; the API's documents tell of both.
	SubTenantHeader string
	// Collectors are the names of those that run for the tenant, or nil for
	// all that run at all.
	Collectors []string
	// Labels go with the tenant in /targets.
	Labels map[string]string
	// Paths override where a resource is found: by its name, the path
	// behind "resource/tenant/ID/" or, of V2 and V3, behind "resource/", such
	// as "custom/query/tunnels/tunnel_list".
	Paths map[string]string
	// Columns override what columns are called: by the name of the resource
	// and then of the column in V1, the name that the tenant's API has for it.
	Columns map[string]map[string]string
}

// The headers that can name a sub-tenant.
const (
	// HeaderTenant is Prisma-Tenant: TENANT:SUBTENANT.
	HeaderTenant = "Prisma-Tenant"
	// HeaderSubTenant is Prisma-SubTenant: SUBTENANT.
	HeaderSubTenant = "Prisma-SubTenant"
)

// SubTenantHeaders are the headers that can name a sub-tenant, the default
// first.
var SubTenantHeaders = []string{HeaderTenant, HeaderSubTenant}

// HTTPDefaults is the HTTP configuration of a tenant that has none.
func HTTPDefaults() config.HTTPClientConfig {
	c := config.DefaultHTTPClientConfig
	c.EnableHTTP2 = false
	c.FollowRedirects = false
	return c
}

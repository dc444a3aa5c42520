// Package config is what the exporter was told: which tenants there are and
// how to reach them. It checks what it is told and says how to mend it.
package config

import (
	"time"

	"github.com/prometheus/common/config"
)

// Config is all that there is to watch.
type Config struct {
	Tenants     []Tenant
	Discoveries []Discovery
	Companies   []Company
	// Children are those of each provider, by the name of its discovery, as far as
	// that has found them. No file has them.
	Children map[string][]Child
	// Warnings are what is doubtful about the configuration and does not keep
	// it from being used, each with the file, the line and what to write.
	Warnings []error
}

// Tenant is one Prisma Access tenant and how to ask for it.
type Tenant struct {
	// Name is what the tenant is called in labels, logs and URLs.
	Name string `yaml:"name"`
	// API is the version of the API, one of VersionNames or "" for the default.
	API string `yaml:"api"`
	// ID is the super tenant's ID or, with a service account, that of the
	// Tenant Service Group.
	ID string `yaml:"tenant_id"`
	// Region or BaseURL tells the API's host; exactly one of them is set.
	// Where the version has a RegionHeader, the region goes there and is
	// always set.
	Region  string `yaml:"region"`
	BaseURL string `yaml:"base_url"`
	// ClientID and ClientSecretFile are a ServiceAccount: its name and a file
	// that holds its secret and nothing else. TokenURL takes the place of the
	// vendor's own.
	ClientID         string `yaml:"client_id"`
	ClientSecretFile string `yaml:"client_secret_file"`
	TokenURL         string `yaml:"token_url"`
	// APIKeyFile is an APIKey: a file that holds the key and nothing else.
	APIKeyFile string `yaml:"api_key_file"`
	// APIKeyIssued is when the key was made; a key lives one year. It is the
	// zero time where nobody said, and the file's age stands in for it.
	APIKeyIssued time.Time `yaml:"api_key_issued"`
	// SubTenants are the IDs of the sub-tenants to ask for. Without any, the
	// tenant itself is asked for.
	SubTenants []string `yaml:"sub_tenants"`
	// HTTP is how to reach the API: proxy, certificates.
	HTTP config.HTTPClientConfig `yaml:"http"`
	// SubTenantHeader is the header that names a sub-tenant, one of
	// SubTenantHeaders; the API's documents tell of both.
	SubTenantHeader string `yaml:"sub_tenant_header"`
	// Collectors are the names of those that run for the tenant, or nil for
	// all that run at all.
	Collectors []string `yaml:"collectors"`
	// Labels go with the tenant in /targets.
	Labels map[string]string `yaml:"labels"`
	// Paths override where a resource is found: by its name, the path
	// behind "resource/tenant/ID/" or, of V2 and V3, behind "resource/", such
	// as "custom/query/tunnels/tunnel_list".
	Paths map[string]string `yaml:"paths"`
	// Columns override what columns are called: by the name of the resource
	// and then of the column in V1, the name that the tenant's API has for it.
	Columns map[string]map[string]string `yaml:"columns"`
	// Parent is the ID of the Tenant Service Group above the tenant's, where a
	// discovery has told it.
	Parent string
	// DrillInterval is how often to ask for the tenant while the counts of its
	// provider stand still; 0 for one that is asked for by itself at all times.
	DrillInterval time.Duration
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

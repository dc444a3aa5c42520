// Package config is what the exporter was told: which tenants there are and
// how to reach them. It checks what it is told and says how to mend it.
package config

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/config"
)

// Regions are the words that choose a tenant's API host. They name the region
// of the tenant's Cortex Data Lake.
var Regions = []string{"us", "eu", "uk", "sg", "ca", "jp", "au", "de", "in"}

// Config is all tenants.
type Config struct {
	Tenants []Tenant
}

// Tenant is one Prisma Access tenant and how to ask for it.
type Tenant struct {
	// Name is what the tenant is called in labels, logs and URLs.
	Name string
	// ID is the super tenant's ID, which stands in the paths of the API.
	ID string
	// Region or BaseURL tells the API's host; exactly one of them is set.
	Region  string
	BaseURL string
	// APIKeyFile holds the API key and nothing else.
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
	// behind "resource/tenant/ID/", such as "custom/query/tunnels/tunnel_list".
	Paths map[string]string
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

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

var labelForm = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// reservedLabels are those of all series of a tenant.
var reservedLabels = []string{"tenant", "sub_tenant"}

// idForm is narrow because an ID becomes part of a path and of a header.
var idForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// FieldError is what is wrong with one field of a tenant.
type FieldError struct {
	// Field is the field's name in the configuration file.
	Field string
	err   error
}

func (e *FieldError) Error() string { return e.err.Error() }
func (e *FieldError) Unwrap() error { return e.err }

// Validate reports everything that is wrong with the tenant, as *FieldError.
func (t *Tenant) Validate() []error {
	var errs []error
	bad := func(field, format string, args ...any) {
		errs = append(errs, &FieldError{field, fmt.Errorf(format, args...)})
	}
	if !nameForm.MatchString(t.Name) {
		bad("name", "tenant name %q: use up to 63 letters, digits, dots, dashes and underscores", t.Name)
	}
	if !idForm.MatchString(t.ID) {
		bad("tenant_id", "tenant ID %q: use the ID that the Insights UI shows, letters and digits only", t.ID)
	}
	for i, id := range t.SubTenants {
		if slices.Contains(t.SubTenants[:i], id) {
			bad("sub_tenants", "sub-tenant ID %q is there twice: leave one out", id)
		}
		if !idForm.MatchString(id) {
			bad("sub_tenants", "sub-tenant ID %q: use the ID that the Insights UI shows, letters and digits only", id)
		}
	}
	if t.SubTenantHeader != "" && !slices.Contains(SubTenantHeaders, t.SubTenantHeader) {
		bad("sub_tenant_header", "sub-tenant header %q: use one of %s", t.SubTenantHeader, strings.Join(SubTenantHeaders, ", "))
	}
	if t.APIKeyFile == "" {
		bad("api_key_file", "no API key file: name the file that holds the tenant's API key")
	}
	if field, err := t.validateHost(); err != nil {
		bad(field, "%w", err)
	}
	for _, resource := range slices.Sorted(maps.Keys(t.Paths)) {
		path := t.Paths[resource]
		if path == "" || strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#") || strings.Contains(path, "..") {
			bad("paths", "path %q of resource %s: give the part behind resource/tenant/ID/, such as query/%s", path, resource, resource)
		}
	}
	for _, label := range slices.Sorted(maps.Keys(t.Labels)) {
		if !labelForm.MatchString(label) || strings.HasPrefix(label, "__") {
			bad("labels", "label %q: use letters, digits and underscores, and no two underscores in front", label)
		}
		if slices.Contains(reservedLabels, label) {
			bad("labels", "label %q: the series have one of that name, which Prometheus would rename; choose another", label)
		}
	}
	return errs
}

func (t *Tenant) validateHost() (field string, err error) {
	switch {
	case t.Region == "" && t.BaseURL == "":
		return "region", fmt.Errorf("neither a region nor a base URL: name the region of the tenant, one of %s", strings.Join(Regions, ", "))
	case t.Region != "" && t.BaseURL != "":
		return "base_url", errors.New("both a region and a base URL: a base URL takes the place of the region's host, so leave one out")
	case t.Region != "":
		if !slices.Contains(Regions, t.Region) {
			return "region", fmt.Errorf("region %q: use one of %s", t.Region, strings.Join(Regions, ", "))
		}
		return "", nil
	}
	return "base_url", validateBaseURL(t.BaseURL)
}

// validateBaseURL refuses what would send a credential in the clear.
func validateBaseURL(base string) error {
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("base URL %q: write it as https://HOST", redactURL(base))
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("base URL %q: only a host, a port and a path may stand in it", redactURL(base))
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("base URL %q: use https, since credentials are sent there (plain http is possible to this machine alone)", redactURL(base))
}

// redactURL keeps of a URL what can be shown.
func redactURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return "(not a URL)"
	}
	if u.User != nil {
		u.User = url.User("redacted")
	}
	u.RawQuery = ""
	return u.String()
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

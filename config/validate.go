package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

var labelForm = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// reservedLabels are those of all series of a tenant.
var reservedLabels = []string{"tenant", "sub_tenant"}

// idForm is narrow because an ID becomes part of a path and of a header.
var idForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// groupForm is that of a Tenant Service Group's ID.
var groupForm = regexp.MustCompile(`^[0-9]{1,20}$`)

// isUser reports whether a text can be the user of HTTP's basic
// authentication, where a colon ends it.
func isUser(s string) bool {
	return s != "" && len(s) <= 256 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == ':' || r > '~' })
}

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
	t.validateVersion(bad)
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
	if field, err := t.validateHost(); err != nil {
		bad(field, "%w", err)
	}
	for _, resource := range slices.Sorted(maps.Keys(t.Paths)) {
		path := t.Paths[resource]
		if path == "" || strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#") || strings.Contains(path, "..") {
			bad("paths", "path %q of resource %s: give the part behind resource/tenant/ID/ (resource/ with api: v2 or v3), such as query/%s", path, resource, resource)
		}
	}
	validateLabels(t.Labels, reservedLabels, bad)
	return errs
}

// validateVersion checks what depends on the version of the API.
func (t *Tenant) validateVersion(bad func(field, format string, args ...any)) {
	if t.API != "" && !slices.Contains(Versions, t.API) {
		bad("api", "API %q: use one of %s", t.API, strings.Join(Versions, ", "))
		return
	}
	if t.usesKey() {
		if !idForm.MatchString(t.ID) {
			bad("tenant_id", "tenant ID %q: use the ID that the Insights UI shows, letters and digits only", t.ID)
		}
		if t.APIKeyFile == "" {
			bad("api_key_file", "no API key file: name the file that holds the tenant's API key")
		}
	} else {
		if !groupForm.MatchString(t.ID) {
			bad("tenant_id", "tenant ID %q: with api: %s, use the ID of the Tenant Service Group (TSG), which is a number of ten digits", t.ID, t.API)
		}
		if !isUser(t.ClientID) {
			bad("client_id", "client ID %q: with api: %s, use that of a service account of the tenant's TSG", t.ClientID, t.API)
		}
		if t.ClientSecretFile == "" {
			bad("client_secret_file", "no client secret file: name the file that holds the service account's client secret")
		}
		if t.TokenURL != "" {
			if err := validateURL("token URL", t.TokenURL); err != nil {
				bad("token_url", "%w", err)
			}
		}
	}
	for _, f := range t.foreign() {
		if f.set {
			bad(f.name, "%s: with api: %s there is none; %s", f.name, cmp.Or(t.API, V1), f.instead)
		}
	}
	t.validateColumns(bad)
}

func (t *Tenant) validateColumns(bad func(field, format string, args ...any)) {
	for _, resource := range slices.Sorted(maps.Keys(t.Columns)) {
		for _, column := range slices.Sorted(maps.Keys(t.Columns[resource])) {
			if theirs := t.Columns[resource][column]; theirs != "" && !labelForm.MatchString(theirs) {
				bad("columns", "column %q of resource %s: a column's name has letters, digits and underscores, or nothing for one that is not there", theirs, resource)
			}
		}
	}
}

// usesKey reports whether the credential is an API key.
func (t *Tenant) usesKey() bool { return t.API == "" || t.API == V1 }

// foreign are the fields that the tenant's version of the API has no use for.
func (t *Tenant) foreign() []foreignField {
	if t.usesKey() {
		const instead = "an API key is the credential, so leave it out or say api: v2 or v3"
		return []foreignField{
			{"client_id", t.ClientID != "", instead, func() { t.ClientID = "" }},
			{"client_secret_file", t.ClientSecretFile != "", instead, func() { t.ClientSecretFile = "" }},
			{"token_url", t.TokenURL != "", instead, func() { t.TokenURL = "" }},
		}
	}
	const instead = "a service account is the credential, so leave it out or say api: v1"
	return []foreignField{
		{"api_key_file", t.APIKeyFile != "", instead, func() { t.APIKeyFile = "" }},
		{"api_key_issued", !t.APIKeyIssued.IsZero(), instead, func() { t.APIKeyIssued = time.Time{} }},
	}
}

// foreignField is a field, whether it is set, what to do about that, and what
// unsets it.
type foreignField struct {
	name    string
	set     bool
	instead string
	unset   func()
}

// validateLabels checks labels for /targets.
func validateLabels(labels map[string]string, reserved []string, bad func(field, format string, args ...any)) {
	for _, label := range slices.Sorted(maps.Keys(labels)) {
		if !labelForm.MatchString(label) || strings.HasPrefix(label, "__") {
			bad("labels", "label %q: use letters, digits and underscores, and no two underscores in front", label)
		}
		if slices.Contains(reserved, label) {
			bad("labels", "label %q: the series have one of that name, which Prometheus would rename; choose another", label)
		}
	}
}

func (t *Tenant) validateHost() (field string, err error) {
	switch {
	case t.API == V3:
		return t.validateRegionHeader()
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
	return "base_url", validateURL("base URL", t.BaseURL)
}

// validateRegionHeader checks the region of V3, which has one host for all.
func (t *Tenant) validateRegionHeader() (field string, err error) {
	switch {
	case t.Region == "":
		return "region", fmt.Errorf("no region: with api: %s it goes into a header, so name that of the tenant, one of %s", V3, strings.Join(Regions, ", "))
	case !slices.Contains(Regions, t.Region):
		return "region", fmt.Errorf("region %q: use one of %s", t.Region, strings.Join(Regions, ", "))
	case t.BaseURL == "":
		return "", nil
	}
	return "base_url", validateURL("base URL", t.BaseURL)
}

package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

const nameHint = "use up to 63 letters, digits, dots, dashes and underscores"

var labelForm = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// idForm is narrow because an ID becomes part of a path and of a header.
var idForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// pathForm is that of a resource's path behind what each version begins with.
var pathForm = regexp.MustCompile(`^[A-Za-z0-9_~-][A-Za-z0-9._~/-]*$`)

// groupForm is that of a Tenant Service Group's ID.
var groupForm = regexp.MustCompile(`^[0-9]{1,20}$`)

// isUser reports whether a text can be the user of HTTP's basic
// authentication, where a colon ends it.
func isUser(s string) bool {
	return s != "" && len(s) <= 256 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == ':' || r > '~' })
}

// gather returns what checks note.
func gather(checks ...func(bad)) []*FieldError {
	var errs []*FieldError
	for _, check := range checks {
		check(func(field, format string, args ...any) {
			errs = append(errs, &FieldError{Field: field, Err: fmt.Errorf(format, args...)})
		})
	}
	return errs
}

// Validate reports everything that is wrong with the tenant.
func (t *Tenant) Validate() []*FieldError {
	errs := gather(t.checkNames, t.checkVersion, t.checkPaths, func(bad bad) { checkLabels(t.Labels, bad) })
	for _, err := range errs {
		if err.Field == "region" {
			err.instead = "base_url"
		}
	}
	return errs
}

func (t *Tenant) checkNames(bad bad) {
	if !nameForm.MatchString(t.Name) {
		bad("name", "%s: %s", orNone(t.Name), nameHint)
	}
	for i, id := range t.SubTenants {
		if slices.Contains(t.SubTenants[:i], id) {
			bad("sub_tenants", "%s is listed twice: remove one of them", redact.Quote(id))
		}
		if !idForm.MatchString(id) {
			bad("sub_tenants", "%s: use the ID that the Insights UI shows, letters and digits only", redact.Quote(id))
		}
	}
	if t.SubTenantHeader != "" && !slices.Contains(SubTenantHeaders, t.SubTenantHeader) {
		bad("sub_tenant_header", "%s: use one of %s", redact.Quote(t.SubTenantHeader), strings.Join(SubTenantHeaders, ", "))
	}
}

// checkVersion checks what depends on the version of the API.
func (t *Tenant) checkVersion(bad bad) {
	if t.API != "" && !slices.Contains(VersionNames(), t.API) {
		bad("api", "%s: use one of %s", redact.Quote(t.API), strings.Join(VersionNames(), ", "))
		return
	}
	t.checkCredential(bad)
	t.checkHost(bad)
	for _, resource := range slices.Sorted(maps.Keys(t.Columns)) {
		for _, column := range slices.Sorted(maps.Keys(t.Columns[resource])) {
			if theirs := t.Columns[resource][column]; theirs != "" && !labelForm.MatchString(theirs) {
				bad("columns", "%s of resource %s: use letters, digits and underscores, or an empty name for a column that does not exist", redact.Quote(theirs), resource)
			}
		}
	}
}

// checkHost checks what says where the API is.
func (t *Tenant) checkHost(bad bad) {
	v := t.Version()
	switch {
	case t.Region == "" && v.RegionHeader != "":
		bad("region", "missing: with api: %s the exporter sends it in a header, so give the tenant's region, one of %s", v.Name, strings.Join(Regions(), ", "))
	case t.Region == "" && t.BaseURL == "":
		bad("region", "both region and base_url are missing: give the tenant's region, one of %s", strings.Join(Regions(), ", "))
	case t.Region != "" && t.BaseURL != "" && v.RegionHeader == "":
		bad("base_url", "both region and base_url are set: base_url replaces the region's host, so remove one of them")
	case t.Region != "":
		bad.maybe("region", t.checkRegion())
	}
	if t.BaseURL != "" {
		bad.maybe("base_url", checkURL(t.BaseURL))
	}
}

// Doubts are what may be wrong with the tenant, and works where it is not: a
// region that is not known, and a day to come, which the clock here may only take
// for one.
func (t *Tenant) Doubts() []*FieldError {
	var doubts []*FieldError
	if t.Region != "" && (t.API == "" || slices.Contains(VersionNames(), t.API)) {
		if doubt := t.doubtRegion(); doubt != nil {
			doubts = append(doubts, &FieldError{Field: "region", Err: doubt})
		}
	}
	if t.APIKeyIssued.After(time.Now().Add(furthestZone)) {
		doubts = append(doubts, &FieldError{
			Field: "api_key_issued", Err: fmt.Errorf("%s is in the future: write the day on which the key was made", t.APIKeyIssued.Format(time.DateOnly)),
		})
	}
	return doubts
}

// furthestZone is how far ahead of UTC a day begins anywhere.
const furthestZone = 14 * time.Hour

func (t *Tenant) checkPaths(bad bad) {
	for _, resource := range slices.Sorted(maps.Keys(t.Paths)) {
		path := t.Paths[resource]
		if strings.Contains(path, "://") { // which an API beside Insights may have
			bad.maybe("paths", checkURL(path))
			continue
		}
		if !pathForm.MatchString(path) || strings.Contains(path, "..") {
			bad("paths", "%s of resource %s: give the part after resource/tenant/ID/ (resource/ with api: v2 or v3), such as query/%s", redact.Quote(path), resource, resource)
		}
	}
}

// checkLabels checks labels for /targets.
func checkLabels(labels map[string]string, bad bad) {
	for _, label := range slices.Sorted(maps.Keys(labels)) {
		if !labelForm.MatchString(label) || strings.HasPrefix(label, "__") {
			bad("labels", "%s: use letters, digits and underscores, but not two underscores at the start", redact.Quote(label))
		}
	}
}

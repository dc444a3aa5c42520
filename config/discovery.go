package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// Group is a Tenant Service Group (TSG) of the vendor's tenancy API.
type Group struct {
	ID string
	// DisplayName is empty where the API tells none.
	DisplayName string
	// Parent is the ID of the group above it.
	Parent string
	// CDL and Region are the group's other ID and its region, where the hierarchy
	// of a provider has told them.
	CDL, Region string
}

// Discovery makes tenants of the groups below a group.
type Discovery struct {
	// Account is the group whose children are listed, and the service account
	// that may list them. Its Name stands for the discovery in metrics and
	// logs.
	Account Tenant
	// Interval is how often to list the children.
	Interval time.Duration
	// MaxTenants is the most that are taken.
	MaxTenants int
	// Hierarchy asks for all descendants in place of the children alone, and
	// IncludeSelf for the group itself as well.
	Hierarchy   bool
	IncludeSelf bool
	// Exclude are the IDs of groups that become no tenants.
	Exclude []string
	// Template is what becomes a tenant. Its name and its labels may have
	// placeholders; the credential is the account's where it has none.
	Template Tenant
	// Provider asks for all groups together, unless it is nil.
	Provider *Provider
}

const (
	defaultInterval   = time.Hour
	leastInterval     = time.Minute
	defaultMaxTenants = 40
	mostTenants       = 10000
	defaultName       = "{{.ID}}"
)

// Tenant is the template filled in for a group. Its error says why the group
// can be no tenant.
func (d *Discovery) Tenant(g Group) (Tenant, error) {
	t, err := d.fillTemplate(g)
	if err != nil {
		return Tenant{}, err
	}
	if errs := t.Validate(); len(errs) > 0 {
		return Tenant{}, errs[0]
	}
	return t, nil
}

func (d *Discovery) fillTemplate(g Group) (Tenant, *FieldError) {
	t := d.Template.clone()
	t.ID, t.Parent = g.ID, g.Parent
	if t.Region != "" && g.Region != "" {
		t.Region = g.Region
	}
	if d.Provider != nil && d.Provider.DrillDown {
		t.DrillInterval = d.Provider.DrillInterval
	}
	name, err := fill(t.Name, g)
	if err != nil {
		return Tenant{}, &FieldError{Field: "name", Err: err}
	}
	// Of a name in a script that no tenant's name has, nothing may be left.
	t.Name = cmp.Or(fitName(name), g.ID)
	for _, label := range slices.Sorted(maps.Keys(t.Labels)) {
		if t.Labels[label], err = fill(t.Labels[label], g); err != nil {
			return Tenant{}, &FieldError{Field: "labels", Err: err}
		}
	}
	return t, nil
}

// fill puts what is known of a group into a text with placeholders.
func fill(text string, g Group) (string, error) {
	const hint = "use {{.ID}}, {{.DisplayName}} and {{.Parent}}"
	t, err := template.New("template").Parse(text)
	if err != nil {
		return "", fmt.Errorf("%s is not a template: %s", redact.Quote(text), hint)
	}
	var b strings.Builder
	if err := t.Execute(&b, g); err != nil {
		return "", fmt.Errorf("%s uses a field that a group does not have: %s", redact.Quote(text), hint)
	}
	return b.String(), nil
}

// fitName makes a display name fit for the name of a tenant.
func fitName(s string) string {
	fit := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_':
			return r
		}
		return '-'
	}, strings.TrimSpace(s))
	fit = strings.TrimLeft(fit, "-._")
	return strings.TrimRight(fit[:min(len(fit), 63)], "-")
}

// validate reports what is wrong with the discovery.
func (d *Discovery) validate() []*FieldError {
	errs := d.Account.Validate()
	for _, err := range errs {
		if err.Field == "tenant_id" {
			err.Field = "tsg_id"
		}
	}
	errs = append(errs, gather(d.check)...)
	if d.Template.Version().Credential == APIKey {
		return append(errs, &FieldError{Field: "template.api", Err: fmt.Errorf("%s does not work with discovery, because its tenants have IDs and keys that a discovery cannot find; use %s", d.Template.apiName(), versionsWith(ServiceAccount))})
	}
	// What the template takes over from the account is wrong there.
	for _, err := range d.checkTemplate() {
		if !slices.ContainsFunc(errs, func(e *FieldError) bool {
			return err.Field == join("template", e.Field) && err.Err.Error() == e.Err.Error()
		}) {
			errs = append(errs, err)
		}
	}
	return errs
}

func (d *Discovery) check(bad bad) {
	if d.Interval < leastInterval {
		bad("refresh_interval", "%s is too short: use at least %s", d.Interval, leastInterval)
	}
	if d.MaxTenants < 1 || d.MaxTenants > mostTenants {
		bad("max_tenants", "%d: use a number from 1 to %d", d.MaxTenants, mostTenants)
	}
	for _, id := range d.Exclude {
		if !groupForm.MatchString(id) {
			bad("exclude", "%s: use the IDs of Tenant Service Groups, which are numbers of ten digits", redact.Quote(id))
		}
	}
	if d.Provider != nil {
		d.Provider.check(bad)
	}
}

// checkTemplate checks the tenant that the template makes of an example.
func (d *Discovery) checkTemplate() []*FieldError {
	t, err := d.fillTemplate(Group{ID: "1000000001", DisplayName: "Example", Parent: d.Account.ID})
	if err != nil {
		return []*FieldError{err.under("template")}
	}
	var errs []*FieldError
	for _, err := range t.Validate() {
		errs = append(errs, err.under("template"))
	}
	return errs
}

// TakenNames are the names of what is no tenant: companies and discoveries.
func (c *Config) TakenNames() []string {
	var names []string
	for _, company := range c.Companies {
		names = append(names, company.Name)
	}
	for _, d := range c.Discoveries {
		names = append(names, d.Account.Name)
	}
	return names
}

// distinct drops discovered tenants that take a name that is taken or stand
// for the same group as another, and says why.
func distinct(fixed, found []Tenant, taken []string) (kept []Tenant, left []error) {
	names, groups := map[string]bool{}, map[string]bool{}
	for _, name := range taken {
		names[name] = true
	}
	for _, t := range fixed {
		names[t.Name] = true
		if t.Version().Credential == ServiceAccount {
			groups[t.ID] = true
		}
	}
	for _, t := range found {
		switch {
		case groups[t.ID]:
			// Configured by hand, or found twice: nothing is left out.
			continue
		case names[t.Name]:
			left = append(left, fmt.Errorf("TSG %s: the name %s is already in use; add {{.ID}} to the template's name", t.ID, t.Name))
			continue
		}
		names[t.Name], groups[t.ID] = true, true
		kept = append(kept, t)
	}
	return kept, left
}

// Tenants makes tenants of groups, the first of them first where a name is
// there twice or there are too many. A group that is one of the tenants
// beside is passed over, and names that are taken by something else are. It
// returns as well why others can be no tenants.
func (d *Discovery) Tenants(groups []Group, beside []Tenant, taken []string) (tenants []Tenant, left []error) {
	var found []Tenant
	for _, g := range groups {
		if slices.Contains(d.Exclude, g.ID) {
			continue
		}
		t, err := d.Tenant(g)
		if err != nil {
			left = append(left, fmt.Errorf("TSG %s: %w", g.ID, err))
			continue
		}
		found = append(found, t)
	}
	tenants, same := distinct(beside, found, taken)
	left = append(left, same...)
	for _, t := range tenants[min(len(tenants), d.MaxTenants):] {
		left = append(left, fmt.Errorf("TSG %s: there are more tenants than max_tenants (%d)", t.ID, d.MaxTenants))
	}
	tenants = tenants[:min(len(tenants), d.MaxTenants)]
	return tenants, left
}

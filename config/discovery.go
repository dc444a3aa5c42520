package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"go.yaml.in/yaml/v3"
)

// Group is a Tenant Service Group (TSG) of the vendor's tenancy API.
type Group struct {
	ID string
	// DisplayName is empty where the API tells none.
	DisplayName string
	// Parent is the ID of the group above it.
	Parent string
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
	t := d.Template.clone()
	t.ID = g.ID
	name, err := fill(t.Name, g)
	if err != nil {
		return Tenant{}, err
	}
	t.Name = fitName(name)
	for label, text := range t.Labels {
		if t.Labels[label], err = fill(text, g); err != nil {
			return Tenant{}, err
		}
	}
	if errs := t.Validate(); len(errs) > 0 {
		return Tenant{}, errs[0]
	}
	return t, nil
}

// fill puts what is known of a group into a text with placeholders.
func fill(text string, g Group) (string, error) {
	t, err := template.New("template").Parse(text)
	if err != nil {
		return "", fmt.Errorf("template %q: %w", text, err)
	}
	var b strings.Builder
	if err := t.Execute(&b, g); err != nil {
		return "", fmt.Errorf("template %q: use {{.ID}}, {{.DisplayName}} and {{.Parent}}", text)
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

// validate reports what is wrong with the discovery, as *FieldError.
func (d *Discovery) validate() []error {
	var errs []error
	bad := func(field, format string, args ...any) {
		errs = append(errs, &FieldError{field, fmt.Errorf(format, args...)})
	}
	for _, err := range d.Account.Validate() {
		errs = append(errs, renamed(err, "tenant_id", "tsg_id"))
	}
	if d.Interval < leastInterval {
		bad("refresh_interval", "refresh interval %s: use at least %s", d.Interval, leastInterval)
	}
	if d.MaxTenants < 1 || d.MaxTenants > mostTenants {
		bad("max_tenants", "at most %d tenants: use a number from 1 to %d", d.MaxTenants, mostTenants)
	}
	for _, id := range d.Exclude {
		if !groupForm.MatchString(id) {
			bad("exclude", "TSG ID %q: use the IDs of Tenant Service Groups, which are numbers of ten digits", id)
		}
	}
	if d.Template.usesKey() {
		bad("template", "template: with api: %s a tenant has an ID and a key that no discovery can find; use %s or %s", V1, V3, V2)
		return errs
	}
	example := Group{ID: "1000000001", DisplayName: "Example", Parent: d.Account.ID}
	if _, err := d.Tenant(example); err != nil {
		bad("template", "template: %w", err)
	}
	return errs
}

// renamed is a field error about a field that has another name where it
// stands.
func renamed(err error, from, to string) error {
	if field, ok := errors.AsType[*FieldError](err); ok && field.Field == from {
		return &FieldError{to, field.err}
	}
	return err
}

// discovery reads an entry of "discovery".
func (l *loader) discovery(n *yaml.Node, inherited Tenant) (d Discovery, lines map[string]int) {
	d = Discovery{Account: Tenant{API: V3, HTTP: HTTPDefaults()}, Interval: defaultInterval, MaxTenants: defaultMaxTenants}
	a := &d.Account
	lines = map[string]int{}
	var tmpl *yaml.Node
	l.mapping(n, "a discovery", l.noting(lines, map[string]func(*yaml.Node){
		"name":               func(n *yaml.Node) { a.Name = l.text(n) },
		"tsg_id":             func(n *yaml.Node) { a.ID = l.text(n) },
		"client_id":          func(n *yaml.Node) { a.ClientID = l.text(n) },
		"client_secret_file": func(n *yaml.Node) { a.ClientSecretFile = l.beside(l.text(n)) },
		"token_url":          func(n *yaml.Node) { a.TokenURL = l.text(n) },
		"base_url":           func(n *yaml.Node) { a.BaseURL = l.text(n) },
		"http":               func(n *yaml.Node) { a.HTTP = l.http(n) },
		"refresh_interval":   func(n *yaml.Node) { d.Interval = l.duration(n) },
		"max_tenants":        func(n *yaml.Node) { d.MaxTenants = l.count(n) },
		"hierarchy":          func(n *yaml.Node) { d.Hierarchy = l.truth(n) },
		"exclude":            func(n *yaml.Node) { d.Exclude = l.list(n) },
		"include_self":       func(n *yaml.Node) { d.IncludeSelf = l.truth(n) },
		"template":           func(n *yaml.Node) { tmpl = n },
	}))
	if a.Name == "" {
		a.Name = a.ID
	}
	a.Region = Regions[0] // which the tenancy API has no use for
	a.HTTP.SetDirectory(l.directory())
	d.Template = l.template(tmpl, inherited, d.Account)
	return d, lines
}

// template reads what tenants are made of: what they inherit, but for the
// account's own credential and hosts.
func (l *loader) template(n *yaml.Node, inherited, account Tenant) Tenant {
	t := inherited.clone()
	t.API, t.Name = V3, defaultName
	t.ClientID, t.ClientSecretFile = account.ClientID, account.ClientSecretFile
	t.TokenURL, t.BaseURL, t.HTTP = account.TokenURL, account.BaseURL, account.HTTP
	t.APIKeyFile, t.APIKeyIssued = "", time.Time{}
	if n == nil {
		return t
	}
	t.otherVersion(n)
	fields, lines := l.tenantFields(&t)
	fields["name"] = func(n *yaml.Node) { t.Name = l.text(n) }
	before := t
	l.mapping(n, "a template", l.noting(lines, fields))
	t.dropInherited(before, lines)
	// What is the account's has been made absolute with it.
	if lines["client_secret_file"] > 0 {
		t.ClientSecretFile = l.beside(t.ClientSecretFile)
	}
	if lines["http"] > 0 {
		t.HTTP.SetDirectory(l.directory())
	}
	return t
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
		if !t.usesKey() {
			groups[t.ID] = true
		}
	}
	for _, t := range found {
		switch {
		case groups[t.ID]:
			// Configured by hand, or found twice: nothing is left out.
			continue
		case names[t.Name]:
			left = append(left, fmt.Errorf("TSG %s: the name %s is taken; put {{.ID}} into the template's name", t.ID, t.Name))
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
		left = append(left, fmt.Errorf("TSG %s: there are more than max_tenants, %d", t.ID, d.MaxTenants))
	}
	tenants = tenants[:min(len(tenants), d.MaxTenants)]
	return tenants, left
}

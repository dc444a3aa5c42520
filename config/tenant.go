package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
	"github.com/prisma-exporter/prisma_exporter/internal/suggest"
)

// ofTenants are the fields that only tenants have, and neither defaults nor
// templates.
var ofTenants = []string{"tenant_id", "sub_tenants"}

// defaults reads what tenants inherit, and returns as well which fields of it
// are wrong.
func (l *loader) defaults(n *yaml.Node) (Tenant, map[string]bool) {
	t := Tenant{HTTP: HTTPDefaults()}
	if n.IsZero() {
		return t, nil
	}
	e := l.entry("defaults", resolve(n))
	e.into(e.node, "", &t, append(ofTenants, "name")...)
	e.knownNames(&t)
	// Defaults may have the credentials of several versions, and are no tenant
	// by themselves.
	own := t.clone()
	own.dropForeign(nil)
	own.API = e.versionRead(own.API)
	errs := slices.DeleteFunc(own.Validate(), func(err *FieldError) bool { return e.lines[err.Field] == 0 })
	e.finish(errs, own.Doubts()...)
	return t, e.wrong
}

// tenant reads a tenant.
func (l *loader) tenant(n *yaml.Node, inherited Tenant, wrong map[string]bool) Tenant {
	e := l.entryNamed("tenant", n, "name", "tenant_id")
	t := e.tenant(n, "", inherited, wrong)
	t.APIKeyFile, t.ClientSecretFile = l.beside(t.APIKeyFile), l.beside(t.ClientSecretFile)
	t.HTTP.SetDirectory(l.directory())
	check := t
	check.API = e.versionRead(t.API)
	e.finish(check.Validate(), check.Doubts()...)
	e.named(t.Name)
	e.files(t.files())
	return t
}

// tenant reads a tenant or a template over what it inherits.
func (e *entry) tenant(n *yaml.Node, path string, inherited Tenant, wrong map[string]bool, but ...string) Tenant {
	t := inherited.clone()
	if api := scalar(n, "api"); api != "" && api != t.Version().Name {
		t.BaseURL, t.Paths, t.Columns = "", nil, nil // of another version
	}
	e.into(n, path, &t, but...)
	own := func(field string) bool { return e.lines[join(path, field)] > 0 }
	for field := range wrong {
		if !own(field) {
			e.wrong[join(path, field)] = true
		}
	}
	e.knownNames(&t)
	t.dropForeign(own)
	if t.Version().RegionHeader == "" { // or a region is no host
		switch {
		case own("region") && !own("base_url") && inherited.BaseURL != "":
			t.BaseURL = ""
		case own("base_url") && !own("region"):
			t.Region = ""
		}
	}
	return t
}

// versionRead is a version to check by: one that is none where the file's
// could not be read, since nothing can be said then of what depends on it.
func (e *entry) versionRead(api string) string {
	if e.told("api") || e.told("template.api") {
		return "unread"
	}
	return api
}

// knownNames refuses names of collectors, resources and labels that cannot be.
func (e *entry) knownNames(t *Tenant) {
	known := e.loader.known
	for _, path := range slices.Sorted(maps.Keys(e.lines)) {
		field, name, _ := strings.Cut(strings.TrimPrefix(path, "template."), ".")
		switch {
		case name == "" && field == "collectors" && len(t.Collectors) == 0 && !e.told(path):
			e.bad(e.lines[path], path, "empty: use some of %s", strings.Join(known.Collectors, ", "))
		case (field == "paths" || field == "columns") && name != "" && !strings.Contains(name, ".") && !slices.Contains(known.Resources, name):
			e.bad(e.lines[path], strings.TrimSuffix(path, "."+name), "there is no resource %s%s", redact.Quote(name), instead(name, known.Resources))
		case field == "columns" && strings.Contains(name, "."):
			resource, column, _ := strings.Cut(name, ".")
			if err := known.CheckColumn(resource, column); err != nil {
				e.bad(e.lines[path], strings.TrimSuffix(path, "."+name), "%w", err)
			}
		case field == "paths" && name != "":
			if err := known.CheckPath(name, t.Paths[name]); err != nil {
				e.bad(e.lines[path], strings.TrimSuffix(path, "."+name), "%w", err)
			}
		}
	}
	for i, name := range t.Collectors {
		for _, path := range []string{"collectors", "template.collectors"} {
			if line := e.lines[item(path, i)]; line > 0 && !e.told(item(path, i)) && !slices.Contains(known.Collectors, name) {
				e.bad(line, path, "there is no collector %s%s", redact.Quote(name), instead(name, known.Collectors))
			}
		}
	}
	e.knownLabels()
}

// CheckColumn refuses a column that nothing reads of a resource that there is. Its
// new name would do nothing, and the one that was meant would keep its old one.
func (k *Known) CheckColumn(resource, column string) error {
	columns := k.Columns[resource]
	switch {
	case !slices.Contains(k.Resources, resource) || slices.Contains(columns, column):
		return nil
	case len(columns) == 0:
		return fmt.Errorf("the columns of resource %s cannot be renamed: remove them", resource)
	}
	return fmt.Errorf("the exporter reads no column %s of resource %s%s", redact.Quote(column), resource, instead(column, columns))
}

// CheckPath refuses a whole address of a resource of Insights: its path follows
// what the version of the API begins with. The APIs beside it, which have no
// columns to rename, may be anywhere.
func (k *Known) CheckPath(resource, path string) error {
	if len(k.Columns[resource]) == 0 {
		return nil
	}
	begins := func(with string) bool { return strings.HasPrefix(path, with) }
	if strings.Contains(path, "://") || begins("api/") || begins("insights/") || begins("resource/") {
		return fmt.Errorf("%s of resource %s: leave out what all paths begin with, up to resource/tenant/ID/ (resource/ with api: v2 or v3), such as query/%s", redact.Quote(path), resource, resource)
	}
	return nil
}

// knownLabels refuses labels that series have as well.
func (e *entry) knownLabels() {
	for _, path := range slices.Sorted(maps.Keys(e.lines)) {
		field, name, _ := strings.Cut(strings.TrimPrefix(path, "template."), ".")
		if field == "labels" && slices.Contains(e.loader.known.Labels, name) {
			e.bad(e.lines[path], strings.TrimSuffix(path, "."+name), "%s: the exporter's own series have a label with that name, so use another name", redact.Quote(name))
		}
	}
}

// instead says which of the names that there are to use in place of one.
func instead(name string, known []string) string {
	if s := suggest.Similar(name, known); s != "" {
		return ": did you mean " + s + "?"
	}
	return ": use some of " + strings.Join(known, ", ")
}

// dropForeign drops what a tenant has inherited for other versions than its
// own: fields of other credentials that it does not name itself.
func (t *Tenant) dropForeign(own func(field string) bool) {
	for _, f := range t.foreign() {
		if own == nil || !own(f.name) {
			f.unset(t)
		}
	}
}

// clone copies what tenants inherit, so that one cannot alter another's.
func (t *Tenant) clone() Tenant {
	c := *t
	c.Paths, c.Labels, c.Columns = maps.Clone(t.Paths), maps.Clone(t.Labels), maps.Clone(t.Columns)
	for resource, columns := range c.Columns {
		c.Columns[resource] = maps.Clone(columns)
	}
	c.Collectors, c.SubTenants = slices.Clone(t.Collectors), slices.Clone(t.SubTenants)
	return c
}

// apiName is what the tenant's version is called.
func (t *Tenant) apiName() string { return cmp.Or(t.API, Versions[0].Name) }

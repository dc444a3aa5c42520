package config

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// theDefaults is what the defaults are called in errors.
const theDefaults = "defaults"

// tenant reads the fields of a tenant, or of the defaults, over what t has,
// and returns the lines that they stand on.
func (l *loader) tenant(n *yaml.Node, what string, t *Tenant) map[string]int {
	fields, lines := l.tenantFields(t)
	if what != theDefaults {
		fields["name"] = func(n *yaml.Node) { t.Name = l.text(n) }
		fields["tenant_id"] = func(n *yaml.Node) { t.ID = l.text(n) }
		fields["sub_tenants"] = func(n *yaml.Node) { t.SubTenants = l.list(n) }
	}
	if what != theDefaults {
		t.otherVersion(n)
	}
	inherited := *t
	l.mapping(n, what, l.noting(lines, fields))
	if what != theDefaults {
		t.dropInherited(inherited, lines)
	}
	return lines
}

// tenantFields read the fields that defaults, tenants and templates have.
func (l *loader) tenantFields(t *Tenant) (fields map[string]func(*yaml.Node), lines map[string]int) {
	return map[string]func(*yaml.Node){
		"api":                func(n *yaml.Node) { t.API = l.text(n) },
		"region":             func(n *yaml.Node) { t.Region = l.text(n) },
		"base_url":           func(n *yaml.Node) { t.BaseURL = l.text(n) },
		"api_key_file":       func(n *yaml.Node) { t.APIKeyFile = l.text(n) },
		"api_key_issued":     func(n *yaml.Node) { t.APIKeyIssued = l.day(n) },
		"client_id":          func(n *yaml.Node) { t.ClientID = l.text(n) },
		"client_secret_file": func(n *yaml.Node) { t.ClientSecretFile = l.text(n) },
		"token_url":          func(n *yaml.Node) { t.TokenURL = l.text(n) },
		"sub_tenant_header":  func(n *yaml.Node) { t.SubTenantHeader = l.text(n) },
		"http":               func(n *yaml.Node) { t.HTTP = l.http(n) },
		"collectors":         func(n *yaml.Node) { t.Collectors = l.collectorNames(n) },
		"paths":              func(n *yaml.Node) { t.Paths = l.texts(l.byResource(n), t.Paths) },
		"columns":            func(n *yaml.Node) { t.Columns = l.columns(l.byResource(n), t.Columns) },
		"labels":             func(n *yaml.Node) { t.Labels = l.texts(n, t.Labels) },
	}, map[string]int{}
}

// noting has the lines noted that fields stand on.
func (l *loader) noting(lines map[string]int, fields map[string]func(*yaml.Node)) map[string]func(*yaml.Node) {
	for name, read := range fields {
		fields[name] = func(n *yaml.Node) {
			lines[name] = n.Line
			read(n)
		}
	}
	return fields
}

// otherVersion drops what is inherited and does not hold for the version of the
// API that a tenant says to have: URL, paths and columns.
func (t *Tenant) otherVersion(n *yaml.Node) {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "api" && n.Content[i+1].Value != cmp.Or(t.API, V1) {
			t.BaseURL, t.Paths, t.Columns = "", nil, nil
		}
	}
}

// dropInherited drops what a tenant has inherited and what does not go with
// what it says itself: another host, and the credential of another version.
func (t *Tenant) dropInherited(inherited Tenant, lines map[string]int) {
	for _, f := range t.foreign() {
		if lines[f.name] == 0 {
			f.unset()
		}
	}
	if t.API == V3 {
		return // a region is no host
	}
	switch hasRegion, hasURL := lines["region"] > 0, lines["base_url"] > 0; {
	case hasRegion && !hasURL && inherited.BaseURL != "":
		t.BaseURL = ""
	case hasURL && !hasRegion && inherited.Region != "":
		t.Region = ""
	}
}

// mapping calls the function of each key that a mapping has.
func (l *loader) mapping(n *yaml.Node, what string, fields map[string]func(*yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		l.errorf(n.Line, "%s has to be a mapping of %s", what, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		read, ok := fields[key.Value]
		switch {
		case !ok:
			l.errorf(key.Line, "%s has no field %q: use some of %s", what, key.Value, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		case seen[key.Value] > 0:
			l.errorf(key.Line, "%s is there twice, first on line %d: leave one out", key.Value, seen[key.Value])
		default:
			seen[key.Value] = key.Line
			read(value)
		}
	}
}

// text reads a text. Numbers are taken as they are written: IDs look like them.
func (l *loader) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		l.errorf(n.Line, "a text has to stand here")
		return ""
	}
	return n.Value
}

func (l *loader) day(n *yaml.Node) time.Time {
	day, err := time.Parse(time.DateOnly, l.text(n))
	if err != nil {
		l.errorf(n.Line, "%q is no day: write it as YYYY-MM-DD", n.Value)
	}
	return day
}

func (l *loader) duration(n *yaml.Node) time.Duration {
	d, err := model.ParseDuration(l.text(n))
	if err != nil {
		l.errorf(n.Line, "%q is no duration: write it as 30m or 1h", n.Value)
	}
	return time.Duration(d)
}

func (l *loader) count(n *yaml.Node) int {
	i, err := strconv.Atoi(l.text(n))
	if err != nil {
		l.errorf(n.Line, "%q is no whole number", n.Value)
	}
	return i
}

func (l *loader) truth(n *yaml.Node) bool {
	switch l.text(n) {
	case "true":
		return true
	case "false":
		return false
	}
	l.errorf(n.Line, "%q is neither true nor false", n.Value)
	return false
}

func (l *loader) list(n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode {
		l.errorf(n.Line, "a list has to stand here, such as [one, two]")
		return nil
	}
	list := make([]string, 0, len(n.Content))
	for _, item := range n.Content {
		list = append(list, l.text(item))
	}
	return list
}

// texts reads a mapping of texts over those that there are.
func (l *loader) texts(n *yaml.Node, inherited map[string]string) map[string]string {
	texts := maps.Clone(inherited)
	if texts == nil {
		texts = map[string]string{}
	}
	if n.Kind != yaml.MappingNode {
		l.errorf(n.Line, "a mapping has to stand here, such as {name: value}")
		return texts
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		texts[n.Content[i].Value] = l.text(n.Content[i+1])
	}
	return texts
}

// byResource refuses keys of a mapping that are no resources.
func (l *loader) byResource(n *yaml.Node) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if key := n.Content[i]; !slices.Contains(l.known.Resources, key.Value) {
			l.errorf(key.Line, "there is no resource %q: use some of %s", key.Value, strings.Join(l.known.Resources, ", "))
		}
	}
	return n
}

// columns reads, by resource, what columns are called.
func (l *loader) columns(n *yaml.Node, inherited map[string]map[string]string) map[string]map[string]string {
	columns := maps.Clone(inherited)
	if columns == nil {
		columns = map[string]map[string]string{}
	}
	if n.Kind != yaml.MappingNode {
		l.errorf(n.Line, "a mapping has to stand here, such as {tunnel_list: {instance_name: node_name}}")
		return columns
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		resource := n.Content[i].Value
		columns[resource] = l.texts(n.Content[i+1], columns[resource])
	}
	return columns
}

func (l *loader) collectorNames(n *yaml.Node) []string {
	names := l.list(n)
	if n.Kind == yaml.SequenceNode && len(names) == 0 {
		l.errorf(n.Line, "no collector: name some of %s", strings.Join(l.known.Collectors, ", "))
	}
	for i, name := range names {
		if !slices.Contains(l.known.Collectors, name) {
			l.errorf(n.Content[i].Line, "there is no collector %q: use some of %s", name, strings.Join(l.known.Collectors, ", "))
		}
	}
	return names
}

// clone copies what tenants inherit, so that one cannot alter another's.
func (t *Tenant) clone() Tenant {
	c := *t
	c.Paths, c.Labels, c.Columns = maps.Clone(t.Paths), maps.Clone(t.Labels), maps.Clone(t.Columns)
	c.Collectors, c.SubTenants = slices.Clone(t.Collectors), slices.Clone(t.SubTenants)
	return c
}

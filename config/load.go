package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Known are names that only collectors know.
type Known struct {
	// Collectors may stand under "collectors", Resources under "paths" and
	// "columns".
	Collectors, Resources []string
}

// Load reads a configuration file. Its error joins everything that is wrong
// with the file, each with the file, the line and what to write instead.
func Load(file string, known Known) (*Config, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	l := &loader{file: file, known: known}
	c := l.config(b)
	if len(l.errs) > 0 {
		slices.SortStableFunc(l.errs, func(a, b *lineError) int { return a.line - b.line })
		joined := make([]error, len(l.errs))
		for i, e := range l.errs {
			joined[i] = e
		}
		return nil, errors.Join(joined...)
	}
	return c, nil
}

// lineError is a mistake and where it stands.
type lineError struct {
	file string
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("%s:%d: %s", e.file, e.line, e.err) }
func (e *lineError) Unwrap() error { return e.err }

// loader walks the nodes of a file and gathers what is wrong with them. The
// decoder of the YAML library would stop at the first mistake of a kind, and
// knows no lines for the checks behind it.
type loader struct {
	file  string
	known Known
	errs  []*lineError
	names map[string]string // where each name is taken
}

func (l *loader) errorf(line int, format string, args ...any) {
	l.errs = append(l.errs, &lineError{l.file, line, fmt.Errorf(format, args...)})
}

func (l *loader) config(b []byte) *Config {
	decoder := yaml.NewDecoder(bytes.NewReader(b))
	var document, more yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		l.errorf(1, "the file is empty: list the tenants under \"tenants:\"")
		return nil
	case err != nil:
		l.errorf(1, "not YAML: %w", err)
		return nil
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		l.errorf(max(more.Line, 1), "a second document: everything has to stand in one")
	}
	c := &Config{}
	sections := map[string]*yaml.Node{}
	l.mapping(document.Content[0], "the file", map[string]func(*yaml.Node){
		"defaults":  func(n *yaml.Node) { sections["defaults"] = n },
		"tenants":   func(n *yaml.Node) { sections["tenants"] = l.entries(n, "tenants", tenantsHint) },
		"discovery": func(n *yaml.Node) { sections["discovery"] = l.entries(n, "discovery", discoveryHint) },
		"capacity":  func(n *yaml.Node) { sections["capacity"] = l.entries(n, "capacity", capacityHint) },
	})
	inherited := Tenant{HTTP: HTTPDefaults()}
	wrong := map[string]bool{}
	if defaults := sections["defaults"]; defaults != nil {
		wrong = l.finishDefaults(&inherited, l.tenant(defaults, theDefaults, &inherited))
	}
	if sections["tenants"] == nil && sections["discovery"] == nil && sections["capacity"] == nil {
		l.errorf(document.Content[0].Line, "no tenants: %s", tenantsHint)
		return c
	}
	l.names = map[string]string{}
	for _, n := range contents(sections["tenants"]) {
		t := inherited.clone()
		l.finishTenant(&t, n, l.tenant(n, "a tenant", &t), wrong)
		c.Tenants = append(c.Tenants, t)
	}
	for _, n := range contents(sections["discovery"]) {
		d, lines := l.discovery(n, inherited)
		l.finish(n, "discovery", d.Account.Name, d.validate(), lines, nil)
		c.Discoveries = append(c.Discoveries, d)
	}
	for _, n := range contents(sections["capacity"]) {
		company, lines := l.company(n)
		l.finish(n, "company", company.Name, company.validate(), lines, nil)
		c.Companies = append(c.Companies, company)
	}
	return c
}

// What to write into a section that is empty or no list.
const (
	tenantsHint   = "list them under \"tenants:\", each with name, tenant_id, region and api_key_file"
	discoveryHint = "list the groups to look below, each with tsg_id, client_id, client_secret_file and a template"
	capacityHint  = "list the companies, each with name and token_file"
)

// entries are the nodes of a section, which has at least one.
func (l *loader) entries(n *yaml.Node, section, hint string) *yaml.Node {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		l.errorf(n.Line, "no %s: %s", section, hint)
		return &yaml.Node{}
	}
	return n
}

func contents(n *yaml.Node) []*yaml.Node {
	if n == nil {
		return nil
	}
	return n.Content
}

// finishDefaults checks what tenants inherit and returns the fields with
// mistakes, which need not be told once more of each tenant.
func (l *loader) finishDefaults(t *Tenant, fields map[string]int) map[string]bool {
	wrong := map[string]bool{}
	// Defaults may have the credentials of several versions.
	own := t.clone()
	for _, f := range own.foreign() {
		f.unset()
	}
	for _, err := range own.Validate() {
		var field *FieldError
		if errors.As(err, &field) && fields[field.Field] > 0 {
			wrong[field.Field] = true
			l.errorf(fields[field.Field], "defaults: %w", err)
		}
	}
	return wrong
}

// finishTenant checks a tenant as a whole.
func (l *loader) finishTenant(t *Tenant, n *yaml.Node, fields map[string]int, wrong map[string]bool) {
	t.APIKeyFile, t.ClientSecretFile = l.beside(t.APIKeyFile), l.beside(t.ClientSecretFile)
	t.HTTP.SetDirectory(l.directory())
	l.finish(n, "tenant", t.Name, t.Validate(), fields, wrong)
}

// finish tells what is wrong with an entry. What it has inherited wrong, it
// has not done wrong. All entries have names of their own.
func (l *loader) finish(n *yaml.Node, what, name string, errs []error, fields map[string]int, wrong map[string]bool) {
	for _, err := range errs {
		line := n.Line
		var field *FieldError
		if errors.As(err, &field) {
			if fields[field.Field] > 0 {
				line = fields[field.Field]
			} else if wrong[field.Field] {
				continue
			}
		}
		prefix := ""
		if name != "" {
			prefix = what + " " + name + ": "
		}
		l.errorf(line, "%s%w", prefix, err)
	}
	if first, ok := l.names[name]; ok && name != "" {
		l.errorf(n.Line, "%s %s: the name is taken by %s; give each its own", what, name, first)
	}
	l.names[name] = fmt.Sprintf("the %s on line %d", what, n.Line)
}

// directory is where the file is.
func (l *loader) directory() string { return filepath.Dir(l.file) }

// beside makes a path relative to the file absolute to the process.
func (l *loader) beside(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(l.directory(), path)
}

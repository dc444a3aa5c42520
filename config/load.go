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

// Load reads a configuration file. Its error joins everything that is wrong
// with the file, each with the file, the line and what to write instead.
// Collectors are the names that may stand under "collectors".
func Load(file string, collectors []string) (*Config, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	l := &loader{file: file, collectors: collectors}
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
	file       string
	collectors []string
	errs       []*lineError
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
	var tenants, defaults *yaml.Node
	l.mapping(document.Content[0], "the file", map[string]func(*yaml.Node){
		"tenants":  func(n *yaml.Node) { tenants = n },
		"defaults": func(n *yaml.Node) { defaults = n },
	})
	inherited := Tenant{HTTP: HTTPDefaults()}
	wrong := map[string]bool{}
	if defaults != nil {
		wrong = l.finishDefaults(&inherited, l.tenant(defaults, theDefaults, &inherited))
	}
	if tenants == nil || tenants.Kind != yaml.SequenceNode || len(tenants.Content) == 0 {
		l.errorf(document.Content[0].Line, "no tenants: list them under \"tenants:\", each with name, tenant_id, region and api_key_file")
		return c
	}
	lines := map[string]int{}
	for _, n := range tenants.Content {
		t := inherited.clone()
		l.finish(&t, n, l.tenant(n, "a tenant", &t), wrong)
		if first, ok := lines[t.Name]; ok && t.Name != "" {
			l.errorf(n.Line, "tenant %s: the name is taken by the tenant on line %d; give each its own", t.Name, first)
		}
		lines[t.Name] = n.Line
		c.Tenants = append(c.Tenants, t)
	}
	return c
}

// finishDefaults checks what tenants inherit and returns the fields with
// mistakes, which need not be told once more of each tenant.
func (l *loader) finishDefaults(t *Tenant, fields map[string]int) map[string]bool {
	wrong := map[string]bool{}
	for _, err := range t.Validate() {
		var field *FieldError
		if errors.As(err, &field) && fields[field.Field] > 0 {
			wrong[field.Field] = true
			l.errorf(fields[field.Field], "defaults: %w", err)
		}
	}
	return wrong
}

// finish checks a tenant as a whole. What it has inherited wrong, it has not
// done wrong.
func (l *loader) finish(t *Tenant, n *yaml.Node, fields map[string]int, wrong map[string]bool) {
	t.APIKeyFile = l.beside(t.APIKeyFile)
	t.HTTP.SetDirectory(filepath.Dir(l.file))
	for _, err := range t.Validate() {
		line := n.Line
		var field *FieldError
		if errors.As(err, &field) {
			if fields[field.Field] > 0 {
				line = fields[field.Field]
			} else if wrong[field.Field] {
				continue
			}
		}
		name := ""
		if t.Name != "" {
			name = "tenant " + t.Name + ": "
		}
		l.errorf(line, "%s%w", name, err)
	}
}

// beside makes a path relative to the file absolute to the process.
func (l *loader) beside(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(l.file), path)
}

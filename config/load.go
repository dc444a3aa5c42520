package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// Known are names that only collectors know.
type Known struct {
	// Collectors may stand under "collectors", Resources under "paths" and
	// "columns".
	Collectors, Resources []string
	// Columns are those of each resource that can be renamed, by its name.
	Columns map[string][]string
	// Labels are those of the series, which no target may have as well.
	Labels []string
}

// Load reads a configuration file. Its error joins everything that is wrong
// with the file, each with the file, the line, the tenant, the field and what
// to write instead. What is doubtful is among the configuration's Warnings.
func Load(file string, known Known) (*Config, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	l := &loader{file: file, known: known, names: map[string]string{}}
	c := l.config(b)
	l.checkFiles()
	if l.overflow != nil {
		return nil, l.overflow
	}
	if len(l.mistakes) > 0 {
		return nil, errors.Join(inOrder(slices.Concat(l.mistakes, l.warnings))...)
	}
	c.Warnings = inOrder(l.warnings)
	return c, nil
}

// mistake is what is wrong or doubtful and where it stands.
type mistake struct {
	file string
	line int
	err  error
}

func (m *mistake) Error() string { return fmt.Sprintf("%s:%d: %s", m.file, m.line, m.err) }
func (m *mistake) Unwrap() error { return m.err }

// inOrder are mistakes in the order of their lines.
func inOrder(mistakes []*mistake) []error {
	slices.SortStableFunc(mistakes, func(a, b *mistake) int { return a.line - b.line })
	errs := make([]error, len(mistakes))
	for i, m := range mistakes {
		errs[i] = m
	}
	return errs
}

// loader reads a file and gathers what is wrong with it.
type loader struct {
	file     string
	known    Known
	mistakes []*mistake
	// warnings leave the configuration usable.
	warnings []*mistake
	names    map[string]string // where each name is taken
	files    []namedFile
	// room is how many more values may be read. Once there is none, overflow says
	// so, and all else that is found is of no account.
	room     int
	overflow *mistake
}

func (l *loader) errorf(line int, format string, args ...any) {
	l.mistakes = append(l.mistakes, &mistake{l.file, line, fmt.Errorf(format, args...)})
}

// sections are what a file holds.
type sections struct {
	Defaults  yaml.Node   `yaml:"defaults"`
	Tenants   []yaml.Node `yaml:"tenants"`
	Discovery []yaml.Node `yaml:"discovery"`
	Capacity  []yaml.Node `yaml:"capacity"`
}

// What to write into a section that is empty.
const (
	tenantsHint   = "list the tenants under \"tenants:\", each with name, tenant_id, region and api_key_file"
	discoveryHint = "list the groups to look below, each with tsg_id, client_id, client_secret_file and a template"
	capacityHint  = "list the companies, each with name and token_file"
)

func (l *loader) config(b []byte) *Config {
	c := &Config{}
	root := l.parse(b)
	if root == nil {
		return c
	}
	l.room = max(leastRoom, mostGrowth*valuesIn(root))
	var s sections
	file := l.entry("", root)
	file.into(root, "", &s)
	for _, section := range []struct {
		name, hint string
		entries    int
	}{{"tenants", tenantsHint, len(s.Tenants)}, {"discovery", discoveryHint, len(s.Discovery)}, {"capacity", capacityHint, len(s.Capacity)}} {
		if file.lines[section.name] > 0 && section.entries == 0 && !file.told(section.name) {
			file.bad(file.lines[section.name], section.name, "empty: %s", section.hint)
		}
	}
	if len(s.Tenants)+len(s.Discovery)+len(s.Capacity) == 0 && len(l.mistakes) == 0 {
		l.errorf(root.Line, "no tenants: %s", tenantsHint)
	}
	inherited, wrong := l.defaults(&s.Defaults)
	for _, n := range s.Tenants {
		c.Tenants = append(c.Tenants, l.tenant(resolve(&n), inherited, wrong))
	}
	for _, n := range s.Discovery {
		c.Discoveries = append(c.Discoveries, l.discovery(resolve(&n), inherited, wrong))
	}
	for _, n := range s.Capacity {
		c.Companies = append(c.Companies, l.company(resolve(&n)))
	}
	return c
}

// parse returns what the file holds, or nil where it is no YAML.
func (l *loader) parse(b []byte) *yaml.Node {
	var documents []yaml.Node
	err := yaml.Load(b, &documents, yaml.WithAllDocuments())
	if syntax, ok := errors.AsType[*yaml.LoadError](err); ok {
		l.errorf(max(syntax.Mark.Line, 1), "this is not valid YAML: %s", syntax.Message)
		return nil
	}
	switch {
	case err != nil:
		l.errorf(1, "this is not valid YAML: %w", err)
		return nil
	case len(documents) == 0 || len(documents[0].Content) == 0:
		l.errorf(1, "the file is empty: %s", tenantsHint)
		return nil
	case len(documents) > 1:
		l.errorf(max(documents[1].Line, 1), "a second YAML document starts here: put everything into one document")
	}
	return documents[0].Content[0]
}

// entry begins to read a part of the file.
func (l *loader) entry(what string, n *yaml.Node) *entry {
	e := &entry{loader: l, what: what, node: n, lines: map[string]int{}, wrong: map[string]bool{}}
	if what != "" {
		e.prefix = what + ": "
	}
	return e
}

// entryNamed begins to read a part of the file that has a name, in one of some
// fields. Errors tell it, or the line where there is none.
func (l *loader) entryNamed(what string, n *yaml.Node, fields ...string) *entry {
	e := l.entry(what, n)
	e.prefix = fmt.Sprintf("the %s on line %d: ", what, n.Line)
	for _, field := range fields {
		if name := scalar(n, field); name != "" {
			e.prefix = what + " " + shown(name) + ": "
			break
		}
	}
	return e
}

// scalar is the value of a mapping's key, where it is one value.
func scalar(n *yaml.Node, key string) string {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if value := resolve(n.Content[i+1]); n.Content[i].Value == key && value.Kind == yaml.ScalarNode {
			return value.Value
		}
	}
	return ""
}

// shown is a name as it is, where it is in the form of one.
func shown(name string) string {
	if nameForm.MatchString(name) {
		return name
	}
	return redact.Quote(name)
}

// finish tells what the checks of an entry have found. What it has inherited
// wrong, it has not done wrong.
func (e *entry) finish(errs []*FieldError, doubts ...*FieldError) {
	for _, err := range errs {
		if line, ok := e.fresh(err); ok {
			e.bad(line, err.Field, "%w", err.Err)
		}
	}
	for _, doubt := range doubts {
		if line, ok := e.fresh(doubt); ok {
			e.wrong[doubt.Field] = true
			e.loader.warnings = append(e.loader.warnings, &mistake{e.loader.file, line, fmt.Errorf("%s%w", e.prefix, doubt)})
		}
	}
}

// fresh reports whether a mistake has not been told already, and where it
// stands.
func (e *entry) fresh(err *FieldError) (line int, ok bool) {
	if line = e.lines[err.Field]; line == 0 {
		line = e.node.Line
	}
	return line, !e.unread && !e.told(err.Field) && (err.instead == "" || !e.told(err.instead))
}

// named notes the name of an entry: all have names of their own.
func (e *entry) named(name string) {
	l := e.loader
	if first, ok := l.names[name]; ok && name != "" {
		e.bad(max(e.lines["name"], e.node.Line), "name", "%s is already used by %s: use a different name", shown(name), first)
	}
	l.names[name] = fmt.Sprintf("the %s on line %d", e.what, e.node.Line)
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

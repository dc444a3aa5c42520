package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v4"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
	"github.com/prisma-exporter/prisma_exporter/internal/suggest"
)

// entry is a part of a file that is read into one value, such as a tenant. It
// tells all that is wrong, and remembers where each field stands for the
// checks that come after. (The YAML library decodes into structs as well. But
// it leaves the rest of a mapping with a mistake unread, takes an empty value
// for none, says neither which field is wrong nor which was meant, and quotes
// what may be a secret.)
type entry struct {
	loader *loader
	// what it is, such as "tenant", and how errors begin.
	what, prefix string
	node         *yaml.Node
	// lines are where fields stand, by paths such as "http.proxy_url".
	lines map[string]int
	// wrong are the paths of which something has been told already.
	wrong map[string]bool
	// unread says that it is no mapping, so that nothing in it is wrong.
	unread bool
}

// bad tells what is wrong with a field.
func (e *entry) bad(line int, path, format string, args ...any) {
	e.wrong[path] = true
	prefix := e.prefix
	if path != "" {
		prefix += path + ": "
	}
	e.loader.errorf(line, "%s%w", prefix, fmt.Errorf(format, args...))
}

// told reports whether something has been told of a field, of what it is part
// of, or of a part of it.
func (e *entry) told(path string) bool {
	for wrong := range e.wrong {
		if wrong == path || wrong != "" && path != "" && (strings.HasPrefix(path, wrong+".") || strings.HasPrefix(wrong, path+".")) {
			return true
		}
	}
	return false
}

// into reads a mapping into a struct, by the names in its yaml tags but for
// some. What is not in the mapping stays as it is.
func (e *entry) into(n *yaml.Node, path string, out any, but ...string) {
	value := reflect.ValueOf(out).Elem()
	fields := fieldsOf(value.Type())
	for _, name := range but {
		delete(fields, name)
	}
	names := slices.Sorted(maps.Keys(fields))
	for _, p := range e.pairs(n, path, strings.Join(names, ", ")) {
		i, ok := fields[p.key.Value]
		if ok {
			e.read(p, value.Field(i))
			continue
		}
		e.unknown(p, path, names)
	}
}

// unknown tells of a field that there is none of. That the one is missing
// which was meant is the same mistake.
func (e *entry) unknown(p pair, path string, names []string) {
	was := ""
	if path != "" {
		was = path + ": "
	}
	if s := suggest.Similar(p.key.Value, names); s != "" {
		e.wrong[join(path, s)] = true
		e.bad(p.line, "", "%sthere is no field %s: did you mean %s?", was, redact.Quote(p.key.Value), s)
		return
	}
	e.bad(p.line, "", "%sthere is no field %s: use some of %s", was, redact.Quote(p.key.Value), strings.Join(names, ", "))
}

// fieldsOf are the fields of a struct by the names in their yaml tags.
func fieldsOf(t reflect.Type) map[string]int {
	fields := map[string]int{}
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" {
			fields[name] = i
		}
	}
	return fields
}

// read reads a value of whatever type it is to have.
func (e *entry) read(p pair, out reflect.Value) {
	e.lines[p.path] = p.line
	switch v := out.Addr().Interface().(type) {
	case *time.Time:
		if s, ok := e.text(p); ok {
			day, err := time.Parse(time.DateOnly, s)
			if *v = day; err != nil {
				e.bad(p.line, p.path, "%s is not a date: write it as YYYY-MM-DD", redact.Quote(s))
			}
		}
		return
	case *time.Duration:
		if s, ok := e.text(p); ok {
			d, err := model.ParseDuration(s)
			if *v = time.Duration(d); err != nil {
				e.bad(p.line, p.path, "%s is not a duration: write it as 30m or 1h", redact.Quote(s))
			}
		}
		return
	case *config.HTTPClientConfig:
		*v = e.http(p)
		return
	case *yaml.Node:
		*v = *p.value
		return
	}
	e.readKind(p, out)
}

// readKind reads a value of one of the types that have no meaning of their
// own.
func (e *entry) readKind(p pair, out reflect.Value) {
	switch out.Kind() {
	case reflect.Struct:
		e.into(p.value, p.path, out.Addr().Interface())
	case reflect.Map:
		e.readMap(p, out)
	case reflect.Slice:
		e.readList(p, out)
	case reflect.String:
		if s, ok := e.text(p); ok {
			out.SetString(s)
		}
	case reflect.Int:
		if s, ok := e.text(p); ok {
			n, err := strconv.Atoi(s)
			if out.SetInt(int64(n)); err != nil {
				e.bad(p.line, p.path, "%s is not a whole number", redact.Quote(s))
			}
		}
	case reflect.Bool:
		if s, ok := e.text(p); ok {
			if out.SetBool(s == "true"); s != "true" && s != "false" {
				e.bad(p.line, p.path, "%s is neither true nor false", redact.Quote(s))
			}
		}
	}
}

// readMap reads a mapping over what is there.
func (e *entry) readMap(p pair, out reflect.Value) {
	if out.IsNil() {
		out.Set(reflect.MakeMap(out.Type()))
	}
	for _, inner := range e.pairs(p.value, p.path, "names and values, such as {name: value}") {
		key := reflect.ValueOf(inner.key.Value).Convert(out.Type().Key())
		value := reflect.New(out.Type().Elem()).Elem()
		if there := out.MapIndex(key); there.IsValid() {
			value.Set(there)
		}
		e.read(inner, value)
		out.SetMapIndex(key, value)
	}
}

// readList reads a list in the place of what is there.
func (e *entry) readList(p pair, out reflect.Value) {
	if p.value.Kind != yaml.SequenceNode {
		e.bad(p.line, p.path, "this must be a list, such as [one, two]")
		return
	}
	if !e.loader.spend(p.value, len(p.value.Content)) {
		return
	}
	list := reflect.MakeSlice(out.Type(), len(p.value.Content), len(p.value.Content))
	for i, n := range p.value.Content {
		n = resolve(n)
		e.read(pair{value: n, line: n.Line, path: item(p.path, i)}, list.Index(i))
	}
	out.Set(list)
}

// text reads a text. Numbers are taken as they are written: IDs look like them.
func (e *entry) text(p pair) (s string, ok bool) {
	switch {
	case p.value.Kind != yaml.ScalarNode:
		e.bad(p.line, p.path, "this must be a single value, not a list or a mapping")
	case p.value.ShortTag() == "!!null":
		e.bad(p.line, p.path, "the value is missing: add one, or remove the field")
	case isID(p.path) && noID(p.value) != "":
		e.bad(p.line, p.path, "%s is %s and not an ID: use the ID that the Insights UI shows, and put it in quotes if it looks like this", redact.Quote(p.value.Value), noID(p.value))
	default:
		return p.value.Value, true
	}
	return "", false
}

// isID reports whether a field of a tenant holds IDs.
func isID(path string) bool {
	field, _, _ := strings.Cut(path, ".")
	return slices.Contains(ofTenants, field)
}

// noID is what a value without quotes is to YAML where nobody means an ID by it, or
// "".
func noID(n *yaml.Node) string {
	switch tag := n.ShortTag(); {
	case tag == "!!bool":
		return "true or false"
	case tag == "!!timestamp":
		return "a date"
	case tag == "!!int" && strings.HasPrefix(n.Value, "-"):
		return "a number below zero"
	}
	return ""
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// item is the path of an item of a list.
func item(path string, i int) string { return path + "." + strconv.Itoa(i+1) }

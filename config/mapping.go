package config

import (
	"errors"

	"go.yaml.in/yaml/v4"
)

// pair is a key of a mapping and its value.
type pair struct {
	key, value *yaml.Node
	line       int
	// path is where it is in its entry.
	path string
}

const (
	// mostMergeDepth bounds merge keys (<<) inside of what is merged, which can
	// go in circles.
	mostMergeDepth = 8
	// mostGrowth is how many times more a file may mean than it says, and
	// leastRoom how many values it may mean in any case. Few aliases (*) and
	// merge keys can mean very many.
	mostGrowth = 10
	leastRoom  = 100_000
)

// valuesIn is how many values a part of a file says.
func valuesIn(n *yaml.Node) int {
	values := 1
	for _, inner := range n.Content {
		values += valuesIn(inner)
	}
	return values
}

// spend counts values that are read. It returns false once there are more than
// may be.
func (l *loader) spend(n *yaml.Node, values int) bool {
	if l.room -= values; l.room < 0 && l.overflow == nil {
		l.overflow = &mistake{l.file, n.Line, errors.New("aliases (*) and merge keys (<<) expand this file far beyond its size: use fewer of them")}
	}
	return l.room >= 0
}

// pairs are the keys and values of a mapping, those that it merges (<<) last.
// A mapping's own keys go before those that are merged. It tells of keys that
// are there twice.
func (e *entry) pairs(n *yaml.Node, path, of string) []pair {
	var all []pair
	there := map[string]int{}
	e.collect(n, path, of, 0, func(p pair, merged bool) {
		switch first := there[p.key.Value]; {
		case first == 0:
			there[p.key.Value] = p.line
			all = append(all, p)
		case !merged:
			e.bad(p.line, p.path, "this is a duplicate of line %d: remove one of them", first)
		}
	})
	return all
}

// collect calls add for each pair of a mapping and of what is merged into it.
func (e *entry) collect(n *yaml.Node, path, of string, depth int, add func(p pair, merged bool)) {
	n = resolve(n)
	switch {
	case n.Kind != yaml.MappingNode:
		e.unread = e.unread || path == ""
		e.bad(n.Line, path, "this must be a mapping, of %s", of)
		return
	case depth > mostMergeDepth:
		e.bad(n.Line, path, "the merge keys (<<) refer to each other in a circle, or are nested too deeply")
		return
	case !e.loader.spend(n, 1+len(n.Content)/2):
		return
	}
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := resolve(n.Content[i]), resolve(n.Content[i+1])
		switch {
		case key.Kind != yaml.ScalarNode:
			e.bad(key.Line, path, "a key must be a single word")
		case key.ShortTag() == "!!merge" && value.Kind == yaml.SequenceNode:
			merges = append(merges, value.Content...)
		case key.ShortTag() == "!!merge":
			merges = append(merges, value)
		default:
			add(pair{key, value, n.Content[i].Line, join(path, key.Value)}, depth > 0)
		}
	}
	for _, merged := range merges {
		e.collect(merged, path, of, depth+1, add)
	}
}

// resolve is what an alias stands for.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

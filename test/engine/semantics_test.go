package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// semantics are the two ways to read a range: Prometheus 3 leaves out a sample at
// its very beginning, which Prometheus 2 takes in.
var semantics = []semantic{
	{"Prometheus 3", func(rules string) string { return rules }},
	{"Prometheus 2", func(rules string) string { return window.ReplaceAllString(rules, "[${1}1ms]") }},
}

// readings are the semantics that the n-th play of a file is played with. The plays
// take long: every third is played with both, and all are in make drill.
func readings(n int) []semantic {
	if os.Getenv("DRILL_HOURS") == "" && n%3 != 0 {
		return semantics[:1]
	}
	return semantics
}

type semantic struct {
	name string
	// read turns rules into such as mean the same to this Prometheus as they
	// are written mean to that one: a range that is a millisecond longer takes
	// in what lies at its beginning.
	read func(rules string) string
}

var window = regexp.MustCompile(`\[(\d+[smhd])\]`)

// files are copies of rule files.
func (s semantic) files(t *testing.T, paths []string) []string {
	t.Helper()
	dir := t.TempDir()
	var copies []string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		path = filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(path, []byte(s.read(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
		copies = append(copies, path)
	}
	return copies
}

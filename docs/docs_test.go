// Package docs_test keeps what is written for people in step with the programs:
// flags, environment variables, links.
package docs_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const root = ".."

// built are the outputs of --help-long by the package of the program.
var built = map[string]func() (string, error){
	".":                        sync.OnceValues(func() (string, error) { return helpOf(".") }),
	"./cmd/insights-simulator": sync.OnceValues(func() (string, error) { return helpOf("./cmd/insights-simulator") }),
}

// helpOf builds a program and asks it for its flags.
func helpOf(pkg string) (string, error) {
	// The next run finds it there, if nothing has changed.
	path := filepath.Join(root, ".build", "test", "docs-"+strings.Trim(strings.ReplaceAll(pkg, "/", "-"), ".-")+".exe")
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-o", path, pkg)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", pkg, err, out)
	}
	help := exec.Command(path, "--help-long")
	help.Env = append(os.Environ(), "COLUMNS=10000") // or it would break its lines
	out, err := help.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s --help-long: %w\n%s", pkg, err, out)
	}
	return string(out), nil
}

// help returns what a program says of its flags.
func help(t *testing.T, pkg string) []programFlag {
	t.Helper()
	touchSources(t)
	text, err := built[pkg]()
	if err != nil {
		t.Fatal(err)
	}
	flags := parseHelp(text)
	if len(flags) < 5 {
		t.Fatalf("%s has %d flags, which cannot be right:\n%s", pkg, len(flags), text)
	}
	return flags
}

// touchSources looks at every source. go test keeps the results of tests whose
// files have not changed, and cannot know what the programs are made of.
func touchSources(t *testing.T) {
	t.Helper()
	for _, path := range files(t, func(path string) bool {
		return strings.HasSuffix(path, ".go") || filepath.Base(path) == "go.mod"
	}) {
		if _, err := os.Stat(filepath.Join(root, path)); err != nil {
			t.Fatal(err)
		}
	}
}

// files returns the files of the project that are wanted, seen from its root.
func files(t *testing.T, wanted func(path string) bool) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case !d.IsDir() && wanted(path):
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// texts are the files that tell people what to type.
func texts(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, path := range files(t, func(path string) bool {
		return strings.HasSuffix(path, ".md") || strings.HasPrefix(path, "deploy/") && !strings.HasSuffix(path, ".go")
	}) {
		texts[path] = read(t, path)
	}
	for _, must := range []string{"README.md", "docs/operations.md", "deploy/compose/compose.yml"} {
		if texts[must] == "" {
			t.Errorf("%s is not among the %d files that are looked at", must, len(texts))
		}
	}
	return texts
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// sorted are the keys of a map in order, so that failures come in order.
func sorted[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

package insights_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var resourceName = regexp.MustCompile(`Name: +"([a-z_]+)"`)

// TestAResourceIsNamedOnce: the code has the name of a resource in one place,
// and all else has it from there. Texts for people may spell it.
func TestAResourceIsNamedOnce(t *testing.T) {
	table, err := os.ReadFile("resources.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range resourceName.FindAllStringSubmatch(string(table), -1) {
		names = append(names, m[1])
	}
	if len(names) < 10 {
		t.Fatalf("only %d resources were found", len(names))
	}
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != ".." && strings.HasPrefix(d.Name(), "."): // what other programs write meanwhile
			return fs.SkipDir
		case d.IsDir() && (d.Name() == "simulator" || d.Name() == "simulation"): // the other side of the wire
			return fs.SkipDir
		case d.IsDir(), !strings.HasSuffix(path, ".go"), strings.HasSuffix(path, "_test.go"), d.Name() == "resources.go" && filepath.Dir(path) == "../insights":
			return nil
		}
		code, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, name := range names {
			if strings.Contains(string(code), `"`+name+`"`) {
				t.Errorf("%s names %q: use the value of package insights", path, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

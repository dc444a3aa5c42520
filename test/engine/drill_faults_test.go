package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// A mutant is a fault that is put into the rules: texts in place of others.
type mutant struct {
	Name    string `yaml:"name"`
	File    string `yaml:"file"`
	Changes []struct {
		Old string `yaml:"old"`
		New string `yaml:"new"`
	} `yaml:"changes"`
}

// files are the rules with the fault in them.
func (m mutant) files(t *testing.T) (files []string) {
	t.Helper()
	dir, found := t.TempDir(), 0
	for _, path := range drillRules(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := string(text)
		if filepath.Base(path) == m.File {
			for _, c := range m.Changes {
				found += strings.Count(changed, c.Old)
				changed = strings.Replace(changed, c.Old, c.New, 1)
			}
		}
		path = filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	if found != len(m.Changes) {
		t.Fatalf("%s has %d places to change for %q, want %d", m.File, found, m.Name, len(m.Changes))
	}
	return files
}

// TestDrillFindsFaults plays seeds until each fault of testdata/mutants.yml is
// found, and tells after how many hours. It takes minutes, so that only `make
// drill` does.
func TestDrillFindsFaults(t *testing.T) {
	mutants := readMutants(t)
	if os.Getenv("DRILL_HOURS") == "" {
		for _, m := range mutants {
			m.files(t)
		}
		t.Skip("without DRILL_HOURS: the faults can be put into the rules, and that is all")
	}
	left, hours := mutants, time.Duration(0)
	for seed := *drillSeed; len(left) > 0 && seed < *drillSeed+40; seed++ {
		d := drawDrill(seed)
		hours += d.world().Length
		recorded := record(t, d)
		var missed []mutant
		for _, m := range left {
			if all := recorded.replay(t, m.files(t)).audit(); len(all) > 0 {
				t.Logf("%-60s %4.1f h  seed %d: %s", m.Name, hours.Hours(), seed, all[0])
				continue
			}
			missed = append(missed, m)
		}
		left = missed
	}
	for _, m := range left {
		t.Errorf("not found in %.1f hours: %s", hours.Hours(), m.Name)
	}
}

func readMutants(t *testing.T) (all []mutant) {
	t.Helper()
	text, err := os.ReadFile("testdata/mutants.yml")
	if err == nil {
		err = yaml.Unmarshal(text, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

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

// mostFaulty is how many seeds a fault may take.
const mostFaulty = 40

// TestDrillFindsFaults plays seeds until each fault of testdata/mutants.yml is
// found, and tells after how many hours. It takes minutes, so that only `make
// drill` does; else it is asked whether the rules still have the places.
func TestDrillFindsFaults(t *testing.T) {
	for _, m := range readMutants(t) {
		t.Run(m.Name, func(t *testing.T) {
			files := m.files(t)
			if os.Getenv("DRILL_HOURS") == "" {
				return
			}
			var hours time.Duration
			for seed := *drillSeed; seed < *drillSeed+mostFaulty; seed++ {
				d := drawDrill(seed)
				hours += d.world().Length
				all := d.violations(t, files)
				if len(all) == 0 {
					continue
				}
				if others := d.violations(t, drillRules(t)); len(others) > 0 {
					t.Errorf("seed %d breaks something without the fault: %s", seed, others[0])
					continue
				}
				t.Logf("found after %.1f hours, by seed %d: %s", hours.Hours(), seed, all[0])
				return
			}
			t.Errorf("not found within %.1f hours", hours.Hours())
		})
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

package simulation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

// A mutant is a fault that is put into the code: texts in place of others.
type mutant struct {
	Name string `yaml:"name"`
	// File is below the root of the module.
	File    string `yaml:"file"`
	Changes []struct {
		Old string `yaml:"old"`
		New string `yaml:"new"`
	} `yaml:"changes"`
}

// TestSimulationFindsFaults puts each fault of testdata/faults into the code, and plays seeds until it is found. That
// takes minutes, so that only `make drill` does; else it is asked whether the code still has the places.
func TestSimulationFindsFaults(t *testing.T) {
	text, err := os.ReadFile("testdata/faults/faults.yml")
	if err != nil {
		t.Fatal(err)
	}
	var mutants []mutant
	if err := yaml.Unmarshal(text, &mutants); err != nil {
		t.Fatal(err)
	}
	for _, m := range mutants {
		t.Run(m.Name, func(t *testing.T) {
			code := m.code(t)
			if os.Getenv("DRILL_HOURS") != "" {
				m.find(t, code)
			}
		})
	}
}

// code is the file with the fault in it.
func (m mutant) code(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", m.File))
	if err != nil {
		t.Fatal(err)
	}
	code := string(text)
	for _, c := range m.Changes {
		if n := strings.Count(code, c.Old); n != 1 {
			t.Fatalf("%s has %d places for the fault, want one:\n%s", m.File, n, c.Old)
		}
		code = strings.Replace(code, c.Old, c.New, 1)
	}
	return code
}

// mostFaulty is how many seeds a fault may take, and mostScopes how large their worlds may be: those that are larger cost
// much and find little more.
const (
	mostFaulty = 100
	mostScopes = 6
)

// find plays seeds with the fault until one breaks something.
func (m mutant) find(t *testing.T, code string) {
	t.Helper()
	binary := m.build(t, code)
	var hours time.Duration
	for seed := *firstSeed; seed < *firstSeed+mostFaulty; seed++ {
		s := Generate(seed)
		if s.scopes() > mostScopes {
			continue
		}
		hours += s.Length
		ctx, cancel := context.WithTimeout(t.Context(), mostReal)
		play := exec.CommandContext(ctx, binary, "-test.run=^TestSimulation$", fmt.Sprint("-seed=", seed), "-seeds=1", "-shrink=false")
		play.Env = append(os.Environ(), "DRILL_HOURS=")
		out, err := play.CombinedOutput()
		cancel()
		var exit *exec.ExitError
		switch {
		case errors.As(err, &exit):
			t.Logf("found after %.1f hours, by seed %d: %s", hours.Hours(), seed, firstViolation.Find(out))
			return
		case err != nil:
			t.Fatal(err)
		}
	}
	t.Errorf("not found within %.1f hours", hours.Hours())
}

var firstViolation = regexp.MustCompile(`as it was made: .{0,150}`)

// build compiles this test with the fault, whose file takes the place of the one that there is.
func (m mutant) build(t *testing.T, code string) (binary string) {
	t.Helper()
	dir := t.TempDir()
	original, err := filepath.Abs(filepath.Join("..", "..", m.File))
	if err != nil {
		t.Fatal(err)
	}
	changed, overlay, binary := filepath.Join(dir, "changed.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "faulty.test")
	files, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err == nil {
		err = errors.Join(os.WriteFile(changed, []byte(code), 0o600), os.WriteFile(overlay, files, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-overlay="+overlay, "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return binary
}

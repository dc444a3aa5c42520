package simulation

import (
	"bytes"
	"context"
	"errors"
	"flag"
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

// A Result is what came of a run.
type Result struct {
	Lasted     time.Duration `yaml:"lasted"`
	CPU        time.Duration `yaml:"cpu"`
	Violations []Violation   `yaml:"violations,omitempty"`
}

// has tells whether an invariant does not hold.
func (r Result) has(kind string) bool {
	for _, v := range r.Violations {
		if v.Kind == kind {
			return true
		}
	}
	return false
}

// gravest are the kinds of violations that tell most of what is wrong, the most telling first. All others come after them.
var gravest = []string{
	"deadlock", "crash", "race", "panic", "secret", "goroutines", "memory", "deadline", "status", "page", "reload", "counter", "budget", "gone",
	"untrue", "raised", "slow", "held blocked", "held resource", "credential", "alerts",
}

// kind is that of the violation that tells most, or empty if there is none.
func (r Result) kind() string {
	for _, kind := range gravest {
		if r.has(kind) {
			return kind
		}
	}
	if len(r.Violations) > 0 {
		return r.Violations[0].Kind
	}
	return ""
}

var childOf = flag.String("child-of", "", "directory with a scenario to play for another process")

// TestChild plays one scenario for another process, so that a deadlock or a panic ends nobody else, and memory and
// goroutines begin anew.
func TestChild(t *testing.T) {
	if *childOf == "" {
		t.Skip("for another process")
	}
	text, err := os.ReadFile(filepath.Join(*childOf, "scenario"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := parseScenario(text)
	if err != nil {
		t.Fatal(err)
	}
	report := func(r Result) {
		text, err := yaml.Marshal(r)
		if err == nil {
			err = os.WriteFile(filepath.Join(*childOf, "result"), text, 0o600)
		}
		if err != nil {
			t.Error(err)
		}
	}
	defer watch(func(what string) { report(Result{Violations: []Violation{{Kind: "deadlock", What: what}}}) })()
	violations, lasted := s.Play(t, Audience{})
	report(Result{Lasted: lasted, Violations: violations})
}

// mostReal is how much real time a scenario may take.
const mostReal = 20 * time.Minute

// playElsewhere plays a scenario in a process of its own.
func (s Scenario) playElsewhere(t *testing.T) Result {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "scenario"), []byte(s.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), mostReal)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestChild$", "-test.timeout=0", "-child-of="+dir)
	child.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", max(s.Procs, 1)), "GOGC=400", "GODEBUG=asyncpreemptoff=1")
	var out bytes.Buffer
	child.Stdout, child.Stderr = &out, &out
	failed := child.Run()
	var r Result
	if text, err := os.ReadFile(filepath.Join(dir, "result")); err == nil {
		if err := yaml.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
	}
	r.CPU = child.ProcessState.UserTime() + child.ProcessState.SystemTime()
	if failed != nil {
		r.Violations = append(r.Violations, crash(failed, out.String()))
	}
	return r
}

var firstPanic = regexp.MustCompile(`(?m)^(panic|fatal error|WARNING: DATA RACE).*$`)

// crash is the violation of a process that did not end well.
func crash(err error, out string) Violation {
	kind := "crash"
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == exitStuck:
		kind = "deadlock"
	case strings.Contains(out, "DATA RACE"):
		kind = "race"
	}
	return Violation{Kind: kind, What: fmt.Sprintf("%s: %s\n%.12000s", err, firstPanic.FindString(out), out)}
}

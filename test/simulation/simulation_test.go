package simulation

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	firstSeed = flag.Uint64("seed", 1, "the first seed to play")
	seeds     = flag.Int("seeds", 4, "how many seeds to play, without DRILL_HOURS and -short")
	largest   = flag.Int("scopes", 0, "play only worlds of so many tenants and sub-tenants at most, 0 for all")
	looking   = flag.String("kind", "", "look only for violations of this kind")
	shrinking = flag.Bool("shrink", true, "make scenarios small that break something")
	keep      = flag.String("keep", "", "directory for the scenarios that break something")
)

// shortest is how long an old scenario may be that a short run plays too, which
// has one seed. Under the race detector one costs several times as much.
const shortest = 12 * time.Minute

// quickest is the seed that costs least among those that are played each time.
const quickest = 4

var scenarioFile = flag.String("scenario", "", "play the scenario in this file and print what is wrong with it")

// TestScenario plays the scenario of a file, for people.
func TestScenario(t *testing.T) {
	if *scenarioFile == "" {
		t.Skip("no -scenario")
	}
	s := read(t, *scenarioFile)
	defer watch(func(what string) { t.Log(what) })()
	begun := time.Now()
	violations, lasted := s.Play(t, Audience{})
	t.Logf("%s in %s", lasted, time.Since(begun))
	for _, v := range violations {
		t.Error(v)
	}
}

// TestRegressions plays the scenarios that have broken something once, and one of a good day.
func TestRegressions(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yml"), func(t *testing.T) {
			t.Parallel()
			s := read(t, file)
			if testing.Short() && s.Length > shortest {
				t.Skip("is too long for a short run")
			}
			for _, v := range s.playElsewhere(t).Violations {
				t.Error(v)
			}
		})
	}
}

func read(t *testing.T, file string) Scenario {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := parseScenario(text)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return s
}

// TestSimulation plays what seeds make: the same ones each time or, with DRILL_HOURS, others until so many hours have
// been simulated. What breaks something is made smaller and printed.
func TestSimulation(t *testing.T) {
	hours, _ := strconv.ParseFloat(os.Getenv("DRILL_HOURS"), 64)
	if testing.Short() {
		*seeds = 1
		if *firstSeed == 1 { // nobody asked for another
			*firstSeed = quickest
		}
	}
	if hours > 0 && *firstSeed == 1 {
		*firstSeed = uint64(time.Now().Unix()) //nolint:gosec // after 1970
	}
	var (
		mu      sync.Mutex
		sum     Result
		planned time.Duration
		n       int
	)
	t.Cleanup(func() {
		t.Logf("%d seeds from %d on, %.1f simulated hours in %s of CPU: %.2f hours a second",
			n, *firstSeed, sum.Lasted.Hours(), sum.CPU.Round(time.Second), sum.Lasted.Hours()/sum.CPU.Seconds())
	})
	for seed := *firstSeed; hours == 0 && n < *seeds || planned.Hours() < hours; seed++ {
		s := Generate(seed)
		if *largest > 0 && s.scopes() > *largest {
			continue
		}
		n, planned = n+1, planned+s.Length
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := s.playElsewhere(t)
			mu.Lock()
			sum.Lasted, sum.CPU = sum.Lasted+r.Lasted, sum.CPU+r.CPU
			mu.Unlock()
			kind := r.kind()
			if *looking != "" && r.has(*looking) {
				kind = *looking
			}
			if kind != "" && (*looking == "" || kind == *looking) {
				report(t, s, r, kind)
			}
		})
	}
}

// report tells of a scenario that breaks something, in a form that a person can read.
func report(t *testing.T, s Scenario, r Result, kind string) {
	for _, v := range r.Violations[:min(len(r.Violations), 8)] {
		t.Logf("as it was made: %.300s", v)
	}
	if *shrinking {
		s = s.Shrink(func(c Scenario) bool { return c.playElsewhere(t).has(kind) })
		r = s.playElsewhere(t)
	}
	var why strings.Builder
	for _, v := range r.Violations {
		fmt.Fprintf(&why, "%.3000s\n", v)
	}
	s.Why = why.String()
	t.Errorf("%s. This breaks, and can be played with -scenario:\n%s", kind, s)
	if *keep == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(*keep, fmt.Sprintf("seed-%d.yml", s.Seed)), []byte(s.String()), 0o600); err != nil {
		t.Error(err)
	}
}

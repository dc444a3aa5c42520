package simulation

import (
	"reflect"
	"testing"
)

// TestGenerate has seeds make scenarios that can be played, written down and read again, and differ.
func TestGenerate(t *testing.T) {
	if testing.Short() {
		t.Skip("has one goroutine, and is no short run's")
	}
	seen, done := map[string]bool{}, map[string]bool{}
	for seed := range uint64(800) {
		s := Generate(seed)
		read, err := parseScenario([]byte(s.String()))
		if err != nil || !reflect.DeepEqual(read, s) {
			t.Fatalf("seed %d: %v\n%s\nis read as\n%s", seed, err, s, read)
		}
		s.Seed = 0
		seen[s.String()] = true
		for _, a := range s.Acts {
			done[a.Do], done[a.What] = true, true
		}
	}
	if len(seen) != 800 {
		t.Errorf("%d of 800 scenarios differ", len(seen))
	}
	for _, all := range [][]string{names(acts)(), names(apiFaults)(), names(companyFaults)(), lineFaults, fileFaults} {
		for _, one := range all {
			if !done[one] {
				t.Errorf("no seed makes %q", one)
			}
		}
	}
}

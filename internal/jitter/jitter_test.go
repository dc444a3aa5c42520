package jitter

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// TestDrawsAreSpreadAndRepeat: over names and over numbers.
func TestDrawsAreSpreadAndRepeat(t *testing.T) {
	for what, draw := range map[string]func(i int) float64{
		"names":   func(i int) float64 { return Of(1, fmt.Sprint("tenant-", i), "token") },
		"numbers": func(i int) float64 { return Of(i, "tenant", "token") },
	} {
		var tenths [10]int
		for i := range 10000 {
			f := draw(i)
			if f < 0 || f >= 1 || f != draw(i) {
				t.Fatalf("%s: draw %d is %v, then %v", what, i, f, draw(i))
			}
			tenths[int(f*10)]++
		}
		for i, n := range tenths {
			if math.Abs(float64(n)-1000) > 150 {
				t.Errorf("%s: %d of 10000 draws in tenth %d", what, n, i)
			}
		}
	}
	if Of(1, "ab", "c") == Of(1, "a", "bc") {
		t.Error("names that run together are one")
	}
}

func TestAround(t *testing.T) {
	for draw, want := range map[float64]time.Duration{0: 95 * time.Second, 0.5: 100 * time.Second, 1: 105 * time.Second} {
		if got := Around(100*time.Second, 0.05, draw); got != want {
			t.Errorf("draw %v: %v, want %v", draw, got, want)
		}
	}
}

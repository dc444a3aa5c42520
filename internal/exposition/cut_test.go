package exposition

import (
	"strings"
	"testing"
)

// TestCut drops what was added last, and never a part of a state.
func TestCut(t *testing.T) {
	names := []string{"i"}
	value := &Metric{Name: "a", Type: Gauge, Labels: names}
	state := &Metric{Name: "b", Type: Gauge, Labels: names, States: []string{"up", "unknown", "down"}}
	for _, c := range []struct {
		most, want int
		cut        bool
	}{{20000, 12000, false}, {12000, 12000, false}, {11999, 11997, true}, {8001, 8001, true}, {4, 4, true}, {3, 1, true}, {0, 0, true}} {
		b := NewBuilder()
		for range 3000 {
			l := b.Labels(names, "x")
			b.Add(value, l, 1)
			b.AddState(state, l, 0)
		}
		if b.Series() != 12000 {
			t.Fatalf("%d series are counted", b.Series())
		}
		cut := b.Cut(c.most)
		var text strings.Builder
		parts := b.Parts()
		if err := NewPage(parts, nil).WriteText(&text); err != nil {
			t.Fatal(err)
		}
		series := 0
		for _, p := range parts {
			series += p.Series
		}
		if lines := strings.Count(text.String(), "\n") - 2*len(parts); cut != c.cut || series != c.want || lines != c.want {
			t.Errorf("at most %d: %d series, %d lines, cut %v; want %d", c.most, series, lines, cut, c.want)
		}
	}
}

// Package pagetest compares pages of metrics with those that tests keep.
package pagetest

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Golden wants a page to be what the file holds, and to be a page that
// Prometheus takes. With the flag -update it writes the file first.
func Golden(t *testing.T, file string, page []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(page, want) {
		t.Errorf("the page differs from %s (-update writes it anew):\n%s", file, firstDifference(string(page), string(want)))
	}
	check(t, page)
}

// check wants what a registry would have checked: that the page is valid, has
// no series twice, and names its metrics as Prometheus wants them.
func check(t *testing.T, page []byte) {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(page))
	if err != nil {
		t.Fatalf("the page is not valid: %v", err)
	}
	for name, f := range families {
		seen := map[string]bool{}
		for _, m := range f.Metric {
			key := fmt.Sprint(m.Label)
			if seen[key] {
				t.Errorf("%s has two series %s", name, key)
			}
			seen[key] = true
		}
	}
	problems, err := promlint.NewWithMetricFamilies(slices.Collect(maps.Values(families))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("promlint: %s: %s", p.Metric, p.Text)
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\n got: %s\nwant: %s", i+1, a, b)
		}
	}
	return ""
}

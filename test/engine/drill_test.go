package engine

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

var (
	drillSeed  = flag.Uint64("seed", 1, "the first seed to drill")
	drillSeeds = flag.Int("seeds", 3, "how many seeds to drill, without DRILL_HOURS")
	drillMany  = flag.Int("tenants", 0, "how many tenants each world has, if not as many as its seed draws")
	drillSmall = flag.Bool("shrink", true, "make drills small that break something")
	drillFile  = flag.String("drill", "", "play the drill in this file")
)

// TestDrill plays hours of operation with alerts, rules and pages: those of some
// seeds or, with DRILL_HOURS, of new ones until so many hours have been played.
// What breaks is made smaller and printed.
func TestDrill(t *testing.T) {
	if *drillFile != "" {
		text, err := os.ReadFile(*drillFile)
		if err != nil {
			t.Fatal(err)
		}
		var d drill
		if err := yaml.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		for _, v := range d.violations(t, drillRules(t)) {
			t.Error(v)
		}
		return
	}
	hours, _ := strconv.ParseFloat(os.Getenv("DRILL_HOURS"), 64)
	seed := *drillSeed
	if hours > 0 && seed == 1 {
		seed = uint64(time.Now().Unix()) //nolint:gosec // after 1970
	}
	var played time.Duration
	before := processor(t)
	files := drillRules(t)
	for n := 0; hours == 0 && n < *drillSeeds || played.Hours() < hours; n++ {
		d := drawDrill(seed)
		if *drillMany > 0 {
			d.Wild, d.Tenants = false, *drillMany
		}
		played += d.world().Length
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			if all := d.violations(t, files); len(all) > 0 {
				reportDrill(t, d, all, files)
			}
		})
		seed++
	}
	t.Logf("%.1f simulated hours in %s of CPU: %.2f hours a second", played.Hours(), processor(t)-before, played.Hours()/(processor(t)-before).Seconds())
}

// drillRules are the rules of what is in the drill's worlds.
func drillRules(t *testing.T) []string {
	t.Helper()
	elsewhere := []string{"prisma-capacity.rules.yml", "prisma-licenses.rules.yml", "prisma-service-status.rules.yml"}
	return slices.DeleteFunc(glob(t, "*.rules.yml"), func(path string) bool { return slices.Contains(elsewhere, filepath.Base(path)) })
}

// violations plays a drill.
func (d drill) violations(t *testing.T, files []string) []violation {
	t.Helper()
	return record(t, d).replay(t, files).audit()
}

// mostDrills bounds the drills that it takes to make one small.
const mostDrills = 60

// reportDrill tells of a drill that breaks something.
func reportDrill(t *testing.T, d drill, all []violation, files []string) {
	t.Helper()
	for _, v := range all[:min(len(all), 8)] {
		t.Logf("as it was drawn: %s", v)
	}
	kind := all[0].kind
	tries := 0
	for smaller := *drillSmall; smaller; {
		smaller = false
		for _, c := range d.without() {
			if tries++; tries > mostDrills {
				break
			}
			if found := c.violations(t, files); len(found) > 0 && found[0].kind == kind {
				d, all, smaller = c, found, true
				break
			}
		}
	}
	t.Errorf("%s\nThis breaks, and can be played with -drill:\n%s", all[0], d)
}

// TestMoved: two servers may know an alert from two sites until it was away for
// longer than that is remembered, however often it is raised in between.
func TestMoved(t *testing.T) {
	t.Parallel()
	l := life{Steps: []step{
		{At: 10 * time.Minute, Severity: "High"},
		{At: 11 * time.Minute, Severity: "High", Moved: true},
		{At: 20 * time.Minute},
		{At: 40 * time.Minute, Severity: "High"},
		{At: 60 * time.Minute},
		{At: 2 * time.Hour, Severity: "High"},
	}}
	for at, want := range map[time.Duration]bool{10 * time.Minute: false, 11 * time.Minute: true, 50 * time.Minute: true, 80 * time.Minute: true, 2 * time.Hour: false} {
		if got := l.moved(at, remembered); got != want {
			t.Errorf("at %s: %t, want %t", at, got, want)
		}
	}
}

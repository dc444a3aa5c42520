package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestObjectsAreCurrent keeps a cluster from getting other rules or dashboards
// than those that were tested.
func TestObjectsAreCurrent(t *testing.T) {
	want, err := render()
	if err != nil {
		t.Fatal(err)
	}
	current(t, target, want)
	for _, sources := range []string{rules, dashboards} {
		want, err := copies(sources)
		if err != nil || len(want) == 0 {
			t.Fatalf("%s: %d files, %v", sources, len(want), err)
		}
		current(t, copied(sources), want)
	}
}

// current compares a folder with what it should hold.
func current(t *testing.T, folder string, want map[string]string) {
	t.Helper()
	for name, text := range want {
		got, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || string(got) != text {
			t.Errorf("%s is not what its source says (%v): run make docs", filepath.Join(folder, name), err)
		}
	}
	there, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range there {
		if _, ok := want[e.Name()]; !ok {
			t.Errorf("%s has no source: run make docs", filepath.Join(folder, e.Name()))
		}
	}
}

// TestObjectsHoldTheirSources looks at the files alone, without what made them.
func TestObjectsHoldTheirSources(t *testing.T) {
	for _, kind := range []struct{ sources, prefix, above, indent string }{
		{rules, "prometheusrule-", "\nspec:\n", "  "},
		{dashboards, "dashboard-", ".json: |\n", "    "},
	} {
		sources, err := filepath.Glob(kind.sources)
		if err != nil || len(sources) == 0 {
			t.Fatalf("%s: %d files, error %v", kind.sources, len(sources), err)
		}
		for _, source := range sources {
			want, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			object, err := os.ReadFile(filepath.Join(target, kind.prefix+stem(source)+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			_, body, _ := strings.Cut(string(object), kind.above)
			lines := slices.Collect(strings.Lines(body))
			for i, line := range lines {
				lines[i] = strings.TrimPrefix(line, kind.indent)
			}
			if got := strings.Join(lines, ""); strings.TrimSpace(got) != strings.TrimSpace(strings.TrimPrefix(string(want), "---\n")) {
				t.Errorf("%s does not come out of its object as it is", source)
			}
		}
	}
}

// TestDashboardsFit: a client-side kubectl apply keeps a copy of the object in
// an annotation, of which there may be 256 KiB.
func TestDashboardsFit(t *testing.T) {
	objects, err := render()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range objects {
		if len(text) > 240<<10 {
			t.Errorf("%s has %d bytes, which is more than kubectl apply takes: make two of the dashboard", name, len(text))
		}
	}
}

func TestWhatDoesNotGoIntoAnObject(t *testing.T) {
	for name, err := range map[string]error{
		"rules without groups":    second(prometheusRule("x.rules.yml", "rules: []\n")),
		"a dashboard that is cut": second(dashboard("x.json", `{"uid": "x"`)),
		"a dashboard without uid": second(dashboard("x.json", `{"title": "x"}`)),
		"a dashboard with tabs":   second(dashboard("x.json", "{\n\t\"uid\": \"x\"\n}")),
		"an indented dashboard":   second(dashboard("x.json", `  {"uid": "x"}`)),
	} {
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func second(_ string, err error) error { return err }

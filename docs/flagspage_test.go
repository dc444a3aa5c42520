package docs_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/collector"
)

//go:generate go test . -run TestFlagsPage -update

var update = flag.Bool("update", false, "write flags.md anew")

// groups are the sections of flags.md, by how a flag's name begins. What
// belongs to no other is in the first.
var groups = []struct{ prefix, title, about string }{
	{"", "General", ""},
	{"prisma.", "The tenant", ""},
	{"scrape.", "Scrapes", ""},
	{"collector.", "Collectors", ""},
	{"capacity.", "Companies", "Companies on the capacity platform are in the [configuration file](configuration.md#the-capacity-platform)."},
	{"api.", "The API", ""},
	{"web.", "The exporter's own port", "The exporter reads the web configuration file again for every request. [operations.md](operations.md#tls-and-passwords) shows an example."},
	{"log.", "Logs", ""},
}

const flagsPreamble = `# Flags

Generated from ` + "`prisma_exporter --help`" + ` by ` + "`make docs`" + `; do not edit.

You can also set each flag as an environment variable. For a flag without a value, such as ` + "`--demo`" + `, set the variable to
` + "`true` or `false`" + `. For several values of a repeatable flag, write each on a separate line. A flag on the command line overrides
its variable.
`

// TestFlagsPage keeps flags.md as the program is.
func TestFlagsPage(t *testing.T) {
	want := flagsPage(help(t, "."))
	if *update {
		if err := os.WriteFile("flags.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("flags.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/flags.md is not what --help says: run make docs")
	}
}

func flagsPage(flags []programFlag) string {
	var b strings.Builder
	b.WriteString(flagsPreamble)
	for i, g := range groups {
		fmt.Fprintf(&b, "\n## %s\n", g.title)
		if g.about != "" {
			fmt.Fprintf(&b, "\n%s\n", g.about)
		}
		b.WriteString("\n| flag | default | meaning | variable |\n|---|---|---|---|\n")
		for _, f := range flags {
			if group(f.name) == i {
				fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", synopsis(f), byDefault(f), escaped(f.help), quoted(f.variable))
			}
		}
	}
	return b.String()
}

// group is which section a flag belongs to.
func group(name string) int {
	for i, g := range groups[1:] {
		if strings.HasPrefix(name, g.prefix) {
			return i + 1
		}
	}
	return 0
}

func synopsis(f programFlag) string {
	if f.negatable {
		return "`--[no-]" + f.name + "`"
	}
	return "`--" + f.name + "=…`"
}

// placeholder is what the help page shows, in capitals, for a flag without a
// default.
var placeholder = regexp.MustCompile(`^[A-Z][A-Z0-9._-]*$`)

// byDefault is the default of a flag. One without a value has none.
func byDefault(f programFlag) string {
	switch {
	case f.negatable:
		for _, d := range collector.Definitions() {
			if f.name == "collector."+d.Name && d.Default {
				return "on"
			}
		}
		return ""
	case placeholder.MatchString(f.value), f.value == `""`:
		return ""
	}
	return quoted(strings.Trim(f.value, `"`))
}

// quoted is text as code, unless there is none.
func quoted(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

func escaped(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

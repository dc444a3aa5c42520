package docs_test

import (
	"flag"
	"fmt"
	"os"
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
	{"web.", "The exporter's own port", "A web configuration file is looked at on every request; [operations.md](operations.md#tls-and-passwords) shows one."},
	{"log.", "Logs", ""},
}

const flagsPreamble = `# Flags

Made from ` + "`prisma_exporter --help`" + ` by ` + "`make docs`" + `; do not edit.

Each flag can also be given as an environment variable. There, a flag without a value is ` + "`true` or `false`" + `, and one that
can be repeated has its values on lines of their own. The command line wins.
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
				fmt.Fprintf(&b, "| %s | %s | %s | `%s` |\n", synopsis(f), byDefault(f), escaped(f.help), f.variable)
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

// byDefault is the default of a flag. For one that has none, the help page
// shows its name in capitals, and for one without a value, nothing.
func byDefault(f programFlag) string {
	switch {
	case f.negatable:
		for _, d := range collector.Definitions() {
			if f.name == "collector."+d.Name && d.Default {
				return "on"
			}
		}
		return ""
	case f.value == strings.ToUpper(f.name), f.value == `""`:
		return ""
	}
	return "`" + strings.Trim(f.value, `"`) + "`"
}

func escaped(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

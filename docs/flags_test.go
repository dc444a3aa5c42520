package docs_test

import (
	"regexp"
	"strings"
	"testing"
)

// programFlag is what --help-long says of a flag.
type programFlag struct {
	name, value, help, variable string
	// negatable flags are those without a value, which have a --no-.
	negatable, repeatable bool
}

var (
	helpStart = regexp.MustCompile(`^\s+(?:-\w, )?--(\[no-\])?([\w.-]+)(?:=("[^"]*"|\S+))?( \.\.\.)?(?:\s+(.*))?$`)
	helpVar   = regexp.MustCompile(`\s*\(\$(\w+)\)$`)
)

// parseHelp reads the flags out of a help page.
func parseHelp(text string) []programFlag {
	var flags []programFlag
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \n")
		if m := helpStart.FindStringSubmatch(line); m != nil {
			flags = append(flags, programFlag{name: m[2], value: m[3], help: m[5], negatable: m[1] != "", repeatable: m[4] != ""})
		} else if len(flags) > 0 {
			// A flag with a long name has its help on the next line.
			f := &flags[len(flags)-1]
			f.help = strings.TrimSpace(f.help + " " + strings.TrimSpace(line))
		}
	}
	for i := range flags {
		f := &flags[i]
		if m := helpVar.FindStringSubmatch(f.help); m != nil {
			f.variable = m[1]
			f.help = strings.TrimSuffix(f.help, m[0])
		}
	}
	return flags
}

// otherFlags are those of other programs that the texts name.
var otherFlags = map[string]string{
	"cacert":               "curl",
	"offline":              "pint",
	"comment":              "amtool",
	"alertmanager.url":     "amtool",
	"prefix":               "kubectl",
	"all-containers":       "kubectl",
	"since":                "journalctl, docker and kubectl",
	"tail":                 "kubectl",
	"duration":             "amtool",
	"build":                "docker compose",
	"profile":              "docker compose",
	"tmpfs":                "docker",
	"enable-feature":       "prometheus",
	"storage.tsdb.path":    "prometheus",
	"from-file":            "kubectl",
	"eval-interval":        "thanos rule",
	"remote-write.config":  "thanos rule",
	"label":                "thanos rule",
	"alert.label-drop":     "thanos rule",
	"namespace":            "helm",
	"set":                  "helm",
	"set-string":           "helm",
	"name":                 "systemd-creds",
	"dry-run":              "kubectl",
	"rm":                   "docker",
	"repo":                 "gh",
	"query.lookback-delta": "prometheus",
	"server-side":          "kubectl",
	"now":                  "systemctl",
	"system":               "useradd",
	"no-create-home":       "useradd",
	"shell":                "useradd",
}

var (
	// mentioned finds flags, also those of which a part is left open, as in
	// --collector.NAME and --web.*.
	mentioned = regexp.MustCompile(`(?:^|[^\w-])--(\[no-\]|no-)?([a-zA-Z][\w.-]*\w|[a-zA-Z])(\.\*)?`)
	openPart  = regexp.MustCompile(`\.[A-Z]+\b`)
)

// TestFlagsThatAreNamedExist finds flags in the texts that no program has.
func TestFlagsThatAreNamedExist(t *testing.T) {
	known := map[string]bool{"help-long": true, "help-man": true}
	for pkg := range built {
		for _, f := range help(t, pkg) {
			known[f.name] = true
			if f.negatable {
				known["no-"+f.name] = true
			}
		}
	}
	used := map[string]bool{}
	for path, text := range texts(t) {
		for _, m := range mentioned.FindAllStringSubmatch(text, -1) {
			name := m[2]
			if m[1] == "no-" {
				name = "no-" + name
			}
			if _, ok := otherFlags[name]; ok {
				used[name] = true
				continue
			}
			ok := known[openPart.ReplaceAllString(name, ".alerts")]
			for k := range known {
				ok = ok || m[3] != "" && strings.HasPrefix(k, m[2]+".")
			}
			if !ok {
				t.Errorf("%s: there is no flag --%s; if it is another program's, name that in otherFlags", path, name)
			}
		}
	}
	for _, name := range sorted(otherFlags) {
		if !used[name] {
			t.Errorf("otherFlags: --%s of %s is not named anywhere any more", name, otherFlags[name])
		}
	}
}

// TestFlagsAreDocumented finds flags that a user would not hear of.
func TestFlagsAreDocumented(t *testing.T) {
	all := ""
	for path, text := range texts(t) {
		if strings.HasSuffix(path, ".md") {
			all += text
		}
	}
	for _, f := range help(t, ".") {
		if !strings.Contains(all, "--"+f.name) && !strings.Contains(all, "--[no-]"+f.name) {
			t.Errorf("no page names --%s", f.name)
		}
	}
}

var variable = regexp.MustCompile(`PRISMA_EXPORTER_[A-Z0-9_]*[A-Z0-9]`)

// TestVariablesThatAreNamedExist is the same for the environment, from which a
// misspelt flag would be taken for none.
func TestVariablesThatAreNamedExist(t *testing.T) {
	known := map[string]bool{}
	for _, f := range help(t, ".") {
		known[f.variable] = true
	}
	n := 0
	for path, text := range texts(t) {
		for _, name := range variable.FindAllString(text, -1) {
			n++
			// The CHANGELOG also names such as are ignored.
			if !known[name] && !strings.HasSuffix(path, "CHANGELOG.md") {
				t.Errorf("%s: no flag has the variable %s", path, name)
			}
		}
	}
	if n == 0 {
		t.Error("no variables found, which cannot be right")
	}
}

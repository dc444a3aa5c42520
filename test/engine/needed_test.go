package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"go.yaml.in/yaml/v3"
)

var (
	anyAlert  = regexp.MustCompile(`\bALERTS(_FOR_STATE)?\b(\{[^}]*\})?`)
	alertName = regexp.MustCompile(`alertname="`)
)

// needed are copies of rule files without the rules that a test does not look
// at, directly or through others, since evaluating all of them is most of what
// the tests take.
func (g testGroup) needed(t *testing.T, paths []string) []string {
	t.Helper()
	var looks strings.Builder
	for _, c := range g.AlertTests {
		looks.WriteString(c.Alertname + "\n")
	}
	for _, c := range g.ExprTests {
		looks.WriteString(c.Expr + "\n")
	}
	files := map[string]*rulefmt.RuleGroups{}
	for _, path := range paths {
		groups, errs := rulefmt.ParseFile(path, false, model.UTF8Validation)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		files[path] = groups
	}
	for length := -1; length != looks.Len(); {
		length = looks.Len()
		for _, groups := range files {
			for _, group := range groups.Groups {
				for _, rule := range group.Rules {
					if isIn(looks.String(), rule) && !strings.Contains(looks.String(), rule.Expr) {
						looks.WriteString(rule.Expr + "\n" + rule.Annotations["description"] + "\n") // which may ask for more
					}
				}
			}
		}
	}
	for _, use := range anyAlert.FindAllString(looks.String(), -1) {
		if !alertName.MatchString(use) {
			return paths // whatever fires is looked at
		}
	}
	return write(t, files, looks.String())
}

// isIn tells whether a text has the name of a rule.
func isIn(text string, rule rulefmt.Rule) bool { return strings.Contains(text, rule.Record+rule.Alert) }

// write writes the rules whose names are in a text.
func write(t *testing.T, files map[string]*rulefmt.RuleGroups, looks string) []string {
	t.Helper()
	dir := t.TempDir()
	var written []string
	for path, groups := range files {
		for i, group := range groups.Groups {
			groups.Groups[i].Rules = nil
			for _, rule := range group.Rules {
				if isIn(looks, rule) {
					groups.Groups[i].Rules = append(groups.Groups[i].Rules, rule)
				}
			}
		}
		text, err := yaml.Marshal(groups)
		if err != nil {
			t.Fatal(err)
		}
		path = filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		written = append(written, path)
	}
	return written
}

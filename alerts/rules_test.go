package alerts_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/prisma-exporter/prisma_exporter/alerts"
	"github.com/prisma-exporter/prisma_exporter/internal/catalog"
)

type rule struct {
	file, group string

	Record      string            `yaml:"record"`
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	KeepFiring  string            `yaml:"keep_firing_for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func (r rule) name() string { return r.file + ": " + r.Record + r.Alert }

// loadRules reads all rules that are shipped.
func loadRules(t *testing.T) []rule {
	t.Helper()
	names, err := fs.Glob(alerts.Files(), "*.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	var rules []rule
	for _, name := range names {
		text, err := fs.ReadFile(alerts.Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Groups []struct {
				Name  string `yaml:"name"`
				Rules []rule `yaml:"rules"`
			} `yaml:"groups"`
		}
		strict := yaml.NewDecoder(bytes.NewReader(text))
		strict.KnownFields(true)
		if err := strict.Decode(&file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, g := range file.Groups {
			if len(g.Rules) > 20 {
				t.Errorf("%s: group %s has %d rules, more than 20", name, g.Name, len(g.Rules))
			}
			for _, r := range g.Rules {
				r.file, r.group = name, g.Name
				rules = append(rules, r)
			}
		}
	}
	return rules
}

// runbooks are where the rules' runbooks are: those of main or, once `make
// runbooks` has prepared a release, those of its tag.
func runbooks(t *testing.T) []string {
	t.Helper()
	version, err := os.ReadFile("../VERSION")
	if err != nil {
		t.Fatal(err)
	}
	const repository = "https://github.com/prisma-exporter/prisma_exporter/blob/"
	return []string{repository + "main/docs/runbooks/", repository + "v" + strings.TrimSpace(string(version)) + "/docs/runbooks/"}
}

// page is the runbook of an alert: Prisma's own alerts share one, whatever
// their severity.
func (r rule) page() string {
	if strings.HasPrefix(r.Expr, "max by (tenant, sub_tenant, alert_id, ") && r.Record == "" {
		return "PrismaAlert"
	}
	if r.Record == "" && strings.Contains(r.Expr, "prisma_access:incident_place_timestamp_seconds:first\n)") {
		return "PrismaIncident"
	}
	if strings.HasPrefix(r.Alert, "PrismaLicenseExpires") {
		return "PrismaLicenseExpires"
	}
	return r.Alert
}

// TestForm checks what every alert has to have.
func TestForm(t *testing.T) {
	t.Parallel()
	seen, pages := map[string]bool{}, map[string]bool{}
	places := map[string]bool{}
	for _, r := range loadRules(t) {
		if r.Alert == "" {
			continue
		}
		t.Run(r.Alert, func(t *testing.T) {
			if seen[r.Alert] || len(r.Alert) > 40 || !strings.HasPrefix(r.Alert, "Prisma") {
				t.Error("the name is there twice, longer than 40 characters or not one of ours")
			}
			seen[r.Alert] = true
			pages[r.page()] = true
			given := strings.Contains(r.Expr, "group_left (severity)")
			if s := r.Labels["severity"]; !given && (len(r.Labels) != 1 || s != "critical" && s != "warning" && s != "info") {
				t.Errorf("labels %v: only severity, which is critical, warning or info", r.Labels)
			}
			if r.Annotations["summary"] == "" {
				t.Error("no summary")
			}
			if d := r.Annotations["description"]; !strings.Contains(d, "{{ $labels.") && r.Expr != "vector(1)\n" && r.Expr != "vector(1)" {
				t.Errorf("description %q does not say what it is about", d)
			}
			place, ok := strings.CutSuffix(r.Annotations["runbook_url"], r.page()+".md")
			if places[place] = true; !ok || !slices.Contains(runbooks(t), place) {
				t.Errorf("runbook_url is %q", r.Annotations["runbook_url"])
			}
		})
	}
	if len(places) != 1 {
		t.Errorf("runbooks of several versions: %v", places)
	}
	there := glob(t, "../docs/runbooks/Prisma*.md")
	if len(there) != len(pages) {
		t.Errorf("%d runbooks, want %d", len(there), len(pages))
	}
	for page := range pages {
		text, err := os.ReadFile("../docs/runbooks/" + page + ".md")
		if err != nil || !strings.HasPrefix(string(text), "# "+page+"\n") {
			t.Errorf("no runbook of the title %s: %v", page, err)
		}
	}
}

// TestEveryRuleHasTests looks for a test that lets the alert fire and one that
// expects it to be silent.
func TestEveryRuleHasTests(t *testing.T) {
	t.Parallel()
	type alertTest struct {
		Name   string           `yaml:"alertname"`
		Alerts []map[string]any `yaml:"exp_alerts"`
	}
	fires, silent := map[string]int{}, map[string]int{}
	for _, path := range glob(t, "tests/*.test.yml") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Tests []struct {
				AlertTests []alertTest `yaml:"alert_rule_test"`
			} `yaml:"tests"`
		}
		if err := yaml.Unmarshal(text, &file); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, test := range file.Tests {
			for _, a := range test.AlertTests {
				if len(a.Alerts) > 0 {
					fires[a.Name]++
				} else {
					silent[a.Name]++
				}
			}
		}
	}
	for _, r := range loadRules(t) {
		if r.Alert == "PrismaHeartbeat" {
			continue // which is never silent
		}
		if r.Alert != "" && (fires[r.Alert] == 0 || silent[r.Alert] < 2) {
			t.Errorf("%s: %d tests that it fires, %d that it is silent", r.name(), fires[r.Alert], silent[r.Alert])
		}
	}
}

var (
	metricName = regexp.MustCompile(`\b(?:prisma_(?:access|capacity|sase_(?:service|maintenance|scrape)|exporter)[a-z0-9_:]*|up\b)`)
	selector   = regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_:]*)\{([^}]*)\}`)
	matcher    = regexp.MustCompile(`([a-z_]+)\s*(?:=~|!~|!=|=)`)
	labelList  = regexp.MustCompile(`\b(?:by|on|ignoring|without)\s*\(([^)]*)\)`)
	givenLabel = regexp.MustCompile(`(?:"(severity)", "warning"|)`)
	labelUse   = regexp.MustCompile(`(?:\$labels|\.Labels)\.([a-z_]+)`)
)

// TestNamesExist checks that what rules ask for is what the exporter has.
func TestNamesExist(t *testing.T) {
	t.Parallel()
	known := map[string][]string{
		// What Prometheus adds, and the metric that client_golang provides.
		"up":                         nil,
		"prisma_exporter_build_info": {"version"},
	}
	for _, m := range catalog.Metrics() {
		known[m.Name] = m.Labels
	}
	rules := loadRules(t)
	for _, r := range rules {
		if r.Record != "" {
			known[r.Record] = identity(t, r, known)
		}
	}
	for _, r := range rules {
		if err := check(r, known); err != nil {
			t.Errorf("%s: %v", r.name(), err)
		}
	}
}

// identity is the labels by which a recording rule aggregates or, of one that
// records a metric as it is, those of the metric.
func identity(t *testing.T, r rule, known map[string][]string) []string {
	t.Helper()
	lists := labelList.FindAllStringSubmatch(r.Expr, -1)
	if name, _, _ := strings.Cut(r.Expr, "{"); lists == nil && known[name] != nil {
		return known[name]
	}
	if lists == nil {
		t.Fatalf("%s: does not aggregate", r.name())
	}
	var names []string
	for _, list := range lists {
		names = append(names, split(list[1])...)
	}
	return append(names, givenLabel.FindStringSubmatch(r.Expr)[1:]...)
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' })
}

// check checks the metrics of a rule, and that each label is one of the metric
// it is asked of or, where that cannot be told, of some metric of the rule.
func check(r rule, known map[string][]string) error {
	texts := r.Annotations["summary"] + "\n" + r.Annotations["description"]
	text := r.Expr + "\n" + texts
	labels := []string{"job", "instance", "severity"}
	for _, name := range metricName.FindAllString(text, -1) {
		of, ok := known[name]
		if !ok {
			return fmt.Errorf("there is no metric %s", name)
		}
		labels = append(labels, of...)
	}
	for _, s := range selector.FindAllStringSubmatch(r.Expr, -1) {
		for _, m := range matcher.FindAllStringSubmatch(s[2], -1) {
			if !slices.Contains(known[s[1]], strings.TrimPrefix(m[1], "exported_")) {
				return fmt.Errorf("metric %s has no label %s", s[1], m[1])
			}
		}
	}
	var used []string
	for _, list := range labelList.FindAllStringSubmatch(text, -1) {
		used = append(used, split(list[1])...)
	}
	for _, use := range labelUse.FindAllStringSubmatch(texts, -1) {
		used = append(used, use[1])
	}
	for _, label := range used {
		if !slices.Contains(labels, label) {
			return fmt.Errorf("none of its metrics has a label %s", label)
		}
	}
	return nil
}

// TestStatesExist checks that rules ask for states that a metric can have.
func TestStatesExist(t *testing.T) {
	t.Parallel()
	states := map[string][]string{}
	for _, m := range catalog.Metrics() {
		states[m.Name] = m.States
	}
	stateOf := regexp.MustCompile(`([a-z_]+)\{[^}]*\bstate=~?"([^"]*)"`)
	for _, r := range loadRules(t) {
		for _, m := range stateOf.FindAllStringSubmatch(r.Expr, -1) {
			for state := range strings.SplitSeq(m[2], "|") {
				if len(states[m[1]]) > 0 && !slices.Contains(states[m[1]], state) {
					t.Errorf("%s: %s is never %q, but one of %v", r.name(), m[1], state, states[m[1]])
				}
			}
		}
	}
}

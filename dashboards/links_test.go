package dashboards

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// dataLink is where a figure, a bar, a line or a cell leads.
type dataLink struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// linksOf are the links of what has a name, or those of all others.
func (p *panel) linksOf(t *testing.T, name string) []dataLink {
	t.Helper()
	for _, o := range p.FieldConfig.Overrides {
		matched := o.Matcher.Options == name
		if pattern, ok := o.Matcher.Options.(string); ok && o.Matcher.ID == "byRegexp" && pattern != ".*" {
			matched = regexp.MustCompile(strings.Trim(pattern, "/")).MatchString(name)
		}
		for _, property := range o.Properties {
			if !matched || property.ID != "links" {
				continue
			}
			var links []dataLink
			if err := json.Unmarshal(property.Value, &links); err != nil {
				t.Fatalf("%s: %s: %s", p.Title, name, err)
			}
			return links
		}
	}
	return p.FieldConfig.Defaults.Links
}

// variableOf are the variables that choose an object, by its label.
var variableOf = map[string]string{
	"tenant": "tenant", "site": "site", "tunnel": "tunnel", "location": "location", "country": "country", "collector": "collector",
	"resource": "resource", "prisma_severity": "severity", "category": "category", "instance": "instance",
}

// byImportance are the labels of lines and bars, what they are about first.
var byImportance = []string{
	"tunnel", "site", "location", "country", "collector", "resource", "prisma_severity", "category", "tenant", "node_type", "instance",
}

// ofOthers are legends whose label is not that of the object that a dashboard has a variable for.
var ofOthers = map[string]string{
	"exporter / Records / A":                  "a resource of the platform, which the exporter's variable does not choose",
	"exporter / Polls of the platform / A":    "a resource of the platform, which the exporter's variable does not choose",
	"alerts / Counted by node type / A":       "alerts, which no variable chooses by node type",
	"vendor / Incidents raised / A":           "incidents, which no variable chooses by severity",
	"vendor / Open incidents over time / A":   "incidents, which no variable chooses by severity",
	"locations / Bandwidth consumption / A":   "locations come first",
	"locations / States of the locations / A": "locations come first",
	"locations / States of the locations / B": "locations come first",
}

// TestFiguresLeadSomewhere: every figure, bar, line and lane leads to what it
// is about, with the variables set that choose it.
func TestFiguresLeadSomewhere(t *testing.T) {
	for _, q := range queries(t) {
		if q.panel.Type == "table" {
			continue
		}
		links := q.panel.linksOf(t, q.target.LegendFormat)
		if len(links) == 0 {
			t.Errorf("%s (%s) leads nowhere", q, q.target.LegendFormat)
			continue
		}
		if _, excused := ofOthers[q.String()]; excused {
			continue
		}
		for _, label := range byImportance {
			if strings.Contains(q.target.LegendFormat, "{{"+label+"}}") && !strings.HasPrefix(q.target.LegendFormat, "The rest") {
				if variable := variableOf[label]; variable != "" && !strings.Contains(links[0].URL, "var-"+variable+"=${__field.labels."+label+":percentencode}") {
					t.Errorf("%s leads to no %s: %s", q, label, links[0].URL)
				}
				break
			}
		}
	}
}

// TestCellsLeadSomewhere: a cell that names an object leads to it, and each
// table has at least one that does.
func TestCellsLeadSomewhere(t *testing.T) {
	for _, b := range boards(t) {
		for _, p := range b.graphs() {
			if p.Type != "table" {
				continue
			}
			some := false
			options := p.Transformations[len(p.Transformations)-1].Options
			for column := range options.IndexByName {
				links := p.linksOf(t, options.RenameByName[column])
				some = some || len(links) > 0
				variable, object := variableOf[column]
				if !object || b.variable(variable) == nil && column == "resource" || slices.Contains([]string{"category", "prisma_severity"}, column) {
					continue
				}
				if options.ExcludeByName[column] || column == "tenant" && options.RenameByName[column] == "Discovery" || strings.Contains(p.Title, "of companies") && column == "resource" {
					continue
				}
				if len(links) == 0 || !strings.Contains(links[0].URL, "var-"+variable+"=${__value.raw:percentencode}") {
					t.Errorf("%s: %s: the column %s does not lead to what it names", b.file, p.Title, options.RenameByName[column])
				}
			}
			if !some {
				t.Errorf("%s: %s: nothing in it leads anywhere", b.file, p.Title)
			}
		}
	}
}

// TestLinksArrive: a link within the dashboards leads to one that there is, at
// a panel that there is, and sets variables that it has; a runbook is there.
func TestLinksArrive(t *testing.T) {
	all := map[string]*board{}
	for _, b := range boards(t) {
		all["/d/"+b.UID] = b
	}
	for _, b := range all {
		for _, p := range b.graphs() {
			links := slices.Clone(p.FieldConfig.Defaults.Links)
			for _, o := range p.FieldConfig.Overrides {
				if name, ok := o.Matcher.Options.(string); ok && o.Matcher.ID == "byName" {
					links = append(links, p.linksOf(t, name)...)
				}
			}
			for _, l := range links {
				if problem := arrives(all, l); problem != "" {
					t.Errorf("%s: %s: %s: %s", b.file, p.Title, l.URL, problem)
				}
			}
		}
	}
}

const runbooks = "https://github.com/prisma-exporter/prisma_exporter/blob/main/docs/runbooks/"

// statusPage is all about a tenant on the exporter's own page.
const statusPage = "http://${__data.fields.Exporter}/?tenant=${__value.raw:percentencode}"

func arrives(all map[string]*board, l dataLink) string {
	if l.Title == "" {
		return "a link without a title"
	}
	if name, ok := strings.CutPrefix(l.URL, runbooks); ok {
		if strings.Contains(name, "$") {
			return "" // TestRunbooksOfWhat knows its values
		}
		if _, err := os.Stat(filepath.Join("..", "docs", "runbooks", name)); err != nil {
			return err.Error()
		}
		return ""
	}
	path, query, _ := strings.Cut(l.URL, "?")
	if strings.HasPrefix(path, "https://") || l.URL == statusPage {
		return ""
	}
	target := all[path]
	if target == nil {
		return "no dashboard has this address"
	}
	for _, part := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if variable, ok := strings.CutPrefix(name, "var-"); ok && target.variable(variable) == nil {
			return "the dashboard has no variable " + variable
		}
		if name == "viewPanel" && !slices.ContainsFunc(target.graphs(), func(p *panel) bool { return strconv.Itoa(p.ID) == value }) {
			return "the dashboard has no such panel"
		}
	}
	if !strings.Contains(query, "${__url_time_range}") {
		return "the time shown is lost"
	}
	return ""
}

// TestRunbooksOfWhat: each kind of what is not healthy leads to its runbook.
func TestRunbooksOfWhat(t *testing.T) {
	for _, b := range boards(t) {
		for _, p := range b.graphs() {
			links := p.linksOf(t, "What")
			if len(links) == 0 || links[0].URL != runbooks+"Prisma${__value.raw}.md" {
				continue
			}
			kinds := regexp.MustCompile(`"what", "(\w+)"`).FindAllStringSubmatch(p.Targets[0].Expr, -1)
			if len(kinds) == 0 {
				t.Errorf("%s: %s: there are no kinds", b.file, p.Title)
			}
			for _, kind := range kinds {
				if _, err := os.Stat(filepath.Join("..", "docs", "runbooks", "Prisma"+kind[1]+".md")); err != nil {
					t.Errorf("%s: %s: %s", b.file, p.Title, err)
				}
			}
			return
		}
	}
	t.Error("no panel says what is not healthy and leads to its runbook")
}

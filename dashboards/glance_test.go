package dashboards

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestAges: a list of what is wrong says since when as 9m, 3h or 3d. Grafana has
// no such unit, so that such a query gives the age, less a day, as milliseconds
// from 1970 on; those are formatted as a date, and mappings make an age of it. A
// hundred years more say that it is older than the time shown.
func TestAges(t *testing.T) {
	found := 0
	for _, b := range boards(t) {
		for _, p := range b.graphs() {
			for _, column := range []string{"Age", "Since"} {
				if p.Type != "table" || p.unitOf(column) != "" || !slices.Contains(p.columns(), column) {
					continue
				}
				found++
				where := b.file + ": " + p.Title + ": " + column
				for age, want := range map[time.Duration]string{
					7 * time.Second: "7s", 59*time.Minute + 59*time.Second: "59m", time.Hour: "1h", 26 * time.Hour: "1d", 76 * time.Hour: "3d", 200 * 24 * time.Hour: "200d",
					500 * 24 * time.Hour: "1y", aHundredYears + 15*time.Minute: ">15m", aHundredYears + 6*time.Hour: ">6h", aHundredYears + 7*24*time.Hour: ">7d",
				} {
					if got := p.age(t, column, age); got != want {
						t.Errorf("%s: %s is shown as %s, want %s", where, age, got, want)
					}
				}
			}
		}
	}
	if found < 8 {
		t.Errorf("%d columns of ages, want those of alerts, of what is not healthy, sites, tunnels, locations, incidents and BGP", found)
	}
}

const aHundredYears = 3155760000 * time.Second

// age is what Grafana makes of one.
func (p *panel) age(t *testing.T, column string, age time.Duration) string {
	t.Helper()
	var format string
	for _, one := range p.Transformations {
		if one.ID == "formatTime" {
			format = one.Options.OutputFormat
		}
	}
	at := time.Unix(0, 0).UTC().Add(age - 24*time.Hour)
	text := strings.NewReplacer("YYYY", strconv.Itoa(at.Year()), "DDDD", at.Format("002"), "H", strconv.Itoa(at.Hour()),
		"m", strconv.Itoa(at.Minute()), "s", strconv.Itoa(at.Second())).Replace(format)
	for _, o := range p.FieldConfig.Overrides {
		for _, property := range o.Properties {
			if o.Matcher.Options != column || property.ID != "mappings" {
				continue
			}
			var mappings []mapping
			if err := json.Unmarshal(property.Value, &mappings); err != nil {
				t.Fatal(err)
			}
			for _, m := range mappings {
				if pattern := regexp.MustCompile(strings.Trim(m.Pattern, "/")); pattern.MatchString(text) {
					return pattern.ReplaceAllString(text, strings.ReplaceAll(m.Text, "$1", "${1}"))
				}
			}
		}
	}
	return text
}

func (p *panel) columns() []string {
	var names []string
	for _, name := range p.Transformations[len(p.Transformations)-1].Options.RenameByName {
		names = append(names, name)
	}
	return names
}

func (p *panel) unitOf(column string) string {
	for _, o := range p.FieldConfig.Overrides {
		for _, property := range o.Properties {
			if o.Matcher.Options == column && property.ID == "unit" {
				return string(property.Value)
			}
		}
	}
	return ""
}

// withoutLine are figures that have no line of how they were.
var withoutLine = map[string]string{
	"overview / At a glance":             "one line of text",
	"exporter / At a glance":             "one line of text",
	"alerts / Raised in the time shown":  "a total over the time shown",
	"alerts / Cleared in the time shown": "a total over the time shown",
}

// TestFiguresHaveALine: a figure shows how it was, too, and shows nothing where
// there is nothing now: what it was last would look like what it is.
func TestFiguresHaveALine(t *testing.T) {
	for _, q := range queries(t) {
		name := strings.TrimSuffix(q.board.file, ".json") + " / " + q.panel.Title
		if _, excused := withoutLine[name]; q.panel.Type != "stat" || excused {
			continue
		}
		if q.panel.Options.GraphMode != "area" {
			t.Errorf("%s has no line of how it was", q)
		}
		if !strings.Contains(q.target.Expr, "@ end())") {
			t.Errorf("%s shows what was last there as if it was now", q)
		}
	}
}

// unbounded are labels of which there may be hundreds of values.
var unbounded = []string{"tenant", "site", "tunnel", "location", "country"}

// fewLines are graphs with such a label that have few lines all the same.
var fewLines = map[string]string{
	"sites / Bandwidth allocated to remote networks": "of the tenants that are chosen",
	"exporter / Tenants found and left out":          "one of each discovery",
	"sites / Throughput of tunnels, by kind":         "one of each kind",
}

// TestManyLinesAreFew: where there may be hundreds of lines, a graph draws those
// that matter most and what the others come to, without areas.
func TestManyLinesAreFew(t *testing.T) {
	for _, b := range boards(t) {
		for _, p := range b.graphs() {
			name := strings.TrimSuffix(b.file, ".json") + " / " + p.Title
			if _, excused := fewLines[name]; p.Type != "timeseries" || excused || !p.hasLegendOf(unbounded) {
				continue
			}
			if !strings.Contains(p.Targets[0].Expr, "topk(10, ") && !strings.Contains(p.Targets[0].Expr, "bottomk(10, ") {
				t.Errorf("%s draws as many lines as there are", name)
			}
			if p.FieldConfig.Defaults.Custom.FillOpacity > 0 {
				t.Errorf("%s fills the areas of many lines", name)
			}
			rest := func(q *target) bool {
				return strings.HasPrefix(q.LegendFormat, "The rest together") || strings.HasPrefix(q.LegendFormat, "The highest of the rest")
			}
			if !slices.ContainsFunc(p.Targets, rest) && !strings.Contains(p.Targets[0].Expr, "bottomk(10, ") {
				t.Errorf("%s does not say what the others come to", name)
			}
		}
	}
}

func (p *panel) hasLegendOf(labels []string) bool {
	return slices.ContainsFunc(p.Targets, func(q *target) bool {
		return slices.ContainsFunc(labels, func(l string) bool { return strings.Contains(q.LegendFormat, "{{"+l+"}}") })
	})
}

// TestWorstIsFirst: each table is sorted, and one that has a state or a severity
// by that one, the worst first.
func TestWorstIsFirst(t *testing.T) {
	worst := map[string]bool{"Severity": true, "State": true, "BGP": true, "Credential": false, "Last poll": false, "Token": false, "Groups": false}
	for _, b := range boards(t) {
		for _, p := range b.graphs() {
			if p.Type != "table" {
				continue
			}
			if len(p.Options.SortBy) == 0 {
				t.Errorf("%s: %s: no order", b.file, p.Title)
				continue
			}
			for column, descending := range worst {
				if column == "State" && (b.file == "overview.json" && p.Title == "Tenants" || slices.Contains(p.columns(), "Severity")) {
					continue // up is 1 there, and what alerts have is no such state
				}
				if first := p.Options.SortBy[0]; slices.Contains(p.columns(), column) && (first.DisplayName != column || first.Desc != descending) {
					t.Errorf("%s: %s: %s is not what it is sorted by first: %+v", b.file, p.Title, column, first)
				}
			}
		}
	}
}

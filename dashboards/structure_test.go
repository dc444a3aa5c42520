package dashboards

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestDashboards(t *testing.T) {
	uids := map[string]string{}
	for _, b := range boards(t) {
		if other, ok := uids[b.UID]; ok {
			t.Errorf("%s and %s have the same uid", b.file, other)
		}
		uids[b.UID] = b.file
		for what, wrong := range map[string]bool{
			"uid is not prisma-access- and the file's name": b.UID != "prisma-access-"+strings.TrimSuffix(b.file, ".json"),
			"title does not begin with Prisma Access":       !strings.HasPrefix(b.Title, "Prisma Access / "),
			"no description": b.Description == "",
			"an id, which is for the Grafana it was exported from": b.ID != nil,
			"can be edited":            b.Editable == nil || *b.Editable,
			"schemaVersion is too new": b.SchemaVersion < 36 || b.SchemaVersion > 42,
			"no fixed version":         b.Version != 1,
			"timezone":                 b.Timezone != "browser",
			"refresh":                  b.Refresh != "1m",
			"tags":                     !slices.Equal(b.Tags, []string{"prisma-access"}),
		} {
			if wrong {
				t.Errorf("%s: %s", b.file, what)
			}
		}
		if len(b.Links) != 1 || b.Links[0].Type != "dashboards" || !slices.Equal(b.Links[0].Tags, b.Tags) || !b.Links[0].IncludeVars || !b.Links[0].KeepTime {
			t.Errorf("%s: no link to the others that keeps variables and time: %+v", b.file, b.Links)
		}
	}
}

func TestList(t *testing.T) {
	list, err := List()
	if err != nil {
		t.Fatal(err)
	}
	all := boards(t)
	if len(list) != len(all) {
		t.Fatalf("%d dashboards in the list, want %d", len(list), len(all))
	}
	for i, b := range all {
		if want := (Dashboard{b.file, b.UID, b.Title, b.Description}); list[i] != want {
			t.Errorf("list has %+v, want %+v", list[i], want)
		}
	}
}

// TestAnnotations: each has the data source that is chosen, a query of metrics
// that there are, and says what happened.
func TestAnnotations(t *testing.T) {
	metrics := known()
	for _, b := range boards(t) {
		if len(b.Annotations.List) == 0 {
			t.Errorf("%s marks no events", b.file)
		}
		for _, a := range b.Annotations.List {
			where := b.file + ": annotation " + a.Name
			if a.Datasource == nil || *a.Datasource != (datasource{"prometheus", "${datasource}"}) || a.Name == "" || a.TitleFormat == "" {
				t.Errorf("%s: %+v", where, a)
			}
			e, err := parse(a.Expr)
			if err != nil || len(e.selectors) == 0 {
				t.Errorf("%s: %v", where, err)
			}
			for _, s := range e.selectors {
				checkSelector(t, where, metrics, s)
			}
		}
	}
}

// TestGrid wants every cell of the 24 columns covered by one panel.
func TestGrid(t *testing.T) {
	const columns = 24
	for _, b := range boards(t) {
		covered, ids, bottom := map[[2]int]string{}, map[int]bool{}, 0
		for _, p := range b.Panels {
			if p.ID == 0 || ids[p.ID] {
				t.Errorf("%s: %s has no id of its own", b.file, p.Title)
			}
			ids[p.ID] = true
			g := p.GridPos
			if g.W < 1 || g.H < 1 || g.X < 0 || g.X+g.W > columns {
				t.Errorf("%s: %s is outside the grid: %+v", b.file, p.Title, g)
			}
			bottom = max(bottom, g.Y+g.H)
			for y := g.Y; y < g.Y+g.H; y++ {
				for x := g.X; x < g.X+g.W; x++ {
					if other, ok := covered[[2]int{x, y}]; ok {
						t.Fatalf("%s: %s lies on %s", b.file, p.Title, other)
					}
					covered[[2]int{x, y}] = p.Title
				}
			}
		}
		if want := columns * bottom; len(covered) != want {
			t.Errorf("%s: %d of %d cells are covered", b.file, len(covered), want)
		}
	}
}

var graphTypes = []string{"bargauge", "gauge", "stat", "state-timeline", "table", "timeseries"}

func TestPanels(t *testing.T) {
	for _, b := range boards(t) {
		titles := map[string]bool{}
		for _, p := range b.graphs() {
			where := b.file + ": " + p.Title
			if titles[p.Title] {
				t.Errorf("%s: the title is there twice", where)
			}
			titles[p.Title] = true
			if !slices.Contains(graphTypes, p.Type) || len(p.Panels) > 0 {
				t.Errorf("%s: a panel of type %s", where, p.Type)
			}
			d := p.FieldConfig.Defaults
			if len(d.NoValue) < len("No data: ") {
				t.Errorf("%s: does not say why there may be nothing: %q", where, d.NoValue)
			}
			if d.Thresholds == nil || len(d.Thresholds.Steps) == 0 || d.Thresholds.Steps[0].Value != nil {
				t.Errorf("%s: no thresholds from the lowest value on", where)
			}
			if p.Type == "state-timeline" && (len(d.Mappings) == 0 || d.Color.Mode != "thresholds") {
				t.Errorf("%s: states without texts and colours", where)
			}
			for _, m := range p.mappingSets(t) {
				for value, o := range m.Options {
					if o.Text == "" || o.Color == "" {
						t.Errorf("%s: %s has a colour without a text, or a text without a colour", where, value)
					}
				}
			}
			checkTargets(t, where, p)
		}
	}
}

func TestTexts(t *testing.T) {
	for _, b := range boards(t) {
		for _, p := range b.Panels {
			if p.Type != "text" {
				continue
			}
			if p.Title == "" || p.Options.Mode != "markdown" || p.Options.Content == "" || len(p.Targets) > 0 {
				t.Errorf("%s: text %q is not a title and Markdown alone", b.file, p.Title)
			}
		}
	}
}

func checkTargets(t *testing.T, where string, p *panel) {
	t.Helper()
	refs := map[string]bool{}
	for _, q := range p.Targets {
		if q.RefID == "" || refs[q.RefID] {
			t.Errorf("%s: query %q has no refId of its own", where, q.RefID)
		}
		refs[q.RefID] = true
		table := p.Type == "table"
		// A figure with a line of how it was asks for a range.
		now := table || slices.Contains([]string{"stat", "gauge", "bargauge"}, p.Type) && p.Options.GraphMode != "area"
		if q.Instant != now || q.Range == now {
			t.Errorf("%s: query %s is instant %t and range %t", where, q.RefID, q.Instant, q.Range)
		}
		if want := map[bool]string{true: "table", false: "time_series"}[table]; q.Format != want {
			t.Errorf("%s: query %s has format %s, want %s", where, q.RefID, q.Format, want)
		}
		if table == (q.LegendFormat != "") {
			t.Errorf("%s: query %s has the legend %q", where, q.RefID, q.LegendFormat)
		}
	}
}

// mappingSets are the value mappings of the panel and of its columns.
func (p *panel) mappingSets(t *testing.T) []mapping {
	t.Helper()
	sets := slices.Clone(p.FieldConfig.Defaults.Mappings)
	for _, o := range p.FieldConfig.Overrides {
		for _, property := range o.Properties {
			if property.ID != "mappings" {
				continue
			}
			var m []mapping
			if err := json.Unmarshal(property.Value, &m); err != nil {
				t.Fatalf("%s: %s", p.Title, err)
			}
			sets = append(sets, m...)
		}
	}
	return sets
}

var valueColumn = regexp.MustCompile(`^Value #([A-Z])$`)

// TestColumns wants the columns of tables to be labels or values that the
// queries give, and overrides to be of columns that are there.
func TestColumns(t *testing.T) {
	metrics := known()
	for _, b := range boards(t) {
		for _, p := range b.graphs() {
			if p.Type != "table" {
				continue
			}
			where := b.file + ": " + p.Title
			var selectors []selector
			var made, refs []string
			for _, q := range p.Targets {
				e, err := parse(q.Expr)
				if err != nil {
					t.Fatalf("%s: %s", where, err)
				}
				selectors, made, refs = append(selectors, e.selectors...), append(made, e.made...), append(refs, q.RefID)
			}
			last := p.Transformations[len(p.Transformations)-1]
			if last.ID != "organize" || len(p.Targets) > 1 && p.Transformations[0].ID != "merge" {
				t.Errorf("%s: its columns are not put in order", where)
			}
			shown := map[string]bool{}
			for column := range last.Options.IndexByName {
				ref := valueColumn.FindStringSubmatch(column)
				switch {
				case column == "Value":
				case ref != nil && slices.Contains(refs, ref[1]):
				case ref == nil && labelKnown(metrics, selectors, made, column):
				default:
					t.Errorf("%s: no query gives the column %s", where, column)
				}
				name := column
				if renamed := last.Options.RenameByName[column]; renamed != "" {
					name = renamed
				}
				shown[name] = true
			}
			for _, o := range p.FieldConfig.Overrides {
				if name, ok := o.Matcher.Options.(string); o.Matcher.ID == "byName" && (!ok || !shown[name]) {
					t.Errorf("%s: there is no column %v", where, o.Matcher.Options)
				}
			}
		}
	}
}

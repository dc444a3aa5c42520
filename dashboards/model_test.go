package dashboards

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The parts of Grafana's model that the tests look at. The rest is decoded
// nowhere, so that its form is Grafana's business.
type board struct {
	file string

	UID           string   `json:"uid"`
	Title         string   `json:"title"`
	Description   string   `json:"description"`
	ID            *int     `json:"id"`
	Editable      *bool    `json:"editable"`
	SchemaVersion int      `json:"schemaVersion"`
	Version       int      `json:"version"`
	Timezone      string   `json:"timezone"`
	Refresh       string   `json:"refresh"`
	Tags          []string `json:"tags"`
	Links         []struct {
		Type        string   `json:"type"`
		Tags        []string `json:"tags"`
		IncludeVars bool     `json:"includeVars"`
		KeepTime    bool     `json:"keepTime"`
	} `json:"links"`
	Annotations struct {
		List []*annotation `json:"list"`
	} `json:"annotations"`
	Templating struct {
		List []*variable `json:"list"`
	} `json:"templating"`
	Panels []*panel `json:"panels"`
}

type variable struct {
	Name       string          `json:"name"`
	Label      string          `json:"label"`
	Type       string          `json:"type"`
	Query      json.RawMessage `json:"query"` // a string, or an object that holds one
	Definition string          `json:"definition"`
	Datasource *datasource     `json:"datasource"`
	Multi      bool            `json:"multi"`
	IncludeAll bool            `json:"includeAll"`
	AllValue   string          `json:"allValue"`
	Refresh    int             `json:"refresh"`
}

// annotation marks events on all graphs.
type annotation struct {
	Name        string      `json:"name"`
	Datasource  *datasource `json:"datasource"`
	Expr        string      `json:"expr"`
	TitleFormat string      `json:"titleFormat"`
}

type datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type panel struct {
	ID          int         `json:"id"`
	Type        string      `json:"type"`
	Title       string      `json:"title"`
	Description string      `json:"description"`
	Datasource  *datasource `json:"datasource"`
	GridPos     struct{ H, W, X, Y int }
	Targets     []*target `json:"targets"`
	Panels      []*panel  `json:"panels"`
	Options     struct {
		Mode    string `json:"mode"`    // of a text
		Content string `json:"content"` // of a text
		// GraphMode is whether a figure has a line of how it was.
		GraphMode string `json:"graphMode"`
		SortBy    []struct {
			DisplayName string `json:"displayName"`
			Desc        bool   `json:"desc"`
		} `json:"sortBy"`
	} `json:"options"`
	FieldConfig struct {
		Defaults  fieldConfig `json:"defaults"`
		Overrides []struct {
			Matcher struct {
				ID      string `json:"id"`
				Options any    `json:"options"`
			} `json:"matcher"`
			Properties []struct {
				ID    string          `json:"id"`
				Value json.RawMessage `json:"value"`
			} `json:"properties"`
		} `json:"overrides"`
	} `json:"fieldConfig"`
	Transformations []struct {
		ID      string `json:"id"`
		Options struct {
			ExcludeByName map[string]bool   `json:"excludeByName"`
			IndexByName   map[string]int    `json:"indexByName"`
			RenameByName  map[string]string `json:"renameByName"`
			OutputFormat  string            `json:"outputFormat"`
		} `json:"options"`
	} `json:"transformations"`
}

type fieldConfig struct {
	Unit       string     `json:"unit"`
	NoValue    string     `json:"noValue"`
	Mappings   []mapping  `json:"mappings"`
	Thresholds *threshold `json:"thresholds"`
	Color      struct{ Mode string }
	Links      []dataLink `json:"links"`
	Custom     struct {
		FillOpacity float64 `json:"fillOpacity"`
	} `json:"custom"`
}

// mapping gives values a text and a colour, by value or by a regular expression.
type mapping struct {
	Type    string
	Options map[string]struct {
		Text  string `json:"text"`
		Color string `json:"color"`
	}
	Pattern, Text string // of a regular expression
}

func (m *mapping) UnmarshalJSON(content []byte) error {
	var raw struct {
		Type    string          `json:"type"`
		Options json.RawMessage `json:"options"`
	}
	if err := json.Unmarshal(content, &raw); err != nil {
		return err
	}
	m.Type = raw.Type
	if m.Type != "regex" {
		return json.Unmarshal(raw.Options, &m.Options)
	}
	var regex struct {
		Pattern string                `json:"pattern"`
		Result  struct{ Text string } `json:"result"`
	}
	err := json.Unmarshal(raw.Options, &regex)
	m.Pattern, m.Text = regex.Pattern, regex.Result.Text
	return err
}

type threshold struct {
	Steps []struct {
		Color string   `json:"color"`
		Value *float64 `json:"value"`
	} `json:"steps"`
}

type target struct {
	RefID        string      `json:"refId"`
	Expr         string      `json:"expr"`
	Format       string      `json:"format"`
	Instant      bool        `json:"instant"`
	Range        bool        `json:"range"`
	LegendFormat string      `json:"legendFormat"`
	Datasource   *datasource `json:"datasource"`
}

// boards reads all dashboards.
func boards(t *testing.T) []*board {
	t.Helper()
	names, err := fs.Glob(Files, "*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	all := make([]*board, 0, len(names))
	for _, name := range names {
		content, err := Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b := &board{file: name}
		if err := json.Unmarshal(content, b); err != nil {
			t.Fatalf("%s: %s", name, err)
		}
		if !bytes.HasSuffix(content, []byte("}\n")) {
			t.Errorf("%s does not end with one line break", name)
		}
		all = append(all, b)
	}
	return all
}

// graphs are the panels that show data: all but the headings of rows and texts.
// graphs are the panels that ask something, those of closed rows among them.
func (b *board) graphs() []*panel {
	var all []*panel
	for _, p := range b.Panels {
		for _, one := range append([]*panel{p}, p.Panels...) {
			if one.Type != "row" && one.Type != "text" {
				all = append(all, one)
			}
		}
	}
	return all
}

// variable is nil if there is none of the name.
func (b *board) variable(name string) *variable {
	i := slices.IndexFunc(b.Templating.List, func(v *variable) bool { return v.Name == name })
	if i < 0 {
		return nil
	}
	return b.Templating.List[i]
}

// queryOf is what a variable is filled from.
func (v *variable) queryOf() string {
	var text string
	if json.Unmarshal(v.Query, &text) == nil {
		return text
	}
	var object struct{ Query string }
	_ = json.Unmarshal(v.Query, &object) // not an object either: no query
	return object.Query
}

var labelValues = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)

// query is one query of a panel.
type query struct {
	board  *board
	panel  *panel
	target *target
}

func (q query) String() string {
	return strings.TrimSuffix(q.board.file, ".json") + " / " + q.panel.Title + " / " + q.target.RefID
}

// queries lists the queries of all panels.
func queries(t *testing.T) []query {
	t.Helper()
	var all []query
	for _, b := range boards(t) {
		for _, p := range b.graphs() {
			for _, target := range p.Targets {
				all = append(all, query{b, p, target})
			}
		}
	}
	return all
}

package docs_test

import (
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

//go:generate go test . -run TestArrows -update

const module = "github.com/prisma-exporter/prisma_exporter"

// mainRoom is what the drawing calls the package of main.go.
const mainRoom = "main.go"

// importsByRoom are the rooms of the product, which are its packages, with
// those that each imports outside of its tests.
func importsByRoom(t *testing.T) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	for _, file := range files(t, func(p string) bool {
		return strings.HasSuffix(p, ".go") && !strings.HasSuffix(p, "_test.go") && !strings.HasPrefix(p, "test/") && !strings.HasPrefix(p, "tools/")
	}) {
		if ok, err := build.Default.MatchFile(filepath.Join(root, filepath.Dir(file)), filepath.Base(file)); err != nil || !ok {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		room := roomOf(path.Dir(file))
		if imports[room] == nil {
			imports[room] = []string{} // there, also without any
		}
		for _, i := range f.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if of, ours := strings.CutPrefix(name, module); ours {
				imports[room] = append(imports[room], roomOf(strings.TrimPrefix(of, "/")))
			}
		}
	}
	for room, of := range imports {
		slices.Sort(of)
		imports[room] = slices.Compact(of)
	}
	if len(imports[mainRoom]) == 0 || len(imports) < 20 {
		t.Fatalf("the rooms are %v, which cannot be right", imports)
	}
	return imports
}

func roomOf(dir string) string {
	if dir == "." || dir == "" {
		return mainRoom
	}
	return dir
}

// layersOf puts each room above all that it imports, the lowest layer first. No
// arrow between them can go up or stay level; what is left over, if anything,
// is a circle.
func layersOf(imports map[string][]string) (layers [][]string, circle []string) {
	placed := map[string]bool{}
	for len(placed) < len(imports) {
		var layer []string
		for room, of := range imports {
			if !placed[room] && !slices.ContainsFunc(of, func(other string) bool { return !placed[other] }) {
				layer = append(layer, room)
			}
		}
		if len(layer) == 0 {
			return layers, slices.Sorted(maps.Keys(imports))
		}
		slices.Sort(layer)
		for _, room := range layer {
			placed[room] = true
		}
		layers = append(layers, layer)
	}
	return layers, nil
}

// drawing is the graph of imports, layer by layer from the top, in lines of a
// page's width.
func drawing(layers [][]string, imports map[string][]string) string {
	var b strings.Builder
	for i := len(layers) - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "layer %d\n", i)
		for _, room := range layers[i] {
			line := fmt.Sprintf("  %-26s", room)
			for _, of := range imports[room] {
				if len(line)+1+len(of) > 118 {
					b.WriteString(strings.TrimRight(line, " ") + "\n")
					line = strings.Repeat(" ", 28)
				}
				line += " " + of
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	return b.String()
}

var (
	arrowsBlock = regexp.MustCompile("(?s)\n## Arrows\n.*?```text\n(.*?)```")
	roomRow     = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")
)

// TestArrows keeps the rooms and arrows of architecture.md as the imports are.
// With -v it prints them, which is make arrows.
func TestArrows(t *testing.T) {
	const page = "architecture.md"
	imports := importsByRoom(t)
	layers, circle := layersOf(imports)
	if circle != nil {
		t.Fatalf("these import each other in a circle, or what is none of ours: %v", circle)
	}
	want := drawing(layers, imports)
	if testing.Verbose() {
		fmt.Print(want)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	at := arrowsBlock.FindSubmatchIndex(text)
	if at == nil {
		t.Fatal("docs/architecture.md has no block under Arrows")
	}
	if *update {
		text = slices.Concat(text[:at[2]], []byte(want), text[at[3]:])
		if err := os.WriteFile(page, text, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(text[at[2]:at[3]]) != want {
		t.Errorf("the arrows of docs/architecture.md are not those of the imports: run make docs")
	}
	var named []string
	for _, m := range roomRow.FindAllSubmatch(text, -1) {
		named = append(named, string(m[1]))
	}
	for _, room := range slices.Sorted(maps.Keys(imports)) {
		if !slices.Contains(named, room) {
			t.Errorf("docs/architecture.md does not say what %s is for: give it a row under Rooms", room)
		}
	}
	for _, room := range named {
		if _, ok := imports[room]; !ok {
			t.Errorf("docs/architecture.md tells of %s, which is no room", room)
		}
	}
}

// TestLayers: a circle is found, and what imports something stands above it.
func TestLayers(t *testing.T) {
	layers, circle := layersOf(map[string][]string{"top": {"middle", "leaf"}, "middle": {"leaf"}, "leaf": {}, "other": {}})
	if got := fmt.Sprint(layers); got != "[[leaf other] [middle] [top]]" || circle != nil {
		t.Errorf("layers %s, circle %v", got, circle)
	}
	if _, circle := layersOf(map[string][]string{"a": {"b"}, "b": {"a"}}); circle == nil {
		t.Error("a circle is not found")
	}
}

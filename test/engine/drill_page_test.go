package engine

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"github.com/prisma-exporter/prisma_exporter/test/simulation"
)

// A kept recording is one of an exporter that cannot be built any more.
type kept struct {
	Drill drill `yaml:"drill"`
	// Acts are what happens beside the lives of alerts.
	Acts []struct {
		At   time.Duration `yaml:"at"`
		For  time.Duration `yaml:"for"`
		Do   string        `yaml:"do"`
		What string        `yaml:"what"`
		On   string        `yaml:"on"`
		By   time.Duration `yaml:"by"`
	} `yaml:"acts"`
	Start time.Time `yaml:"start"`
	// Series have a value for each scrape, in the notation of promtool's tests.
	Series string `yaml:"series"`
}

// TestPageOf01 has the rules look at an hour and a half of pages of version 0.1,
// which were kept, with polls that are late, an API that fails, and a restart: each
// raising pages once and resolves once, with the rules of 0.1 loaded before as well.
func TestPageOf01(t *testing.T) {
	t.Parallel()
	recorded := readKept(t, "testdata/page-0.1.yml")
	for _, upgrade := range []time.Duration{0, 11 * time.Minute} {
		t.Run(fmt.Sprint("rules of 0.1 for ", upgrade), func(t *testing.T) {
			t.Parallel()
			r := *recorded
			r.drill.Upgrade = upgrade
			played := r.replay(t, drillRules(t))
			for _, v := range played.audit() {
				t.Error(v)
			}
			told := map[string]int{}
			for _, c := range played.calls {
				if id := c.id(); id != "" && (c.news || !c.firing) {
					told[fmt.Sprint(id, " ", map[bool]string{true: "fires", false: "is over"}[c.firing])]++
				}
			}
			for _, l := range r.drill.Lives {
				for _, what := range []string{" fires", " is over"} {
					if n, want := told[l.ID+what], len(l.Steps)/2; n != want {
						t.Errorf("%d calls that %s%s, want %d", n, l.ID, what, want)
					}
				}
			}
		})
	}
}

func readKept(t *testing.T, path string) *recording {
	t.Helper()
	var k kept
	text, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(text, &k)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := &recording{drill: k.Drill, world: k.Drill.world(), start: k.Start, parts: []simulation.Part{{Tenant: "a1"}}}
	for _, a := range k.Acts {
		r.world.Acts = append(r.world.Acts, simulation.Act{At: a.At, For: a.For, Do: a.Do, What: a.What, On: a.On, By: a.By})
	}
	pages := make([]strings.Builder, k.Drill.Hours/interval)
	for line := range strings.Lines(k.Series) {
		_, values, err := parser.ParseSeriesDesc(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		name, _, _ := strings.Cut(line, "} ")
		for i, v := range values {
			if !v.Omitted {
				fmt.Fprintf(&pages[i], "%s} %v\n", name, v.Value)
			}
		}
	}
	for i := range pages {
		if pages[i].Len() > 0 { // else nobody was there
			at := k.Start.Add(time.Duration(i)*interval + 3*time.Second)
			r.pages = append(r.pages, simulation.Scraped{Begun: at, Ended: at, Text: pages[i].String()})
		}
	}
	return r
}

package exposition

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// sites is what a poll of sites gives, whose names and states are those given.
func sites(last []Part, names []string, states []int) []Part {
	b := scope("a")
	for i, name := range names {
		l := b.Labels(siteNames, name, "France North")
		b.AddState(state, l, states[i])
		b.Add(rate, l, 763.5)
	}
	b.Add(raised, b.Labels(nil), float64(len(names)))
	return b.PartsAfter(last)
}

// TestPartsAfter: a page is the same whatever the poll before it found, over
// changes anywhere, more rows and fewer.
func TestPartsAfter(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	var names []string
	var states []int
	var last []Part
	for round := range 20 {
		switch n := len(names); {
		case round%10 == 5:
			names, states = names[:r.IntN(n)], states[:r.IntN(n)]
			states = append(states, make([]int, len(names))...)[:len(names)]
		case round%3 == 0:
			for range r.IntN(600) {
				at := r.IntN(len(names) + 1)
				names, states = slices.Insert(names, at, fmt.Sprintf("branch-%d", r.IntN(1e6))), slices.Insert(states, at, r.IntN(2))
			}
		case round%3 == 1 && n > 0:
			states[r.IntN(n)] ^= 1
		}
		parts := sites(last, names, states)
		want, got := pageOf(t, sites(nil, names, states)), pageOf(t, parts)
		if got != want {
			t.Fatalf("round %d, %d sites: the page depends on what the poll before it found", round, len(names))
		}
		last = parts
	}
}

// pageOf is the text of a page, which compressed has to be the same.
func pageOf(t *testing.T, parts []Part) string {
	t.Helper()
	p := NewPage(parts, nil)
	var plain, zipped bytes.Buffer
	if err := p.WriteText(&plain); err != nil {
		t.Fatal(err)
	}
	if err := p.WriteGzip(&zipped); err != nil {
		t.Fatal(err)
	}
	if unzip(t, zipped.Bytes()) != plain.String() {
		t.Fatal("the compressed page is another one")
	}
	return plain.String()
}

// TestPartsAfterKeepWhatIsTheSame: what did not change stays compressed, and in
// protobuf. One change costs its chunk.
func TestPartsAfterKeepWhatIsTheSame(t *testing.T) {
	names, states := make([]string, 5000), make([]int, 5000)
	for i := range names {
		names[i] = fmt.Sprintf("branch-%04d", i)
	}
	first := sites(nil, names, states)
	if _, err := first[2].asProtobuf(); err != nil {
		t.Fatal(err)
	}
	states[2500] = 1
	second := sites(first, names, states)
	for i, p := range second {
		if p.Metric != state && p.body != first[i].body {
			t.Errorf("%s did not change and was made again", p.Metric.Name)
		}
	}
	before, after := first[2].body.text.segment, second[2].body.text.segment
	if len(after.chunks) < 8 || len(after.chunks) != len(before.chunks) {
		t.Fatalf("%d chunks, then %d", len(before.chunks), len(after.chunks))
	}
	var changed []int
	for i, c := range after.chunks {
		if c.text != before.chunks[i].text {
			changed = append(changed, i)
		}
	}
	if len(changed) != 1 {
		t.Errorf("one site changed and %d of %d chunks with it", len(changed), len(after.chunks))
	}
}

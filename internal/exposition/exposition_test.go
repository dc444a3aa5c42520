package exposition

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	dto "github.com/prometheus/client_model/go"
)

var (
	siteNames = []string{"site", "location"}
	state     = &Metric{Name: "site_state", Help: "State.", Type: Gauge, Labels: siteNames, States: []string{"up", "down"}}
	rate      = &Metric{Name: "site_rate", Help: "A \\ and a\nline break.", Type: Gauge, Labels: siteNames}
	raised    = &Metric{Name: "raised_total", Help: "Raised.", Type: Counter}
)

func scope(tenant string) *Builder {
	return NewBuilder(Label{"tenant", tenant}, Label{"sub_tenant", ""})
}

// page builds the page of two scopes, whose metrics interleave.
func page(t *testing.T) *Page {
	t.Helper()
	var parts []Part
	for _, tenant := range []string{"b", "a"} {
		b := scope(tenant)
		b.Add(raised, b.Labels(nil), 3)
		l := b.Labels(siteNames, "Zürich \"West\"\n", `C:\`)
		b.AddState(state, l, 1)
		b.Add(rate, l, 1.5e-7)
		parts = append(parts, b.Parts()...)
	}
	name, help, kind := "own_total", "Own.", dto.MetricType_COUNTER
	value := 7.0
	own := &dto.MetricFamily{Name: &name, Help: &help, Type: &kind, Metric: []*dto.Metric{{Counter: &dto.Counter{Value: &value}}}}
	return NewPage(parts, []*dto.MetricFamily{own})
}

const wantPage = `# HELP raised_total Raised.
# TYPE raised_total counter
raised_total{tenant="b",sub_tenant=""} 3
raised_total{tenant="a",sub_tenant=""} 3
# HELP site_rate A \\ and a\nline break.
# TYPE site_rate gauge
site_rate{tenant="b",sub_tenant="",site="Zürich \"West\"\n",location="C:\\"} 1.5e-07
site_rate{tenant="a",sub_tenant="",site="Zürich \"West\"\n",location="C:\\"} 1.5e-07
# HELP site_state State.
# TYPE site_state gauge
site_state{tenant="b",sub_tenant="",site="Zürich \"West\"\n",location="C:\\",state="up"} 0
site_state{tenant="b",sub_tenant="",site="Zürich \"West\"\n",location="C:\\",state="down"} 1
site_state{tenant="a",sub_tenant="",site="Zürich \"West\"\n",location="C:\\",state="up"} 0
site_state{tenant="a",sub_tenant="",site="Zürich \"West\"\n",location="C:\\",state="down"} 1
# HELP own_total Own.
# TYPE own_total counter
own_total 7
`

func TestPageAsText(t *testing.T) {
	var plain, zipped bytes.Buffer
	p := page(t)
	if err := p.WriteText(&plain); err != nil {
		t.Fatal(err)
	}
	if plain.String() != wantPage {
		t.Errorf("got\n%s\nwant\n%s", plain.String(), wantPage)
	}
	if err := p.WriteGzip(&zipped); err != nil {
		t.Fatal(err)
	}
	if got := unzip(t, zipped.Bytes()); got != wantPage {
		t.Errorf("the compressed page is\n%s\nwant\n%s", got, wantPage)
	}
}

// unzip wants exactly one gzip stream: not every client reads on behind the
// first.
func unzip(t *testing.T, b []byte) string {
	t.Helper()
	in := bytes.NewReader(b)
	r, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	r.Multistream(false)
	text, err := io.ReadAll(r) // checks the checksum and the size
	if err != nil {
		t.Fatal(err)
	}
	if in.Len() > 0 {
		t.Errorf("%d bytes follow the stream", in.Len())
	}
	return string(text)
}

// TestLargeFamily crosses the chunks in which text is compressed.
func TestLargeFamily(t *testing.T) {
	b := scope("a")
	var want strings.Builder
	want.WriteString("# HELP site_rate A \\\\ and a\\nline break.\n# TYPE site_rate gauge\n")
	for i := range 10000 {
		b.Add(rate, b.Labels(siteNames, fmt.Sprint(i), "x"), float64(i))
		fmt.Fprintf(&want, "site_rate{tenant=\"a\",sub_tenant=\"\",site=\"%d\",location=\"x\"} %d\n", i, i)
	}
	parts := b.Parts()
	if len(parts) != 1 || parts[0].Series != 10000 {
		t.Fatalf("got %d parts, want one of 10000 series", len(parts))
	}
	var zipped bytes.Buffer
	if err := NewPage(parts, nil).WriteGzip(&zipped); err != nil {
		t.Fatal(err)
	}
	if unzip(t, zipped.Bytes()) != want.String() {
		t.Error("the page is not what was written")
	}
	if zipped.Len() > want.Len()/5 {
		t.Errorf("%d bytes became %d, which is no compression", want.Len(), zipped.Len())
	}
}

func TestValues(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", -1: "-1", 1795000000: "1795000000", 0.1: "0.1", 1e300: "1e+300", 99650.583: "99650.583",
		math.Inf(1): "+Inf", math.Inf(-1): "-Inf", 1795000000.125: "1.795000000125e+09", 1e15: "1e+15", 123456789012345: "123456789012345",
	} {
		if got := string(appendValue(nil, v)); got != want {
			t.Errorf("%g is written %s, want %s", v, got, want)
		}
	}
	if got := string(appendValue(nil, math.NaN())); got != "NaN" {
		t.Errorf("NaN is written %s", got)
	}
}

func TestWrongLabelsAreAMistakeOfTheCode(t *testing.T) {
	b := scope("a")
	for what, f := range map[string]func(){
		"too few values":         func() { b.Labels(siteNames, "x") },
		"labels of another kind": func() { b.Add(rate, b.Labels([]string{"site"}, "x"), 1) },
	} {
		t.Run(what, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("nothing happened")
				}
			}()
			f()
		})
	}
}

// TestSizeOfPages wants small parts to be compressed together: a page is not
// much longer than its whole text in one gzip stream.
func TestSizeOfPages(t *testing.T) {
	for what, parts := range map[string][]Part{
		"one large tenant":  tunnels("a", 3000),
		"one small tenant":  tunnels("a", 3),
		"many tenants":      manyTenants(60, 20),
		"many tiny tenants": manyTenants(150, 1),
	} {
		var text, page, whole bytes.Buffer
		p := NewPage(parts, nil)
		if err := errors.Join(p.WriteText(&text), p.WriteGzip(&page)); err != nil {
			t.Fatal(err)
		}
		w, err := gzip.NewWriterLevel(&whole, level)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := text.WriteTo(w); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		ratio := float64(page.Len()) / float64(whole.Len())
		t.Logf("%s: %d bytes, %.2f times those of one stream", what, page.Len(), ratio)
		if ratio > 1.6 {
			t.Errorf("%s: that is too much", what)
		}
	}
}

// FuzzJoinCRC compares with the checksum of the whole text.
func FuzzJoinCRC(f *testing.F) {
	f.Add([]byte("first"), []byte("second"))
	f.Add([]byte{}, []byte{0})
	f.Add([]byte{1}, []byte{})
	f.Add(bytes.Repeat([]byte("x"), 70000), bytes.Repeat([]byte("y"), 65537))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		got := joinCRC(crc32.ChecksumIEEE(a), crc32.ChecksumIEEE(b), int64(len(b)))
		if want := crc32.ChecksumIEEE(append(bytes.Clone(a), b...)); got != want {
			t.Errorf("got %08x, want %08x", got, want)
		}
	})
}

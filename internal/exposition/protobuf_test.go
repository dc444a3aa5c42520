package exposition

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// families reads a page that was sent as delimited protobuf.
func families(t *testing.T, page []byte) []*dto.MetricFamily {
	t.Helper()
	decoder := expfmt.NewDecoder(bytes.NewReader(page), expfmt.NewFormat(expfmt.TypeProtoDelim))
	var families []*dto.MetricFamily
	for {
		f := &dto.MetricFamily{}
		err := decoder.Decode(f)
		if errors.Is(err, io.EOF) {
			return families
		}
		if err != nil {
			t.Fatal(err)
		}
		families = append(families, f)
	}
}

// asText writes families as client_golang would.
func asText(t *testing.T, families []*dto.MetricFamily) string {
	t.Helper()
	var text strings.Builder
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}

// TestProtobufIsTheText compares whole pages: in protobuf, with and without
// gzip, they say what the text does, large parts and small ones.
func TestProtobufIsTheText(t *testing.T) {
	for what, p := range map[string]*Page{
		"escapes and families of another origin": page(t),
		"large":                                  NewPage(tunnels("a", 200), nil),
		"large and small":                        NewPage(append(tunnels("a", 200), manyTenants(20, 3)...), nil),
		"nothing":                                NewPage(nil, nil),
	} {
		t.Run(what, func(t *testing.T) {
			var text, plainBytes bytes.Buffer
			if err := p.WriteText(&text); err != nil {
				t.Fatal(err)
			}
			for range 2 { // what was kept is what was made
				plainBytes.Reset()
				if err := p.writeProtobuf(plain{&plainBytes}); err != nil {
					t.Fatal(err)
				}
				if got := asText(t, families(t, plainBytes.Bytes())); got != asParsed(t, text.Bytes()) {
					t.Errorf("protobuf says\n%.2000s\ntext says\n%.2000s", got, text.String())
				}
			}
			pieces, err := zip(p.writeProtobuf)
			if err != nil {
				t.Fatal(err)
			}
			if got := unzip(t, bytes.Join(pieces, nil)); got != plainBytes.String() {
				t.Error("with gzip, it is another page")
			}
		})
	}
}

// asParsed is a page as client_golang's parser and writer give it back, in
// which large numbers are written another way.
func asParsed(t *testing.T, page []byte) string {
	t.Helper()
	decoder := expfmt.NewDecoder(bytes.NewReader(page), expfmt.NewFormat(expfmt.TypeTextPlain))
	byName := map[string]*dto.MetricFamily{}
	for {
		f := &dto.MetricFamily{}
		err := decoder.Decode(f)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		byName[f.GetName()] = f
	}
	var inOrder []*dto.MetricFamily
	for line := range strings.Lines(string(page)) {
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			name, _, _ := strings.Cut(rest, " ")
			inOrder = append(inOrder, byName[name])
		}
	}
	return asText(t, inOrder)
}

// FuzzSeries wants every label value and number to come back as they went in,
// in text and in protobuf, or with what is not UTF-8 replaced.
func FuzzSeries(f *testing.F) {
	for _, s := range []string{"", "plain", `a"b\c`, "line\nbreak", "\xff\xfe", "\\n", "é東🏢", "a\x00b", `\`, `"} 1`, `",x="`} {
		f.Add(s, 1.5, true)
		f.Add(s, math.Inf(-1), false)
	}
	f.Fuzz(func(t *testing.T, s string, value float64, large bool) {
		b := NewBuilder()
		rows := 1
		if large {
			rows = small/40 + 1
		}
		for range rows {
			b.Add(rate, b.Labels(siteNames, s, "x"), value)
		}
		p := NewPage(b.Parts(), nil)
		var text, protobuf bytes.Buffer
		if err := errors.Join(p.WriteText(&text), p.writeProtobuf(plain{&protobuf})); err != nil {
			t.Fatalf("%q, %g: %v", s, value, err)
		}
		for format, page := range map[expfmt.FormatType]*bytes.Buffer{expfmt.TypeTextPlain: &text, expfmt.TypeProtoDelim: &protobuf} {
			var family dto.MetricFamily
			if err := expfmt.NewDecoder(page, expfmt.NewFormat(format)).Decode(&family); err != nil {
				t.Fatalf("%q, %g does not come back: %v", s, value, err)
			}
			metric := family.Metric[len(family.Metric)-1]
			if want := strings.ToValidUTF8(s, "\uFFFD"); metric.Label[0].GetValue() != want || len(family.Metric) != rows {
				t.Errorf("%d of %q came back, want %d of %q", len(family.Metric), metric.Label[0].GetValue(), rows, want)
			}
			if got := metric.GetGauge().GetValue(); got != value && !(math.IsNaN(got) && math.IsNaN(value)) {
				t.Errorf("%g came back as %g", value, got)
			}
		}
	})
}

// FuzzConverter wants no text to be more than an error, and what the converter
// gets in pieces to be what it gets at once.
func FuzzConverter(f *testing.F) {
	f.Add("site_rate{site=\"a\",location=\"b\"} 1\nsite_rate{site=\"\\\\\\\"\\n\"} NaN\n", 20)
	f.Add("site_rate{} 0\n", 1)
	f.Add("site_rate{site=\"\\", 3)
	f.Add("site_rate{,,} +Inf\n\n", 4)
	f.Fuzz(func(t *testing.T, text string, cut int) {
		convert := func(pieces ...string) (string, error) {
			d := newDeflater()
			defer d.release()
			c := &converter{metric: rate, out: d}
			for _, piece := range pieces {
				if _, err := c.Write([]byte(piece)); err != nil {
					d.segment()
					return "", err
				}
			}
			var protobuf bytes.Buffer
			err := newContent(d).send(plain{&protobuf})
			return protobuf.String(), err
		}
		cut = max(0, min(cut, len(text)))
		whole, err := convert(text)
		pieces, errPieces := convert(text[:cut], text[cut:])
		if whole != pieces || (err == nil) != (errPieces == nil) {
			t.Errorf("%q: %q, %v at once; %q, %v in pieces cut at %d", text, whole, err, pieces, errPieces, cut)
		}
	})
}

package exposition

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// Page is what one scrape is answered with.
type Page struct {
	families [][]Part // of one metric each, in the order of names
	rest     []*dto.MetricFamily
}

// NewPage puts parts of any number of polls together. Parts of one metric
// become one family, in the order in which they were given. The rest are
// families of another origin, which must have other names.
func NewPage(parts []Part, rest []*dto.MetricFamily) *Page {
	byMetric := map[*Metric][]Part{}
	for _, p := range parts {
		byMetric[p.Metric] = append(byMetric[p.Metric], p)
	}
	families := make([][]Part, 0, len(byMetric))
	for _, f := range byMetric {
		families = append(families, f)
	}
	slices.SortFunc(families, func(a, b []Part) int { return cmp.Compare(a[0].Metric.Name, b[0].Metric.Name) })
	return &Page{families: families, rest: rest}
}

// WriteText writes the page in the text format.
func (p *Page) WriteText(w io.Writer) error { return p.writeText(plain{w}) }

// WriteGzip writes the page in the text format, compressed.
func (p *Page) WriteGzip(w io.Writer) error {
	zipped, err := zip(p.writeText)
	if err != nil {
		return err
	}
	return writeAll(w, zipped)
}

// Families reads the page back, in the order of names.
func (p *Page) Families() ([]*dto.MetricFamily, error) {
	var b bytes.Buffer
	if err := p.writeProtobuf(plain{&b}); err != nil {
		return nil, err
	}
	var families []*dto.MetricFamily
	for decoder := expfmt.NewDecoder(&b, formats[1]); ; {
		f := &dto.MetricFamily{}
		switch err := decoder.Decode(f); {
		case errors.Is(err, io.EOF):
			slices.SortFunc(families, func(a, b *dto.MetricFamily) int { return cmp.Compare(a.GetName(), b.GetName()) })
			return families, nil
		case err != nil:
			return nil, err
		}
		families = append(families, f)
	}
}

// writeText writes the page in the text format.
func (p *Page) writeText(to sink) error {
	for _, parts := range p.families {
		if err := to.add(parts[0].Metric.textHeader()); err != nil {
			return err
		}
		for _, part := range parts {
			if err := part.body.text.send(to); err != nil {
				return err
			}
		}
	}
	return p.writeRest(to, expfmt.NewFormat(expfmt.TypeTextPlain))
}

// convert makes the protobuf of what has none yet.
func (p *Page) convert() error {
	for _, parts := range p.families {
		for _, part := range parts {
			if _, err := part.asProtobuf(); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeProtobuf writes the page as delimited protobuf.
func (p *Page) writeProtobuf(to sink) error {
	for _, parts := range p.families {
		metrics := make([]content, len(parts))
		var size int64
		for i, part := range parts {
			var err error
			if metrics[i], err = part.asProtobuf(); err != nil {
				return err
			}
			size += metrics[i].size()
		}
		if err := to.add(parts[0].Metric.protobufHeader(size)); err != nil {
			return err
		}
		for _, m := range metrics {
			if err := m.send(to); err != nil {
				return err
			}
		}
	}
	return p.writeRest(to, expfmt.NewFormat(expfmt.TypeProtoDelim))
}

// writeRest writes the families of another origin.
func (p *Page) writeRest(to sink, format expfmt.Format) error {
	var b bytes.Buffer
	encoder := expfmt.NewEncoder(&b, format)
	for _, f := range p.rest {
		if err := encoder.Encode(f); err != nil {
			return err
		}
	}
	return to.add(b.Bytes())
}

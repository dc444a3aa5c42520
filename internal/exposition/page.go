package exposition

import (
	"bytes"
	"cmp"
	"io"
	"slices"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Page is what one scrape is answered with.
type Page struct {
	parts []Part
	rest  []*dto.MetricFamily
}

// NewPage puts parts of any number of polls together. Parts of one metric
// become one family, in the order in which they were given. The rest are
// families of another origin, which must have other names.
func NewPage(parts []Part, rest []*dto.MetricFamily) *Page {
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b Part) int { return cmp.Compare(a.Metric.Name, b.Metric.Name) })
	return &Page{parts: parts, rest: rest}
}

// WriteGzip writes the page as gzip-compressed text.
func (p *Page) WriteGzip(w io.Writer) error {
	segments, err := p.segments()
	if err != nil {
		return err
	}
	return writeGzip(w, segments)
}

// WriteText writes the page as text.
func (p *Page) WriteText(w io.Writer) error {
	segments, err := p.segments()
	if err != nil {
		return err
	}
	return writePlain(w, segments)
}

// Families reads the parts back into families, for formats other than text.
// This costs as much as making them did, which only scrapers that ask for
// such a format pay.
func (p *Page) Families() ([]*dto.MetricFamily, error) {
	var text bytes.Buffer
	if err := (&Page{parts: p.parts}).WriteText(&text); err != nil {
		return nil, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	byName, err := parser.TextToMetricFamilies(&text)
	if err != nil {
		return nil, err
	}
	families := slices.Clone(p.rest)
	for _, f := range byName {
		families = append(families, f)
	}
	slices.SortFunc(families, func(a, b *dto.MetricFamily) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return families, nil
}

func (p *Page) segments() ([]segment, error) {
	segments := make([]segment, 0, len(p.parts)+64)
	for i, part := range p.parts {
		if i == 0 || p.parts[i-1].Metric != part.Metric {
			segments = append(segments, part.Metric.headerText())
		}
		segments = append(segments, part.text)
	}
	var text bytes.Buffer
	for _, f := range p.rest {
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			return nil, err
		}
	}
	var rest segment
	rest.appendText(text.Bytes())
	return append(segments, rest), nil
}

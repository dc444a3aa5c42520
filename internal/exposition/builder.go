package exposition

import (
	"cmp"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Label is a name and a value.
type Label struct{ Name, Value string }

// Builder takes the series of one poll, row by row, and writes them metric by
// metric. It is for one goroutine.
type Builder struct {
	scope    []byte // the scope's labels as text: a="b",c="d"
	metrics  []*Metric
	families map[*Metric]uint32 // places in metrics
	texts    []*[]byte          // what Labels returned
	samples  []*[]sample
}

// sample is one series or, of a metric with states, one for each of them.
type sample struct {
	family         uint32  // its place in Builder.metrics
	text, from, to uint32  // its labels, in one of Builder.texts
	value          float64 // or the state that holds
}

// What a poll needs comes and goes in blocks of one size: at ten thousand rows
// it has megabytes, which nobody needs to move or to look for anew.
const (
	textBlock   = 64 << 10
	textReserve = 4 << 10 // what labels take at most, nearly always
	sampleBlock = 2 << 10
)

var (
	texts   = sync.Pool{New: func() any { b := make([]byte, 0, textBlock); return &b }}
	samples = sync.Pool{New: func() any { b := make([]sample, 0, sampleBlock); return &b }}
)

// NewBuilder returns a builder whose series all carry the labels of a scope.
func NewBuilder(scope ...Label) *Builder {
	b := &Builder{families: map[*Metric]uint32{}}
	for i, l := range scope {
		if i > 0 {
			b.scope = append(b.scope, ',')
		}
		b.scope = appendLabel(b.scope, l.Name, l.Value)
	}
	return b
}

// Labels are label values, for the metrics that share their names.
type Labels struct {
	names          []string
	text, from, to uint32
}

// Labels takes the values of the named labels.
func (b *Builder) Labels(names []string, values ...string) Labels {
	if len(names) != len(values) {
		panic("exposition: " + strconv.Itoa(len(values)) + " values for the labels of another number of names")
	}
	last := len(b.texts) - 1
	if last < 0 || len(*b.texts[last]) > textBlock-textReserve {
		b.texts = append(b.texts, texts.Get().(*[]byte))
		last++
	}
	text := *b.texts[last]
	from := len(text)
	text = append(text, b.scope...)
	for i, name := range names {
		if len(text) > from {
			text = append(text, ',')
		}
		text = appendLabel(text, name, values[i])
	}
	*b.texts[last] = text
	return Labels{names: names, text: uint32(last), from: uint32(from), to: uint32(len(text))}
}

// Add takes one series of a metric.
func (b *Builder) Add(m *Metric, l Labels, value float64) {
	if len(m.States) > 0 {
		panic("exposition: " + m.Name + " has states and no value")
	}
	b.add(m, l, value)
}

// AddBool takes one series of a metric: 1 for yes, 0 for no.
func (b *Builder) AddBool(m *Metric, l Labels, yes bool) {
	value := 0.0
	if yes {
		value = 1
	}
	b.Add(m, l, value)
}

// AddTime takes one series of a metric in Unix seconds, or nothing for the
// zero time.
func (b *Builder) AddTime(m *Metric, l Labels, t time.Time) {
	if !t.IsZero() {
		b.Add(m, l, float64(t.UnixMilli())/1000)
	}
}

// AddState takes one series for each state of the metric, 1 for the state
// that holds and 0 for the others.
func (b *Builder) AddState(m *Metric, l Labels, state int) { b.add(m, l, float64(state)) }

func (b *Builder) add(m *Metric, l Labels, value float64) {
	if !sameNames(m.Labels, l.names) {
		panic("exposition: " + m.Name + " does not have these labels")
	}
	family, known := b.families[m]
	if !known {
		family = uint32(len(b.metrics))
		b.families[m] = family
		b.metrics = append(b.metrics, m)
	}
	last := len(b.samples) - 1
	if last < 0 || len(*b.samples[last]) == sampleBlock {
		b.samples = append(b.samples, samples.Get().(*[]sample))
		last++
	}
	*b.samples[last] = append(*b.samples[last], sample{family, l.text, l.from, l.to, value})
}

// sameNames takes two lists for the same by where they are, since this is
// asked for each series; lists of the same names are the exception.
func sameNames(a, b []string) bool {
	if len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) {
		return true
	}
	return slices.Equal(a, b)
}

// Series is how many series have been added.
func (b *Builder) Series() int {
	n := 0
	for _, block := range b.samples {
		for _, s := range *block {
			n += b.metrics[s.family].seriesOf()
		}
	}
	return n
}

// Cut drops what was added last, so that there are at most so many series, and
// reports whether it had to.
func (b *Builder) Cut(most int) bool {
	for i, block := range b.samples {
		for j, s := range *block {
			if most -= b.metrics[s.family].seriesOf(); most < 0 {
				*block = (*block)[:j]
				for _, later := range b.samples[i+1:] {
					*later = (*later)[:0]
				}
				return true
			}
		}
	}
	return false
}

// Parts ends the poll and returns its metrics in the order of their names.
// The builder must not be used afterwards.
func (b *Builder) Parts() []Part { return b.PartsAfter(nil) }

// PartsAfter is Parts for a poll behind one that gave last: what is the same in
// both is taken over, which saves compressing it once more.
func (b *Builder) PartsAfter(last []Part) []Part {
	parts := make([]Part, 0, len(b.metrics))
	d := newDeflater()
	for family, m := range b.metrics {
		if p := b.part(uint32(family), m, d, bodyOf(m, last)); p.Series > 0 {
			parts = append(parts, p)
		}
	}
	d.release()
	b.release()
	slices.SortFunc(parts, func(a, b Part) int { return cmp.Compare(a.Metric.Name, b.Metric.Name) })
	return parts
}

// bodyOf is the body of a metric's part, an empty one if there is none.
func bodyOf(m *Metric, parts []Part) *body {
	for _, p := range parts {
		if p.Metric == m {
			return p.body
		}
	}
	return &body{}
}

// part writes the series of one metric, whose body was the last one.
func (b *Builder) part(family uint32, m *Metric, d *deflater, last *body) Part {
	rows := 0
	d.last = last.text.segment
	for _, block := range b.samples {
		for _, s := range *block {
			if s.family == family {
				m.write(d, (*b.texts[s.text])[s.from:s.to], s.value)
				rows++
			}
		}
	}
	d.last = segment{}
	p := Part{Metric: m, Series: rows * m.seriesOf(), body: &body{text: newContent(d)}}
	if p.body.text.same(last.text) {
		p.body = last
	}
	return p
}

func (b *Builder) release() {
	for _, block := range b.texts {
		*block = (*block)[:0]
		texts.Put(block)
	}
	for _, block := range b.samples {
		*block = (*block)[:0]
		samples.Put(block)
	}
	b.metrics, b.families, b.texts, b.samples = nil, nil, nil, nil
}

// write writes the series of a sample as text.
func (m *Metric) write(d *deflater, labels []byte, value float64) {
	if len(m.States) == 0 {
		d.text = appendSeries(d.text, m.Name, labels)
		d.text = append(appendValue(append(d.text, "} "...), value), '\n')
		d.spill()
		return
	}
	for i, name := range m.States {
		d.text = appendSeries(d.text, m.Name, labels)
		if len(labels) > 0 {
			d.text = append(d.text, ',')
		}
		d.text = append(append(d.text, `state="`...), name...)
		if i == int(value) {
			d.text = append(d.text, "\"} 1\n"...)
		} else {
			d.text = append(d.text, "\"} 0\n"...)
		}
	}
	d.spill()
}

// appendSeries writes a series up to where its last label ends.
func appendSeries(buf []byte, name string, labels []byte) []byte {
	buf = append(append(buf, name...), '{')
	return append(buf, labels...)
}

package exposition

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Part is the series that one poll of one scope gave for one metric.
type Part struct {
	Metric *Metric
	// Series is how many there are.
	Series int

	text segment
}

// Label is a name and a value.
type Label struct{ Name, Value string }

// Builder writes the series of one poll. It is for one goroutine.
type Builder struct {
	scope    []byte // the scope's labels as text: a="b",c="d"
	labels   []byte // what Labels returned last
	families map[*Metric]*family
}

type family struct {
	metric *Metric
	series int
	text   segment
	buf    []byte
}

// chunk is how much text is compressed at a time.
const chunk = 64 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, chunk+4096); return &b }}

// NewBuilder returns a builder whose series all carry the labels of a scope.
func NewBuilder(scope ...Label) *Builder {
	b := &Builder{families: map[*Metric]*family{}}
	for i, l := range scope {
		if i > 0 {
			b.scope = append(b.scope, ',')
		}
		b.scope = appendLabel(b.scope, l.Name, l.Value)
	}
	return b
}

// Labels are label values as text, for the metrics that share their names.
type Labels struct {
	names []string
	text  []byte
}

// Labels writes the values of the named labels. It is good until the next
// call.
func (b *Builder) Labels(names []string, values ...string) Labels {
	if len(names) != len(values) {
		panic("exposition: " + strconv.Itoa(len(values)) + " values for the labels of another number of names")
	}
	b.labels = append(b.labels[:0], b.scope...)
	for i, name := range names {
		if len(b.labels) > 0 {
			b.labels = append(b.labels, ',')
		}
		b.labels = appendLabel(b.labels, name, values[i])
	}
	return Labels{names: names, text: b.labels}
}

// Add writes one series of a metric.
func (b *Builder) Add(m *Metric, l Labels, value float64) {
	f := b.family(m, l)
	f.buf = appendSeries(f.buf, m.Name, l.text)
	f.end(value)
}

// AddBool writes one series of a metric: 1 for yes, 0 for no.
func (b *Builder) AddBool(m *Metric, l Labels, yes bool) {
	value := 0.0
	if yes {
		value = 1
	}
	b.Add(m, l, value)
}

// AddTime writes one series of a metric in Unix seconds, or nothing for the
// zero time.
func (b *Builder) AddTime(m *Metric, l Labels, t time.Time) {
	if !t.IsZero() {
		b.Add(m, l, float64(t.UnixMilli())/1000)
	}
}

// AddState writes one series for each state of the metric, 1 for the state
// that holds and 0 for the others.
func (b *Builder) AddState(m *Metric, l Labels, state int) {
	f := b.family(m, l)
	for i, name := range m.States {
		f.buf = appendSeries(f.buf, m.Name, l.text)
		if len(l.text) > 0 {
			f.buf = append(f.buf, ',')
		}
		f.buf = append(append(append(f.buf, `state="`...), name...), '"')
		value := 0.0
		if i == state {
			value = 1
		}
		f.end(value)
	}
}

func (b *Builder) family(m *Metric, l Labels) *family {
	f := b.families[m]
	if f == nil {
		f = &family{metric: m, buf: (*buffers.Get().(*[]byte))[:0]}
		b.families[m] = f
	}
	if !sameNames(m.Labels, l.names) {
		panic("exposition: " + m.Name + " does not have these labels")
	}
	return f
}

// sameNames takes two lists for the same by where they are, since this is
// asked for each series; lists of the same names are the exception.
func sameNames(a, b []string) bool {
	if len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) {
		return true
	}
	return slices.Equal(a, b)
}

// appendSeries writes a series up to where its last label ends.
func appendSeries(buf []byte, name string, labels []byte) []byte {
	buf = append(append(buf, name...), '{')
	return append(buf, labels...)
}

// end writes the rest of a series.
func (f *family) end(value float64) {
	f.buf = append(f.buf, '}', ' ')
	f.buf = append(appendValue(f.buf, value), '\n')
	f.series++
	if len(f.buf) >= chunk {
		f.text.appendText(f.buf)
		f.buf = f.buf[:0]
	}
}

// Parts ends the poll and returns its metrics in the order of their names.
// The builder must not be used afterwards.
func (b *Builder) Parts() []Part {
	parts := make([]Part, 0, len(b.families))
	for _, f := range b.families {
		f.text.appendText(f.buf)
		buffers.Put(&f.buf)
		f.text.deflated = bytes.Clone(f.text.deflated) // without room to grow
		parts = append(parts, Part{Metric: f.metric, Series: f.series, text: f.text})
	}
	b.families = nil
	slices.SortFunc(parts, func(a, b Part) int { return cmp.Compare(a.Metric.Name, b.Metric.Name) })
	return parts
}

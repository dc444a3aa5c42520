package exposition

import (
	"bytes"
	"slices"
	"sync"
)

// Part is the series that one poll of one scope gave for one metric.
type Part struct {
	Metric *Metric
	// Series is how many there are.
	Series int

	body *body
}

// body is the series of a part in each format.
type body struct {
	text content

	once     sync.Once
	protobuf content
	err      error
}

// asProtobuf is the series in protobuf. They are made when they are first
// asked for, since most scrapers never do, and kept like the text.
func (p Part) asProtobuf() (content, error) {
	p.body.once.Do(func() {
		d := newDeflater()
		c := converter{metric: p.Metric, out: d}
		p.body.err = p.body.text.send(plain{&c})
		p.body.protobuf = newContent(d)
		d.release()
	})
	return p.body.protobuf, p.body.err
}

// small is the size up to which bytes are kept as they are. Those of a tenant
// with a few sites compress well only together with others, which is done for
// each page: alone they would take twice the bytes on the wire. More than this
// would be much to compress for each page.
const small = 8 << 10

// content is a piece of a page: either small, or a segment.
type content struct {
	small   []byte
	segment segment
}

// newContent is what was written to d, which is emptied.
func newContent(d *deflater) content {
	if len(d.made.chunks) > 0 || len(d.text) > small {
		return content{segment: d.segment()}
	}
	c := content{small: bytes.Clone(d.text)}
	d.text = d.text[:0]
	return c
}

// same reports whether two contents are the same bytes.
func (c content) same(other content) bool {
	return bytes.Equal(c.small, other.small) && slices.EqualFunc(c.segment.chunks, other.segment.chunks, func(a, b chunk) bool { return a.text == b.text })
}

func (c content) size() int64 { return int64(len(c.small)) + c.segment.size }

func (c content) send(to sink) error {
	if c.segment.size > 0 {
		return to.join(c.segment)
	}
	return to.add(c.small)
}

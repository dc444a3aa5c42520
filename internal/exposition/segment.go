package exposition

import (
	"bytes"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// A segment is some bytes as a run of whole deflate blocks that refer to
// nothing outside of it. Segments put one after the other are one deflate
// stream, so what a poll found is compressed once however often it is sent.
// zlib's manual calls such a run the output of Z_FULL_FLUSH.
type segment struct {
	deflated []byte
	size     int64  // of the bytes themselves
	crc      uint32 // of the bytes themselves
}

const (
	// level 1 costs a third of promhttp's level 6 for a sixth more bytes.
	level = 1
	// chunk is how much is compressed at a time.
	chunk = 64 << 10
	// tiny is how much is not worth the table of codes that compressing it
	// would begin with.
	tiny = 512
)

// A deflater makes segments, of bytes that are appended to text.
type deflater struct {
	text    []byte // not compressed yet
	w       *flate.Writer
	started bool // whether w has something of this segment
	out     bytes.Buffer
	size    int64
	crc     uint32
}

var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, level)
	if err != nil {
		panic(err) // the level is a constant
	}
	return &deflater{w: w, text: make([]byte, 0, chunk+chunk/8)}
}}

func newDeflater() *deflater { return deflaters.Get().(*deflater) }

// release gives the deflater back. It must have been emptied.
func (d *deflater) release() { deflaters.Put(d) }

// spill compresses the text if there is much of it.
func (d *deflater) spill() {
	if len(d.text) >= chunk {
		d.compress()
	}
}

func (d *deflater) compress() {
	if !d.started {
		d.w.Reset(&d.out)
		d.started = true
	}
	_, _ = d.w.Write(d.text) // writes to memory do not fail
	d.count()
}

// count empties the text, which has been written.
func (d *deflater) count() {
	d.size += int64(len(d.text))
	d.crc = crc32.Update(d.crc, crc32.IEEETable, d.text)
	d.text = d.text[:0]
}

// segment ends the segment and empties the deflater.
func (d *deflater) segment() segment {
	switch {
	case d.started || len(d.text) > tiny:
		d.compress()
		_ = d.w.Flush()
	case len(d.text) > 0:
		n := len(d.text)
		d.out.Write([]byte{0, byte(n), byte(n >> 8), ^byte(n), ^byte(n >> 8)}) // a stored block
		d.out.Write(d.text)
		d.count()
	}
	s := segment{deflated: bytes.Clone(d.out.Bytes()), size: d.size, crc: d.crc}
	d.out.Reset()
	d.started, d.size, d.crc = false, 0, 0
	return s
}

// An inflater undoes what a deflater did.
type inflater struct {
	compressed bytes.Reader
	r          io.Reader // of what is in compressed, a flate.Resetter
	buf        [32 << 10]byte
}

var inflaters = sync.Pool{New: func() any {
	i := &inflater{}
	i.r = flate.NewReader(&i.compressed)
	return i
}}

// inflate writes the bytes of a segment.
func (s segment) inflate(w io.Writer) error {
	i := inflaters.Get().(*inflater)
	defer inflaters.Put(i)
	i.compressed.Reset(s.deflated)
	if err := i.r.(flate.Resetter).Reset(&i.compressed, nil); err != nil {
		return err
	}
	// The size says where the bytes end, since no block is marked as the last.
	for left := s.size; left > 0; {
		n, err := i.r.Read(i.buf[:min(left, int64(len(i.buf)))])
		if _, failed := w.Write(i.buf[:n]); failed != nil {
			return failed
		}
		if left -= int64(n); left > 0 && err != nil {
			return err
		}
	}
	return nil
}

package exposition

import (
	"bytes"
	"hash/crc32"
	"hash/maphash"
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
	chunks   []chunk
}

// A chunk is a part of a segment that is such a run itself. Most of what a poll
// finds is what the poll before it found: a chunk whose text is the same is taken
// over as it is.
type chunk struct {
	text       text
	crc        uint32
	begin, end int // in segment.deflated
}

// text is what a chunk's bytes are known by.
type text struct {
	hash uint64
	size int
}

var seed = maphash.MakeSeed()

const (
	// level 1 costs a third of promhttp's level 6 for a sixth more bytes.
	level = 1
	// chunkSize is how much is compressed at a time.
	chunkSize = 64 << 10
	// tiny is how much is not worth the table of codes that compressing it
	// would begin with.
	tiny = 512
)

// A deflater makes segments, of bytes that are appended to text.
type deflater struct {
	text []byte // not compressed yet
	w    *flate.Writer
	out  bytes.Buffer
	made segment // so far, but for its bytes
	last segment // whose chunks are taken over where they are the same
}

var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, level)
	if err != nil {
		panic(err) // the level is a constant
	}
	return &deflater{w: w, text: make([]byte, 0, chunkSize+chunkSize/8)}
}}

func newDeflater() *deflater { return deflaters.Get().(*deflater) }

// release gives the deflater back. It must have been emptied.
func (d *deflater) release() { deflaters.Put(d) }

// spill compresses the text if there is much of it.
func (d *deflater) spill() {
	if len(d.text) >= chunkSize {
		d.compress()
	}
}

// compress makes a chunk of the text.
func (d *deflater) compress() {
	c := chunk{text: text{maphash.Bytes(seed, d.text), len(d.text)}, begin: d.out.Len()}
	if at := len(d.made.chunks); at < len(d.last.chunks) && d.last.chunks[at].text == c.text {
		same := d.last.chunks[at]
		c.crc = same.crc
		d.out.Write(d.last.deflated[same.begin:same.end])
	} else {
		c.crc = crc32.ChecksumIEEE(d.text)
		d.w.Reset(&d.out)
		_, _ = d.w.Write(d.text) // writes to memory do not fail
		_ = d.w.Flush()
	}
	d.add(c)
}

// store makes a chunk of the text without compressing it.
func (d *deflater) store() {
	c := chunk{text: text{maphash.Bytes(seed, d.text), len(d.text)}, crc: crc32.ChecksumIEEE(d.text), begin: d.out.Len()}
	n := len(d.text)
	d.out.Write([]byte{0, byte(n), byte(n >> 8), ^byte(n), ^byte(n >> 8)}) // a stored block
	d.out.Write(d.text)
	d.add(c)
}

// add takes a chunk, whose text has been written.
func (d *deflater) add(c chunk) {
	c.end = d.out.Len()
	d.made.crc = joinCRC(d.made.crc, c.crc, int64(c.text.size))
	d.made.size += int64(c.text.size)
	d.made.chunks = append(d.made.chunks, c)
	d.text = d.text[:0]
}

// segment ends the segment and empties the deflater.
func (d *deflater) segment() segment {
	switch n := len(d.text); {
	case n > tiny || n > 0 && len(d.made.chunks) > 0:
		d.compress()
	case n > 0:
		d.store()
	}
	s := d.made
	s.deflated = bytes.Clone(d.out.Bytes())
	d.out.Reset()
	d.made = segment{}
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

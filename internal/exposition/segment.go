package exposition

import (
	"bytes"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// A segment is some text as a run of whole deflate blocks that refer to
// nothing outside of it. Segments put one after the other are one deflate
// stream, so a page is compressed once however often it is sent. zlib's
// manual calls such a run the output of Z_FULL_FLUSH.
type segment struct {
	deflated []byte
	size     int64  // of the text
	crc      uint32 // of the text
}

// level 1 costs a third of promhttp's level 6 for a sixth more bytes.
const level = 1

var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, level)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

// appendText compresses text behind what s already holds.
func (s *segment) appendText(text []byte) {
	if len(text) == 0 {
		return
	}
	w := deflaters.Get().(*flate.Writer)
	out := bytes.NewBuffer(s.deflated)
	w.Reset(out)
	// Writes to memory do not fail.
	_, _ = w.Write(text)
	_ = w.Flush()
	deflaters.Put(w)
	s.deflated = out.Bytes()
	s.size += int64(len(text))
	s.crc = crc32.Update(s.crc, crc32.IEEETable, text)
}

// gzipHeader is that of a stream without name, time or operating system.
var gzipHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}

// lastBlock is an empty stored block that ends a deflate stream.
var lastBlock = []byte{1, 0, 0, 0xff, 0xff}

// writeGzip writes the segments as one gzip stream.
func writeGzip(w io.Writer, segments []segment) error {
	if _, err := w.Write(gzipHeader); err != nil {
		return err
	}
	var size int64
	var crc uint32
	for _, s := range segments {
		if _, err := w.Write(s.deflated); err != nil {
			return err
		}
		crc = joinCRC(crc, s.crc, s.size)
		size += s.size
	}
	if _, err := w.Write(lastBlock); err != nil {
		return err
	}
	var trailer [8]byte
	for i := range 4 {
		trailer[i] = byte(crc >> (8 * i))
		trailer[4+i] = byte(size >> (8 * i))
	}
	_, err := w.Write(trailer[:])
	return err
}

// writePlain writes the text of the segments.
func writePlain(w io.Writer, segments []segment) error {
	for _, s := range segments {
		r := flate.NewReader(io.MultiReader(bytes.NewReader(s.deflated), bytes.NewReader(lastBlock)))
		if _, err := io.Copy(w, r); err != nil {
			return err
		}
	}
	return nil
}

// joinCRC is the checksum of two texts in a row, made from the checksum of
// each and the size of the second. A CRC is a remainder modulo a polynomial,
// and appending n bytes multiplies what stood before by x^8n.
func joinCRC(first, second uint32, size int64) uint32 {
	for i := 0; size > 0; i, size = i+1, size>>1 {
		if size&1 == 1 {
			first = multiply(first, powers[i])
		}
	}
	return first ^ second
}

// powers holds x^8, x^16, x^32 and so on, one for each bit of a size. In the
// bit order of crc32.IEEE the highest bit stands for x^0.
var powers = func() (p [63]uint32) {
	p[0] = 1 << (31 - 8)
	for i := 1; i < len(p); i++ {
		p[i] = multiply(p[i-1], p[i-1])
	}
	return p
}()

// multiply is a × b modulo the polynomial of crc32.IEEE.
func multiply(a, b uint32) uint32 {
	var product uint32
	for ; a != 0; a <<= 1 {
		if a&(1<<31) != 0 {
			product ^= b
		}
		b = b>>1 ^ crc32.IEEE&-(b&1)
	}
	return product
}

package exposition

import (
	"encoding/binary"
	"io"
)

// A sink takes the pieces of a page in their order.
type sink interface {
	// add takes bytes, which it does not keep.
	add(b []byte) error
	// join takes what has been compressed before.
	join(s segment) error
}

// plain sends the pieces as they are.
type plain struct{ w io.Writer }

func (p plain) add(b []byte) error {
	_, err := p.w.Write(b)
	return err
}

func (p plain) join(s segment) error { return s.inflate(p.w) }

// zipped makes one gzip stream of the pieces. Those that have been compressed
// before stay as they are, and those between them are compressed together.
type zipped struct {
	d      *deflater
	chunks [][]byte
	size   int64
	crc    uint32
}

// gzipHeader is that of a stream without name, time or operating system.
var gzipHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}

// lastBlock is an empty stored block that ends a deflate stream.
var lastBlock = []byte{1, 0, 0, 0xff, 0xff}

func (z *zipped) add(b []byte) error {
	z.d.text = append(z.d.text, b...)
	z.d.spill()
	return nil
}

func (z *zipped) join(s segment) error {
	z.append(z.d.segment())
	z.append(s)
	return nil
}

func (z *zipped) append(s segment) {
	if s.size > 0 {
		z.chunks = append(z.chunks, s.deflated)
		z.crc = joinCRC(z.crc, s.crc, s.size)
		z.size += s.size
	}
}

// zip returns the gzip stream of what write sends, in pieces.
func zip(write func(sink) error) ([][]byte, error) {
	z := &zipped{d: newDeflater(), chunks: [][]byte{gzipHeader}}
	err := write(z)
	z.append(z.d.segment()) // empties the deflater
	z.d.release()
	trailer := binary.LittleEndian.AppendUint32(nil, z.crc)
	trailer = binary.LittleEndian.AppendUint32(trailer, uint32(z.size)) // modulo 2^32, as gzip has it
	return append(z.chunks, lastBlock, trailer), err
}

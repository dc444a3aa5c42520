package redact

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// leastValue is the shortest part of a secret, in bytes, by which it is found in
// a value, unless the secret itself is shorter.
const leastValue = 12

// Value returns a function that makes label values of the texts of one answer, as
// insights.Clean does, and without the secrets: a site may be called what was
// pasted into its name, and a server may put into a row what it was sent. A value
// with twelve bytes of a secret is shown as Text has it. Secrets of less than
// eight bytes are not looked for, since names have as much in common.
func Value(secrets ...string) func(s string) string {
	secrets = slices.DeleteFunc(slices.Clone(secrets), func(secret string) bool { return len(secret) < leastPart })
	if len(secrets) == 0 {
		return insights.Clean
	}
	known := newOctets(formsOf(secrets))
	return func(s string) string {
		if known.in(s) {
			s = Text(s, secrets...)
		}
		return insights.Clean(s)
	}
}

// octets are all runs of eight bytes that the forms of secrets have, by their
// hashes. An answer has tens of thousands of texts, and next to none of them has
// one: to find that out must cost next to nothing.
type octets struct {
	table []uint32 // a power of two, of which most are 0
	shift int      // from a hash to its place
	// stride is how far apart the octets of a text are that are looked up: of
	// leastValue bytes in a row, one of them is looked up.
	stride int
}

func newOctets(forms []form) *octets {
	n := 0
	for _, f := range forms {
		n += len(f.text)
	}
	o := &octets{shift: 64 - bits.Len(uint(4*n)), stride: leastValue - leastPart + 1}
	o.table = make([]uint32, 1<<(64-o.shift))
	for _, f := range forms {
		o.stride = max(1, min(o.stride, len(f.text)-leastPart+1))
		var octet uint64
		for i := range len(f.text) {
			if octet = octet>>8 | uint64(uint8(folded[f.text[i]]))<<56; i >= leastPart-1 {
				place, mark := o.find(octet)
				o.table[place] = mark
			}
		}
	}
	return o
}

// find is where an octet stands or would stand, and what stands for it there.
func (o *octets) find(octet uint64) (place int, mark uint32) {
	hash := octet * 0x9e3779b97f4a7c15 // of Fibonacci hashing: 2 to the 64 by the golden ratio
	mark = uint32(hash) | 1
	place = int(hash >> o.shift)
	for o.table[place] != 0 && o.table[place] != mark {
		place = (place + 1) & (len(o.table) - 1)
	}
	return place, mark
}

// in reports whether a text, also with its escapes decoded, has an octet.
func (o *octets) in(s string) bool {
	found, special := o.scan(s)
	if found || !special || !escaped(s) {
		return found
	}
	for v, more := plain(s).unescaped(); more; v, more = v.unescaped() {
		if found, _ = o.scan(v.text); found {
			return true
		}
	}
	return false
}

// scan looks for an octet in a text as it is, and for what escapes begin with.
func (o *octets) scan(s string) (found, special bool) {
	var octet uint64
	var all uint16
	next := leastPart - 1
	for i := range len(s) {
		c := folded[s[i]]
		all |= c
		if octet = octet>>8 | uint64(uint8(c))<<56; i < next {
			continue
		}
		next += o.stride
		if place, _ := o.find(octet); o.table[place] != 0 {
			return true, false
		}
	}
	return false, all&begins != 0
}

// begins marks a byte that an escape may begin with.
const begins = 1 << 8

// folded are all bytes as fold has them.
var folded = func() (folded [256]uint16) {
	for i := range folded {
		folded[i] = uint16(fold(string([]byte{byte(i)}))[0])
		if i < ' ' || i >= 0x7f || strings.IndexByte(`%&=\`, byte(i)) >= 0 {
			folded[i] |= begins
		}
	}
	return folded
}()

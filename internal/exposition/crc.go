package exposition

import "hash/crc32"

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

// Package jitter draws the small differences that keep those who do the same
// from doing it at the same moment.
package jitter

import (
	"hash/fnv"
	"math"
	"strconv"
	"time"
)

// Of is a fraction of 0 to less than 1 for the n-th draw of what has the given
// names. It is the same each time, so that a run can be repeated, and another
// one for another name or number.
func Of(n int, names ...string) float64 {
	h := fnv.New64a()
	for _, name := range append(names, strconv.Itoa(n)) {
		_, _ = h.Write([]byte(name)) // which cannot fail
		_, _ = h.Write([]byte{0})
	}
	// The last bytes that go into the sum have moved its lower bits alone.
	x := h.Sum64()
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return float64((x^x>>33)>>11) / (1 << 53)
}

// Around is d, give or take a part of it.
func Around(d time.Duration, part, draw float64) time.Duration {
	return d + time.Duration(math.Round((2*draw-1)*part*float64(d)))
}

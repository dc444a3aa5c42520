package simulator

import "hash/fnv"

// mix folds numbers into one that looks random and is always the same for the same numbers (splitmix64's finish).
func mix(parts ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, p := range parts {
		h += p + 0x9e3779b97f4a7c15
		h ^= h >> 30
		h *= 0xbf58476d1ce4e5b9
		h ^= h >> 27
		h *= 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

// chance is mix as a fraction in [0, 1).
func chance(parts ...uint64) float64 { return float64(mix(parts...)>>11) / (1 << 53) }

// pick is mix as an index below n.
func pick(n int, parts ...uint64) int { return int(mix(parts...) % uint64(n)) }

func textSeed(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}

// The first part of every draw says what it is for, so that two draws for one thing are independent.
const (
	forLocation uint64 = iota + 1
	forService
	forSite
	forAddress
	forCapacity
	forTraffic
	forNoise
	forChapter
	forPhase
	forPeriod
	forStand
	forUser
	forMood
	forAlert
	forEvent
	forDevice
	forFault
	forIncident
	forBGP
)

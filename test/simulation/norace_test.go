//go:build !race

package simulation

// usual is how many seeds are played each time, in about a minute of CPU time.
const usual = 25

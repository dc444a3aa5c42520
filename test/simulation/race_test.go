//go:build race

package simulation

// usual is how many seeds are played each time. The race detector makes them dear.
const usual = 3

//go:build !race

package simulation

import "time"

// usual is how many seeds are played each time; `make drill` plays more. Of the old scenarios all are, whatever their length.
const (
	raced   = false
	usual   = 8
	longest = 24 * time.Hour
)

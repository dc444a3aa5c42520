//go:build race

package simulation

import "time"

// raced tells that the race detector watches, which makes scenarios dear. Because `make test` runs this package without it
// as well, few are played here: usual is how many seeds, and longest the length of the old scenarios.
const (
	raced   = true
	usual   = 1
	longest = 12 * time.Minute
)

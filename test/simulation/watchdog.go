package simulation

import "sync/atomic"

// beats count what happens in the bubble.
var beats atomic.Uint64

func beat() { beats.Add(1) }

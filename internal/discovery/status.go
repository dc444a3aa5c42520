package discovery

import (
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// state is how a discovery stands. The Discoverer's mu guards it.
type state struct {
	ended, success bool
	lastSuccess    time.Time
	found, leftOut int
}

// Status is how a discovery stands, for people.
type Status struct {
	Name string
	// Ended says whether a listing has ended, and Success whether the last one
	// was good.
	Ended, Success bool
	// LastSuccess is when the last good listing ended, the zero time before it.
	LastSuccess time.Time
	// Tenants is how many there are because of the discovery, and LeftOut how
	// many groups are none.
	Tenants, LeftOut int
	// Standing is that of the account with the API.
	Standing insights.Standing
}

// Status returns how the discoveries stand, in the order of the configuration.
func (d *Discoverer) Status() []Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []Status
	for _, one := range d.running {
		all = append(all, Status{
			Name: one.Account.Name, Ended: one.state.ended, Success: one.state.success, LastSuccess: one.state.lastSuccess,
			Tenants: one.state.found, LeftOut: one.state.leftOut, Standing: one.list.Standing(),
		})
	}
	return all
}

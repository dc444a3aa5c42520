package collector

import "errors"

// errVanished says that so much is gone at once that the API has to be asked
// again: an API that has lost its data answers just like one that has none.
var errVanished = errors.New("many objects disappeared at once")

const (
	// several is how many things have to be there for all of them to be gone
	// at once, and many for more than half.
	several = 2
	many    = 10
)

// census counts the things that one collector finds, by their kind.
type census struct {
	before, now map[string]int
	// again says that this poll asks again.
	again bool
}

// begin begins a poll.
func (c *census) begin(again bool) { c.now, c.again = map[string]int{}, again }

// end takes in what a good poll found.
func (c *census) end() { c.before = c.now }

// count notes how many things of a kind a poll found.
func (c *census) count(kind string, n int) error {
	c.now[kind] = n
	before := c.before[kind]
	if !c.again && (before >= several && n == 0 || before >= many && n < before/2) {
		return errVanished
	}
	return nil
}

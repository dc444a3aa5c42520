package capacity

import (
	"strings"
	"time"
)

const (
	// maxNumber is how many digits the number of a token has at most.
	maxNumber = 15
	// maxCreated is the end of the year 9999 in milliseconds.
	maxCreated = 253402300799999
)

// claims are those of a token that are of interest: which of the company's
// tokens it is, a text of digits, and when it was made, in milliseconds. Nobody
// has to have them, and nothing but what is shown depends on them.
type claims struct {
	Number  any `json:"number"`
	Created any `json:"created"`
}

func (c claims) read() (number string, created time.Time) {
	if s, ok := c.Number.(string); ok && s != "" && len(s) <= maxNumber && strings.Trim(s, "0123456789") == "" {
		number = s
	}
	if ms, ok := c.Created.(float64); ok && ms > 0 && ms <= maxCreated {
		created = time.UnixMilli(int64(ms))
	}
	return number, created
}

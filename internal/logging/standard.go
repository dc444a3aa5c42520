package logging

import (
	"strings"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// maxMessage bounds what the standard library may say at once, such as the
// stack of a panic.
const maxMessage = 4 << 10

// standard logs what the standard library says.
type standard struct{ logger log.Logger }

// Write takes one message.
func (s standard) Write(message []byte) (int, error) {
	level.Warn(s.logger).Log("msg", "Message from the Go standard library", "text", withoutQuotes(string(message)))
	return len(message), nil
}

// withoutQuotes is a message up to where it begins to quote: that may be the
// answer to a request for a token, from its first byte on.
func withoutQuotes(message string) string {
	message = strings.TrimSpace(message)
	said := message
	if i := strings.IndexAny(said, "\"`"); i >= 0 {
		said = strings.TrimSpace(said[:i])
	}
	if len(said) > maxMessage {
		said = strings.ToValidUTF8(said[:maxMessage], "")
	}
	if said != message {
		said += " […]"
	}
	return said
}

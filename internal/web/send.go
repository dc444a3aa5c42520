package web

import (
	"errors"
	"net/http"
	"time"
)

const (
	// writeTimeout bounds the time for sending a piece of an answer: who takes
	// none for so long has gone away.
	writeTimeout = 30 * time.Second
	// sendTimeout bounds the time for sending an answer as a whole, of which
	// the largest have some 50 MB.
	sendTimeout = 5 * time.Minute
)

// paced is an answer that goes on as long as its reader does.
type paced struct {
	http.ResponseWriter
	control *http.ResponseController
	end     time.Time
}

func newPaced(w http.ResponseWriter) *paced {
	return &paced{ResponseWriter: w, control: http.NewResponseController(w), end: time.Now().Add(sendTimeout)}
}

// Write implements http.ResponseWriter.
func (p *paced) Write(b []byte) (int, error) {
	deadline := time.Now().Add(writeTimeout)
	if deadline.After(p.end) {
		deadline = p.end
	}
	// A writer without deadlines is none of a network.
	if err := p.control.SetWriteDeadline(deadline); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return p.ResponseWriter.Write(b)
}

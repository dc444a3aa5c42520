package web

import (
	"container/list"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// headerTimeout bounds the time for the head of a request. Whoever scrapes
	// sends it at once.
	headerTimeout = 5 * time.Second
	// idleTimeout is how long a connection without a request is kept. It is
	// longer than most scrape intervals.
	idleTimeout = 2 * time.Minute
	maxHeader   = 32 << 10
	// mostConnections are kept open at a time, if there are files for twice as
	// many: the others are for asking.
	mostConnections = 512
)

// NewServer returns the server for a handler of New. It logs to logger.
func NewServer(handler http.Handler, logger *log.Logger) *http.Server {
	limit := mostConnections
	if files := openFiles(); files > 0 {
		limit = min(limit, max(files/2, 1))
	}
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnState:         newConnections(limit).changed,
		ErrorLog:          logger,
	}
}

// connections bounds how many there are. One too many ends the one that has
// been without a request for longest, so that those who hold connections do
// not keep out those who ask.
type connections struct {
	most int

	mu sync.Mutex
	// open are all of them, each with its place in resting while it has no
	// request.
	open    map[net.Conn]*list.Element
	resting *list.List // of net.Conn, since when is their order
}

func newConnections(most int) *connections {
	return &connections{most: most, open: map[net.Conn]*list.Element{}, resting: list.New()}
}

// changed is http.Server's ConnState.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if place := c.open[conn]; place != nil {
		c.resting.Remove(place)
	}
	switch state {
	case http.StateNew, http.StateIdle:
		c.open[conn] = c.resting.PushBack(conn)
	case http.StateActive:
		c.open[conn] = nil
	default:
		delete(c.open, conn)
	}
	if state == http.StateNew && len(c.open) > c.most {
		// There is one at least, the new one. It is known until net/http
		// tells that it is closed.
		oldest := c.resting.Remove(c.resting.Front()).(net.Conn)
		c.open[oldest] = nil
		closeNow(oldest)
	}
}

// closeNow closes a connection without a word to the other side, which TLS
// would wait with.
func closeNow(conn net.Conn) {
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = t.NetConn()
	}
	_ = conn.Close() // it is gone either way
}

// Package pipe is a network in memory for tests: names instead of ports, and
// pipes, with which simulated time goes on while somebody waits for an answer.
package pipe

import (
	"context"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Network is all that the servers of a test see of each other.
type Network struct {
	mu    sync.Mutex
	names map[string]*listener
}

// New returns a network on which nobody listens.
func New() *Network { return &Network{names: map[string]*listener{}} }

// Listen takes the connections to a name, such as "127.0.0.1:80", in place of
// whoever listened there before.
func (n *Network) Listen(name string) net.Listener {
	l := &listener{name: name, incoming: make(chan net.Conn), closed: make(chan struct{})}
	n.mu.Lock()
	n.names[name] = l
	n.mu.Unlock()
	return l
}

// Serve answers at a name until what it returns is called, or the test is over.
func (n *Network) Serve(t *testing.T, name string, handler http.Handler) (stop func()) {
	t.Helper()
	l := n.Listen(name)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(l) // until it is closed
	}()
	stop = sync.OnceFunc(func() {
		_ = server.Close() // with its connections
		<-ended
	})
	t.Cleanup(stop)
	return stop
}

// Dial connects to whoever listens at a name.
func (n *Network) Dial(ctx context.Context, _, name string) (net.Conn, error) {
	n.mu.Lock()
	l := n.names[name]
	n.mu.Unlock()
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	if l == nil {
		return nil, refused
	}
	ours, theirs := net.Pipe()
	select {
	case l.incoming <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, refused
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Transport asks the servers of the network.
func (n *Network) Transport(t *testing.T) *http.Transport {
	t.Helper()
	transport := &http.Transport{DialContext: n.Dial}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

type listener struct {
	name     string
	incoming chan net.Conn
	once     sync.Once
	closed   chan struct{}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.incoming:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *listener) Addr() net.Addr { return address(l.name) }

type address string

func (address) Network() string  { return "pipe" }
func (a address) String() string { return string(a) }

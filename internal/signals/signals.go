// Package signals takes the signals of the process, of which none may end it
// before the exporter can answer. It knows nothing else, so that Go initialises
// it before the packages that take their time.
package signals

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// hangup gets SIGHUP from before main begins: a service manager may ask for a
// reload as soon as it has started the process.
var hangup = catch()

func catch() chan os.Signal {
	// SIGPIPE says that the reader of the log is gone, which is no reason to
	// stop watching.
	signal.Ignore(syscall.SIGPIPE)
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c
}

// Stop returns a context that ends with the first SIGINT or SIGTERM.
func Stop() (ctx context.Context, cancel context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}

// OnHangup calls f on each SIGHUP, also on one that came before, until ctx
// ends.
func OnHangup(ctx context.Context, f func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			f()
		}
	}
}

// EndOnHangup lets SIGHUP end the process, as it does what has nothing to
// reload.
func EndOnHangup() { signal.Reset(syscall.SIGHUP) }

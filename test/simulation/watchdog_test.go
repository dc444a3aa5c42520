package simulation

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// patience is how much real time may pass without anything happening. The dearest fault takes some seconds.
var patience = flag.Duration("patience", 40*time.Second, "real time without any event after which a simulation counts as deadlocked")

// exitStuck is the exit code of a process whose bubble stands still.
const exitStuck = 75

// watch ends the process when the bubble stands still, with the stacks of all goroutines. A bubble cannot find that out by
// itself: whoever waits for a mutex might get it, so its time does not go on. It starts outside the bubble, because in it
// there is no real time.
func watch(report func(what string)) (stop func()) {
	done := make(chan struct{})
	go func() {
		last, since := beats.Load(), time.Now()
		tick := time.NewTicker(*patience / 10)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			if now := beats.Load(); now != last {
				last, since = now, time.Now()
				continue
			}
			if time.Since(since) > *patience {
				stacks := make([]byte, 4<<20)
				stacks = stacks[:runtime.Stack(stacks, true)]
				report("deadlock: nothing has happened for " + patience.String())
				fmt.Fprintf(os.Stderr, "%s\n", stacks)
				os.Exit(exitStuck)
			}
		}
	}()
	return func() { close(done) }
}

var stall = flag.Bool("stall", false, "deadlock on purpose")

// TestStall holds a lock for an hour that somebody else wants, on purpose.
func TestStall(t *testing.T) {
	if !*stall {
		t.Skip("for TestWatchdog")
	}
	defer watch(func(string) {})()
	synctest.Test(t, func(*testing.T) {
		var mu sync.Mutex
		mu.Lock()
		go func() {
			mu.Lock()
			defer mu.Unlock()
			beat()
		}()
		time.Sleep(time.Hour)
		mu.Unlock()
	})
}

// TestWatchdog sees to it that a bubble that stands still is a failure with the stacks of those who wait.
func TestWatchdog(t *testing.T) {
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestStall$", "-stall", "-patience=500ms")
	out, err := child.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitStuck {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "sync.(*Mutex).Lock") || !strings.Contains(string(out), "TestStall") {
		t.Errorf("no stacks:\n%s", out)
	}
	if v := crash(err, string(out)); v.Kind != "deadlock" {
		t.Errorf("is taken for %s", v.Kind)
	}
}

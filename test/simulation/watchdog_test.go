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
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// patience is how much time may pass without anything happening. The dearest fault takes some seconds of a processor.
var patience = flag.Duration("patience", 40*time.Second, "time without any event after which a simulation counts as deadlocked")

// idleShare is the share of a processor that a process has no more of while all in it wait for each other. One that works
// has many times as much, however many others it shares the processors with.
const idleShare = 0.01

// exitStuck is the exit code of a process whose bubble stands still.
const exitStuck = 75

// watch ends the process when the bubble stands still, with the stacks of all goroutines. A bubble cannot find that out by
// itself: whoever waits for a mutex might get it, so its time does not go on. It starts outside the bubble, because in it
// there is no real time.
func watch(report func(what string)) (stop func()) {
	done := make(chan struct{})
	go func() {
		every := *patience / 10
		last, spent, quiet := beats.Load(), processor(), 0
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			if now := beats.Load(); now != last {
				last, spent, quiet = now, processor(), 0
				continue
			}
			// Ticks that come while the process does not run are one tick.
			if quiet++; stuck(time.Duration(quiet)*every, processor()-spent) {
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

// stuck tells whether a process in which nothing has happened stands still, or turns in a circle. On a busy machine one
// may work for long on what takes little: it has had a share of the processors then, and has not spent its patience.
func stuck(waited, worked time.Duration) bool {
	return waited > *patience && (worked > *patience || worked.Seconds() < idleShare*waited.Seconds())
}

func TestStuck(t *testing.T) {
	for name, c := range map[string]struct {
		waited, worked time.Duration // as multiples of a tenth of the patience
		want           bool
	}{
		"not for long":    {9, 0, false},
		"stands still":    {11, 0, true},
		"busy machine":    {100, 9, false},
		"turns in circle": {100, 11, true},
	} {
		if got := stuck(c.waited*(*patience)/10, c.worked*(*patience)/10); got != c.want {
			t.Errorf("%s: stuck is %t", name, got)
		}
	}
}

// processor is how long this process has had a processor.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
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

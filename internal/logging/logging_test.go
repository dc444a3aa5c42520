package logging

import (
	"bytes"
	"errors"
	stdlog "log"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
)

// reader takes what a Sink writes, as long as it is there and not told to wait.
type reader struct {
	mu    sync.Mutex
	text  bytes.Buffer
	gone  error
	stall chan struct{} // closed when the reader goes on
}

func (r *reader) Write(p []byte) (int, error) {
	r.mu.Lock()
	stall := r.stall
	r.mu.Unlock()
	if stall != nil {
		<-stall
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone != nil {
		return 0, r.gone
	}
	return r.text.Write(p)
}

func (r *reader) set(gone error, stall chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone, r.stall = gone, stall
}

func (r *reader) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// TestLinesOfAReaderThatIsGone are dropped and counted, and those that come
// once there is one again are written.
func TestLinesOfAReaderThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{}
		sink := NewSink(r)
		defer sink.Close()
		logger := New(sink, Options{Level: "info"})
		say := func(text string) {
			level.Info(logger).Log("msg", text)
			synctest.Wait()
		}
		say("first")
		r.set(errors.New("broken pipe"), nil)
		say("second")
		say("third")
		r.set(nil, nil)
		say("fourth")
		if got := r.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "first") || !strings.Contains(got, "fourth") {
			t.Errorf("the log is\n%s", got)
		}
		registry := prometheus.NewRegistry()
		Register(registry, sink.Dropped)
		families, err := registry.Gather()
		if err != nil || len(families) != 1 || families[0].GetName() != linesDropped.Name || families[0].Metric[0].Counter.GetValue() != 2 {
			t.Errorf("the metrics are %v (%v)", families, err)
		}
	})
}

// TestAReaderThatStandsStill makes nobody wait, not even at the end.
func TestAReaderThatStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stall := &reader{}, make(chan struct{})
		r.set(nil, stall)
		sink := NewSink(r)
		line := []byte(strings.Repeat("x", 1<<10-1) + "\n")
		start := time.Now()
		const lines = 1000
		for range lines {
			if n, err := sink.Write(line); n != len(line) || err != nil {
				t.Fatal(n, err)
			}
			synctest.Wait()
		}
		sink.Close()
		if took := time.Since(start); took != lastWait {
			t.Errorf("logging and closing took %s, want %s", took, lastWait)
		}
		close(stall)
		synctest.Wait()
		// The first line was being written when the others came.
		if got, want := strings.Count(r.String(), "\n"), 1+maxWaiting/len(line); got != want || sink.Dropped() != uint64(lines-want) {
			t.Errorf("%d lines, %d dropped, want %d", got, sink.Dropped(), want)
		}
	})
}

// TestLastLines are written before the process ends.
func TestLastLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{}
		sink := NewSink(r)
		for range 100 {
			_, _ = sink.Write([]byte("line\n"))
		}
		sink.Close()
		if n := strings.Count(r.String(), "\n"); n != 100 {
			t.Errorf("%d lines", n)
		}
	})
}

// TestTheStandardLibrary logs through ours, without what it would quote.
func TestTheStandardLibrary(t *testing.T) {
	var b bytes.Buffer
	logger := New(&b, Options{Format: "json"})
	restore := logger.TakeStandard()
	stdlog.Printf("Unsolicited response received on idle HTTP channel starting with %q; err=%v", `{"access_token":"s3cret"}`, "EOF")
	restore()
	logger.Std.Print("http: panic serving 192.0.2.1:1: " + strings.Repeat("x", 2*maxMessage))
	logger.Std.Print("http: Accept error: too many open files; retrying in 5ms")
	got := b.String()
	if strings.Contains(got, "s3cret") || len(got) > 2*maxMessage || strings.Count(got, "\n") != 3 || strings.Count(got, `"level":"warn"`) != 3 {
		t.Errorf("the log is\n%s", got)
	}
	for _, want := range []string{"on idle HTTP channel starting with […]", "panic serving 192.0.2.1:1: xxx", `retrying in 5ms"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if stdlog.Writer() == logger.Std.Writer() {
		t.Error("the standard logger was not given back")
	}
}

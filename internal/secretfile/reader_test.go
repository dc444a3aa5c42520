package secretfile

import (
	"context"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestAFileThatHangs costs one goroutine and those who want it their patience,
// and other files nothing.
func TestAFileThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		var reads atomic.Int64
		r := NewReader()
		r.read = func(f File) (Secret, error) {
			if f.Path == "/hangs" {
				reads.Add(1)
				<-hang
			}
			return Secret{Value: "s"}, nil
		}
		before := runtime.NumGoroutine()
		for range 1000 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			start := time.Now()
			_, err := r.Read(ctx, File{"/hangs", "API key"})
			cancel()
			if err == nil || !strings.Contains(err.Error(), "API key file /hangs could not be read in time") || time.Since(start) != time.Second {
				t.Fatalf("after %v: %v", time.Since(start), err)
			}
			if _, err := r.Read(t.Context(), File{"/well", "API key"}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait() // for those that are at their end
		// The runtime may have begun one or two of its own meanwhile.
		if now := runtime.NumGoroutine(); reads.Load() != 1 || now > before+5 {
			t.Errorf("%d reads and %d goroutines more", reads.Load(), now-before)
		}
		close(hang)
		synctest.Wait()
		if s, err := r.Read(t.Context(), File{"/hangs", "API key"}); err != nil || s.Value != "s" {
			t.Errorf("when it does not hang any more: %v", err)
		}
	})
}

// TestAPanicIsAnError: whatever reading does.
func TestAPanicIsAnError(t *testing.T) {
	r := NewReader()
	r.read = func(File) (Secret, error) { panic("odd") }
	if _, err := r.Read(t.Context(), File{"/x", "API key"}); err == nil || !strings.Contains(err.Error(), "odd") {
		t.Errorf("got %v", err)
	}
}

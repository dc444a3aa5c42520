package budget

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{RequestsPerMinute: 1000, Concurrency: 2})
		start := time.Now()
		b.Pause(start.Add(30 * time.Second))
		b.Pause(start.Add(10 * time.Second)) // does not shorten it
		patient, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if release, err := b.Acquire(patient, "a", First); err != nil {
			t.Error(err)
		} else if release(); time.Since(start) != 30*time.Second {
			t.Errorf("waited %v", time.Since(start))
		}

		start = time.Now()
		b.Pause(start.Add(24 * 365 * time.Hour))
		hurried, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := b.Acquire(hurried, "a", First); err == nil || time.Since(start) != 0 {
			t.Errorf("a wait that cannot end well took %v: %v", time.Since(start), err)
		}
		if _, err := b.Acquire(t.Context(), "a", First); err != nil || time.Since(start) != MaxPause {
			t.Errorf("an absurd pause lasted %v: %v", time.Since(start), err)
		}

		waiting := make(chan error)
		late, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		b.Pause(time.Now().Add(5 * time.Second))
		go func() { _, err := b.Acquire(late, "a", First); waiting <- err }()
		synctest.Wait()
		start = time.Now()
		b.Pause(start.Add(5 * time.Minute))
		if err := <-waiting; err == nil || time.Since(start) != 0 {
			t.Errorf("a pause that grew kept a waiter for %v: %v", time.Since(start), err)
		}
	})
}

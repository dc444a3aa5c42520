package exporter

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/cli"
)

// nowhere is a network on which nobody answers.
type nowhere struct{}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("no route to host")
}

// newFleet returns an exporter with n tenants, all of which have been polled
// once.
func newFleet(b *testing.B, n int) *Exporter {
	b.Helper()
	o, err := cli.Parse([]string{"--api.requests-per-minute=1000000", "--api.concurrency=1000"})
	if err != nil {
		b.Fatal(err)
	}
	c := &config.Config{}
	for i := range n {
		id := fmt.Sprintf("tenant-%04d", i)
		c.Tenants = append(c.Tenants, config.Tenant{Name: id, ID: id, API: config.V1, BaseURL: "https://api.example", APIKeyFile: "/nowhere/key", HTTP: config.HTTPDefaults()})
	}
	e, err := New(Options{CLI: o, Read: func() (*config.Config, error) { return c, nil }, Logger: log.NewNopLogger(), Transport: nowhere{}})
	if err != nil {
		b.Fatal(err)
	}
	get(b, e, "/metrics")
	return e
}

func get(b *testing.B, e *Exporter, path string) {
	b.Helper()
	w := httptest.NewRecorder()
	e.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	if w.Code != http.StatusOK {
		b.Fatalf("%s: %d: %.200s", path, w.Code, w.Body)
	}
}

// BenchmarkFleet shows what grows with the number of tenants, and how.
func BenchmarkFleet(b *testing.B) {
	for _, n := range []int{250, 500, 1000} {
		for name, path := range map[string]string{"status": "/", "targets": "/targets", "metrics": "/metrics"} {
			b.Run(fmt.Sprintf("tenants=%d/%s", n, name), func(b *testing.B) {
				e := newFleet(b, n)
				defer e.Close()
				for b.Loop() {
					get(b, e, path)
				}
			})
		}
		b.Run(fmt.Sprintf("tenants=%d/reload", n), func(b *testing.B) {
			e := newFleet(b, n)
			defer e.Close()
			for b.Loop() {
				if err := e.Reload(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("tenants=%d/close", n), func(b *testing.B) {
			for range b.N { // b.Loop would count the start too
				b.StopTimer()
				e := newFleet(b, n)
				b.StartTimer()
				e.Close()
			}
		})
	}
}

package test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/collector"
	whole "github.com/prisma-exporter/prisma_exporter/internal/exporter"
	"github.com/prisma-exporter/prisma_exporter/internal/stack"
)

// ordinary is the size of a tenant.
var ordinary = []string{"--locations=10", "--remote-networks=18", "--service-connections=2", "--tunnels=40", "--users=100", "--alerts=20"}

// benchFleet is an exporter, but for its listener, with tenants of a simulated
// API that runs in a process of its own.
type benchFleet struct {
	b *testing.B
	*whole.Exporter
	file    string
	tenants int
	empty   uint64 // heap before there were tenants
}

// BenchmarkFleet shows how memory and time grow with the number of tenants.
func BenchmarkFleet(b *testing.B) {
	simulator := build(b, "../cmd/insights-simulator")
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("tenants=%d", n), func(b *testing.B) {
			file := benchAPI(b, simulator, n)
			// Answers that stay fresh, as between two polls.
			f := newBenchFleet(b, file, n, "1h", 60000)
			f.all()
			b.Run("held", f.held)
			b.Run("probe=held", f.probe)
			b.Run("metrics", f.metrics)
			b.Run("reload=same", func(b *testing.B) { f.again(b, "") })
			b.Run("reload=changed", func(b *testing.B) { f.again(b, "tunnels") })
			b.Run("probe=poll", func(b *testing.B) {
				// Answers that are never fresh, so that each probe asks the API.
				p := newBenchFleet(b, file, n, "0s", 1<<20)
				p.all()
				p.probe(b)
			})
		})
	}
}

func build(b *testing.B, pkg string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), filepath.Base(pkg))
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", path, pkg).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return path
}

// benchAPI starts an API with n tenants and returns a configuration file for
// them.
func benchAPI(b *testing.B, simulator string, n int) string {
	b.Helper()
	dir := b.TempDir()
	address, err := stack.Address(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	args := append([]string{"--listen=" + address, "--key-dir=" + dir, fmt.Sprintf("--tenants=%d", n)}, ordinary...)
	p, err := stack.Start(b.Context(), dir, "http://"+address+"/-/stats", simulator, args...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(p.Kill)
	var text strings.Builder
	fmt.Fprintf(&text, "defaults:\n  base_url: http://%s\ntenants:\n", address)
	for i := range n {
		fmt.Fprintf(&text, "  - {name: %[1]s, tenant_id: %[1]s, api_key_file: %[1]s.key}\n", benchTenant(i))
	}
	file := filepath.Join(dir, "tenants.yml")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return file
}

func benchTenant(i int) string { return fmt.Sprintf("tenant-%04d", i+1) }

func newBenchFleet(b *testing.B, file string, n int, interval string, perMinute int) *benchFleet {
	b.Helper()
	args := []string{"--config.file=" + file, fmt.Sprintf("--api.requests-per-minute=%d", perMinute), "--scrape.max-staleness=2h"}
	for _, d := range collector.Definitions() {
		args = append(args, "--collector."+d.Name+".min-interval="+interval)
	}
	o := parseFlags(b, args...)
	empty := heap()
	e, err := whole.New(whole.Options{CLI: o, Read: o.Configuration.Read, Logger: log.NewNopLogger()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(e.Close)
	return &benchFleet{b: b, Exporter: e, file: file, tenants: n, empty: empty}
}

// heap is what is in use after everything else has been collected.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools held for one cycle
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// cpu is the time that this process has computed.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// sink takes an answer as a scrape does, compressed.
type sink struct {
	header http.Header
	status int
	bytes  int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(p []byte) (int, error) { s.bytes += len(p); return len(p), nil }

func (f *benchFleet) get(b *testing.B, path string) *sink {
	b.Helper()
	r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	r.Header.Set("Accept-Encoding", "gzip")
	w := &sink{header: http.Header{}, status: http.StatusOK}
	f.Handler().ServeHTTP(w, r)
	if w.status != http.StatusOK {
		b.Fatalf("%s: %d", path, w.status)
	}
	return w
}

// all probes each tenant once and wants all of its collectors to succeed.
func (f *benchFleet) all() {
	f.b.Helper()
	next := make(chan int)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range next {
				w := httptest.NewRecorder()
				f.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/probe?target="+benchTenant(i), http.NoBody))
				good := 0
				for line := range strings.Lines(w.Body.String()) {
					if strings.HasPrefix(line, "prisma_access_scrape_collector_success{") && strings.HasSuffix(line, " 1\n") {
						good++
					}
				}
				if good != len(collector.Definitions()) {
					f.b.Errorf("%s: %d: %d collectors succeed", benchTenant(i), w.Code, good)
				}
			}
		})
	}
	for i := range f.tenants {
		next <- i
	}
	close(next)
	wg.Wait()
}

// held tells what the tenants keep in memory.
func (f *benchFleet) held(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(float64(heap()-f.empty)/1024/float64(f.tenants), "KiB/tenant")
		b.ReportMetric(float64(runtime.NumGoroutine())/float64(f.tenants), "goroutines/tenant")
	}
	b.ReportMetric(0, "ns/op")
}

func (f *benchFleet) probe(b *testing.B) {
	start, i := cpu(b), 0
	for b.Loop() {
		f.get(b, "/probe?target="+benchTenant(i%f.tenants))
		i++
	}
	b.ReportMetric(float64((cpu(b)-start).Microseconds())/float64(i), "cpu-µs/op")
}

func (f *benchFleet) metrics(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(float64(f.get(b, "/metrics").bytes), "wire-bytes")
	}
}

// again reads the file again, each time with other collectors of one tenant
// if one is to change.
func (f *benchFleet) again(b *testing.B, collectors string) {
	text, err := os.ReadFile(f.file)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.WriteFile(f.file, text, 0o600) }) // in a directory that goes away
	on := false
	for b.Loop() {
		if on = !on; on && collectors != "" {
			changed := strings.Replace(string(text), "api_key_file", "collectors: ["+collectors+"], api_key_file", 1)
			if err := os.WriteFile(f.file, []byte(changed), 0o600); err != nil {
				b.Fatal(err)
			}
		} else if collectors != "" {
			if err := os.WriteFile(f.file, text, 0o600); err != nil {
				b.Fatal(err)
			}
		}
		if err := f.Reload(); err != nil {
			b.Fatal(err)
		}
	}
}

package test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"

	whole "github.com/prisma-exporter/prisma_exporter/internal/exporter"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// benchChildren is an exporter, but for its listener, of which a provider's
// children have all been polled once.
type benchChildren struct {
	*benchFleet
	found time.Duration // from the start until all are there
}

// BenchmarkProvider shows how memory and time grow with the number of a
// provider's children, each the size of an ordinary tenant.
func BenchmarkProvider(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 5000} {
		b.Run(fmt.Sprintf("children=%d", n), func(b *testing.B) {
			sim, file := manyOrdinary(b, n)
			f := newBenchChildren(b, sim, file, n)
			b.Run("held", f.held)
			b.Run("page", f.metrics)
			b.Run("probe", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					f.get(b, "/probe?target="+childName(i%n))
				}
			})
			b.Run("provider", func(b *testing.B) {
				for b.Loop() {
					f.get(b, "/probe?target=msp")
				}
			})
			b.Run("status", func(b *testing.B) {
				for b.Loop() {
					f.get(b, "/")
				}
			})
			b.Run("reload", func(b *testing.B) { f.again(b, "") })
			b.Run("discovery", func(b *testing.B) {
				for b.Loop() {
					b.ReportMetric(f.found.Seconds()*1000, "ms")
				}
				b.ReportMetric(0, "ns/op")
			})
			b.Run("close", func(b *testing.B) {
				start := time.Now()
				f.Close()
				took := time.Since(start)
				for b.Loop() {
					b.ReportMetric(took.Seconds()*1000, "ms")
				}
				b.ReportMetric(0, "ns/op")
			})
		})
	}
}

// BenchmarkDiscovery shows how long it takes until all groups below a provider
// are tenants, none of which has been polled.
func BenchmarkDiscovery(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprintf("groups=%d", n), func(b *testing.B) {
			sim, file := manyGroups(b, n)
			for b.Loop() {
				f := startBenchChildren(b, sim, file, n)
				b.ReportMetric(f.found.Seconds()*1000, "ms")
				b.ReportMetric(float64(heap()-f.empty)/1024/float64(n), "KiB/tenant")
				start := time.Now()
				f.Close()
				b.ReportMetric(time.Since(start).Seconds()*1000, "ms-to-close")
			}
		})
	}
}

// manyOrdinary is an API with a provider of ordinary tenants that have open
// alerts, and a file with it.
func manyOrdinary(b *testing.B, n int) (sim *simulator.Simulator, file string) {
	b.Helper()
	sim, file = manyGroups(b, n)
	for i := range n { // which are built when they are first asked for
		w, err := sim.World(childTSG(i), "")
		if err != nil {
			b.Fatal(err)
		}
		for range 20 {
			w.RaiseAlert(simulator.Alert{})
		}
	}
	return sim, file
}

// manyGroups is an API with a provider of tenants, and a file with it.
func manyGroups(b *testing.B, n int) (sim *simulator.Simulator, file string) {
	b.Helper()
	dir := b.TempDir()
	options := simulator.Options{Still: true, Providers: []simulator.Provider{{TSG: parentTSG, ClientID: "root@example", SecretFile: filepath.Join(dir, "root.secret")}}}
	for i := range n {
		options.Tenants = append(options.Tenants, simulator.Tenant{
			ID: childName(i), TSG: childTSG(i), Parent: parentTSG, DisplayName: childName(i),
			Size: simulator.Size{Locations: 10, RemoteNetworks: 18, ServiceConnections: 2, Tunnels: 40, Users: 100},
		})
	}
	sim, err := simulator.New(options)
	if err != nil {
		b.Fatal(err)
	}
	file = filepath.Join(dir, "provider.yml")
	text := fmt.Sprintf(`
discovery:
- {name: msp, tsg_id: %s, client_id: root@example, client_secret_file: root.secret, base_url: "http://127.0.0.1:1", token_url: "http://127.0.0.1:1/oauth2/access_token", template: {name: "{{.DisplayName}}", region: us}, provider: {}, max_tenants: 10000}
`, parentTSG)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return sim, file
}

// startBenchChildren starts an exporter and waits until it has found all children.
func startBenchChildren(b *testing.B, sim *simulator.Simulator, file string, n int) *benchChildren {
	b.Helper()
	o := parseFlags(b, "--config.file="+file, fmt.Sprint("--api.requests-per-minute=", 1<<20), "--scrape.max-staleness=2h")
	empty, start := heap(), time.Now()
	e, err := whole.New(whole.Options{CLI: o, Read: o.Configuration.Read, Logger: log.NewNopLogger(), Transport: newInProcess(sim, 0)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(e.Close)
	f := &benchChildren{&benchFleet{b: b, Exporter: e, file: file, tenants: n, empty: empty}, 0}
	for !f.lists(fmt.Sprintf("%q", childName(n-1))) {
		runtime.Gosched()
	}
	f.found = time.Since(start)
	return f
}

func newBenchChildren(b *testing.B, sim *simulator.Simulator, file string, n int) *benchChildren {
	b.Helper()
	f := startBenchChildren(b, sim, file, n)
	var wg sync.WaitGroup
	turns := make(chan struct{}, 8)
	for i := range n {
		turns <- struct{}{}
		wg.Go(func() {
			f.get(b, "/probe?target="+childName(i))
			<-turns
		})
	}
	wg.Wait()
	f.get(b, "/probe?target=msp")
	return f
}

// lists reports whether a target is there.
func (f *benchChildren) lists(target string) bool {
	w := httptest.NewRecorder()
	f.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/targets", http.NoBody))
	return strings.Contains(w.Body.String(), target)
}

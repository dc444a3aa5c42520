package test

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// soakTime is how long the soak runs at least: PRISMA_EXPORTER_SOAK, such as 1h.
// Without it, each fault has one turn.
func soakTime(t *testing.T) time.Duration {
	value := os.Getenv("PRISMA_EXPORTER_SOAK")
	if value == "" {
		return 0
	}
	d, err := time.ParseDuration(value)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// footprint is what must not grow.
type footprint struct {
	goroutines, files int
	heap              uint64
	series            map[string]int
}

// spareGoroutines is how many more there may be at the end, and how many a bench
// has at least whose connections are closed.
const spareGoroutines = 10

// measure waits for what is ending to end, without faults, until no more than
// so many goroutines are left.
func (b *trustBench) measure(goroutines int) footprint {
	var page map[string]*dto.MetricFamily
	for range 100 { // a fault's hold or pause may have to pass
		if page = b.scrape(); values(page, "prisma_access_up")[""] == 1 && allSucceed(b.successes(page)) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.api.CloseClientConnections()
	b.scraper.CloseIdleConnections()
	f := footprint{goroutines: runtime.NumGoroutine(), series: map[string]int{}}
	for range 1000 { // whoever served them is on the way out
		if f.goroutines <= goroutines {
			break
		}
		time.Sleep(10 * time.Millisecond)
		f.goroutines = runtime.NumGoroutine()
	}
	for name, family := range page {
		f.series[name] = len(family.GetMetric())
	}
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f.heap = m.HeapAlloc
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		f.files = len(files)
	}
	return f
}

func allSucceed(successes map[string]float64) bool {
	for _, v := range successes {
		if v != 1 {
			return false
		}
	}
	return true
}

// TestSoak switches faults on and off for a while: goroutines, files, heap and
// series stay what they were.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("measures the heap, and TestFaults has the same faults")
	}
	faults := []simulator.Fault{
		simulator.BadGateway(), simulator.TooManyCalls("0"),
		{Kind: simulator.CloseConnection},
		{Kind: simulator.ResetMidBody},
		{Kind: simulator.Hang},
		{Kind: simulator.SlowBody},
		{Kind: simulator.TruncatedJSON},
		{Kind: simulator.WrongTypes},
		{Kind: simulator.GzipBomb},
	}
	others := runtime.NumGoroutine() // of tests that wait for their turn, for example
	b := startTrustBench(t, nil, "0s", "--api.timeout=300ms", "--api.requests-per-minute=1000000", "--log.level=error")
	faults = append(faults, simulator.Redirect(b.thief.URL))
	places := []string{"rn_list", simulator.AllQueries, "jwt"}
	round := func(f simulator.Fault, at string) {
		f.Hits = 20
		b.sim.SetFault(at, f)
		if at == "jwt" {
			if _, err := b.sim.GenerateKey(simulator.DemoTenant); err != nil {
				t.Fatal(err)
			}
		}
		b.scrapeWith("1")
		b.sim.ClearFaults()
		b.scrapeWith("1")
	}
	for _, at := range places { // to have all there is to have
		round(faults[0], at)
	}
	first := b.measure(others + spareGoroutines)
	end := time.Now().Add(soakTime(t))
	rounds := 0
	for ; rounds < len(faults) || time.Now().Before(end); rounds++ {
		round(faults[rounds%len(faults)], places[rounds%len(places)])
	}
	last := b.measure(first.goroutines + spareGoroutines)
	t.Logf("%d rounds of %d faults: goroutines %d → %d, files %d → %d, heap %.1f → %.1f MB, series %d → %d", rounds, len(faults),
		first.goroutines, last.goroutines, first.files, last.files, float64(first.heap)/1e6, float64(last.heap)/1e6, sum(first.series), sum(last.series))
	if last.goroutines > first.goroutines+spareGoroutines {
		stacks := make([]byte, 1<<20)
		t.Errorf("goroutines grow:\n%s", stacks[:runtime.Stack(stacks, true)])
	}
	if last.files > first.files+10 {
		t.Error("open files grow")
	}
	if last.heap > first.heap+first.heap/2+8<<20 {
		t.Error("the heap grows")
	}
	for name, n := range last.series {
		if n > first.series[name]+spare(name) {
			t.Errorf("%s grows from %d series to %d", name, first.series[name], n)
		}
	}
}

// spare is how many series a metric may have met for the first time: the
// exporter counts what goes wrong by collector and field, of which there are
// few.
func spare(name string) int {
	if strings.HasPrefix(name, "prisma_exporter_") {
		return 20
	}
	return 0
}

func sum(series map[string]int) (n int) {
	for _, s := range series {
		n += s
	}
	return n
}

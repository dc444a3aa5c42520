package stack_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
	"github.com/prisma-exporter/prisma_exporter/internal/stack"
)

// short are the intervals of the route, for servers that run in real time.
var short = map[string]string{"group_wait: 30s": "group_wait: 100ms", "group_interval: 5m": "group_interval: 200ms", "group_interval: 1m": "group_interval: 200ms"}

// TestDrillStack has the binaries do once what test/engine does many times with
// their libraries: what is shipped runs on them, and an alert of Prisma pages
// and resolves. It is for `make drill`, because the binaries take minutes to
// build.
func TestDrillStack(t *testing.T) {
	if os.Getenv("DRILL_HOURS") == "" {
		t.Skip("builds Prometheus and Alertmanager: make drill")
	}
	dir := t.TempDir()
	heard := make(chan stack.Notification, 100)
	receiver := httptest.NewServer(stack.Receive(func(n stack.Notification) { heard <- n }))
	t.Cleanup(receiver.Close)
	exporter, world := startExporter(t, dir)
	address := freeAddress(t)
	started(t)(stack.StartAlertmanager(t.Context(), stack.AlertmanagerOptions{
		Path: tool(t, "alertmanager"), Dir: dir, Address: address, Receiver: receiver.URL, Intervals: short,
	}))
	started(t)(stack.StartPrometheus(t.Context(), stack.PrometheusOptions{
		Path: tool(t, "prometheus"), Dir: dir, Address: freeAddress(t), Exporter: exporter, Alertmanager: address,
		Interval: 200 * time.Millisecond, ResendDelay: time.Second,
	}))

	world.RaiseAlert(simulator.Alert{ID: "one", Severity: "Critical", State: simulator.Raised, Message: "It burns"})
	hears(t, heard, "firing")
	if err := world.ClearAlert("one", ""); err != nil {
		t.Fatal(err)
	}
	hears(t, heard, "resolved")
}

// hears waits until the pager is told of the alert.
func hears(t *testing.T, heard <-chan stack.Notification, status string) {
	t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case n := <-heard:
			for _, a := range n.Alerts {
				if a.Labels["alert_id"] != "one" {
					continue
				}
				if n.Receiver != "pager" || a.Status != status {
					t.Errorf("%s was told that it is %s, want the pager and %s", n.Receiver, a.Status, status)
				}
				return
			}
		case <-late:
			t.Fatalf("nobody was told that it is %s", status)
		}
	}
}

// startExporter builds the exporter and starts it on a simulated tenant.
func startExporter(t *testing.T, dir string) (address string, world *simulator.World) {
	t.Helper()
	keyFile := filepath.Join(dir, "key")
	api, err := simulator.New(simulator.Options{Still: true, Tenants: []simulator.Tenant{{
		ID: "acme", KeyFile: keyFile, Size: simulator.Size{Locations: 2, RemoteNetworks: 2, Tunnels: 3},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	world, err = api.World("acme", "")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	binary := filepath.Join(dir, "prisma_exporter")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	address = freeAddress(t)
	started(t)(stack.Start(t.Context(), dir, "http://"+address+"/-/ready", binary,
		"--prisma.tenant-id=acme", "--prisma.base-url="+server.URL, "--prisma.api-key-file="+keyFile,
		"--collector.alerts.min-interval=0s", "--scrape.timeout-offset=50ms", "--web.listen-address="+address))
	return address, world
}

// started takes what starting a server returns.
func started(t *testing.T) func(*stack.Process, error) {
	t.Helper()
	return func(p *stack.Process, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			p.Stop()
			if text, err := os.ReadFile(p.Log); t.Failed() {
				t.Logf("%v\n%s", err, text)
			}
		})
	}
}

func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := stack.Tool(t.Context(), filepath.Join("..", ".."), name, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := stack.Address(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return address
}

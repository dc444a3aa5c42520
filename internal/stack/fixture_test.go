package stack_test

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
	"github.com/prisma-exporter/prisma_exporter/internal/stack"
)

const (
	tenant = "acme"
	// interval is that of scrapes and of evaluations, a thirtieth of what is
	// usual.
	interval = time.Second
	// alertQueries is the resource that the alerts collector asks for.
	alertQueries = "prisma_sase_external_alerts_current"
	alertGroup   = "prisma-alerts"
)

// theatre is all that takes part: the API, the exporter, Prometheus,
// Alertmanager, and whoever is told.
type theatre struct {
	t         *testing.T
	ctx       context.Context // that of the test
	api       *simulator.Simulator
	world     *simulator.World
	ledger    *ledger
	prom      *stack.Prometheus
	exporter  *stack.Process
	exporting func() *stack.Process
}

func newTheatre(ctx context.Context, t *testing.T) *theatre {
	t.Helper()
	dir := t.TempDir()
	th := &theatre{t: t, ctx: ctx, ledger: newLedger()}
	keyFile := filepath.Join(dir, "key")
	api, err := simulator.New(simulator.Options{Still: true, Tenants: []simulator.Tenant{{
		ID: tenant, KeyFile: keyFile, Size: simulator.Size{Locations: 2, RemoteNetworks: 2, Tunnels: 3},
	}}})
	th.must(err)
	th.api = api
	th.world, err = api.World(tenant, "")
	th.must(err)
	apiServer := httptest.NewServer(api)
	t.Cleanup(apiServer.Close)
	receiver := httptest.NewServer(stack.Receive(th.ledger.take))
	t.Cleanup(receiver.Close)

	exporterAddress, promAddress, amAddress := th.address(), th.address(), th.address()
	exporter := th.build(dir)
	th.exporting = func() *stack.Process {
		p, err := stack.Start(ctx, dir, "http://"+exporterAddress+"/-/ready", exporter,
			"--prisma.tenant-id="+tenant, "--prisma.base-url="+apiServer.URL, "--prisma.api-key-file="+keyFile,
			"--collector.alerts.min-interval=0s", "--scrape.timeout-offset=50ms", "--web.listen-address="+exporterAddress)
		th.must(err)
		return p
	}
	th.exporter = th.exporting()
	am, err := stack.StartAlertmanager(ctx, stack.AlertmanagerOptions{
		Path: th.tool("alertmanager"), Dir: dir, Address: amAddress, Receiver: receiver.URL,
		Intervals: map[string]string{
			"group_wait: 30s": "group_wait: 1s", "group_interval: 5m": "group_interval: 1s", "group_interval: 1m": "group_interval: 1s",
		},
	})
	th.must(err)
	t.Cleanup(am.Stop)
	th.prom, err = stack.StartPrometheus(ctx, stack.PrometheusOptions{
		Path: th.tool("prometheus"), Dir: dir, Address: promAddress, Exporter: exporterAddress, Alertmanager: amAddress,
		Interval: interval, ResendDelay: 10 * interval,
	})
	th.must(err)
	t.Cleanup(func() {
		th.exporter.Stop()
		th.prom.Stop()
		if t.Failed() {
			th.logs(am.Log, th.prom.Log, th.exporter.Log)
		}
	})
	return th
}

func (th *theatre) must(err error) {
	th.t.Helper()
	if err != nil {
		th.t.Fatal(err)
	}
}

func (th *theatre) address() string {
	th.t.Helper()
	a, err := stack.Address(th.ctx, "")
	th.must(err)
	return a
}

func (th *theatre) tool(name string) string {
	th.t.Helper()
	path, err := stack.Tool(th.ctx, filepath.Join("..", ".."), name, nil)
	th.must(err)
	return path
}

// build builds the exporter.
func (th *theatre) build(dir string) string {
	th.t.Helper()
	path := filepath.Join(dir, "prisma_exporter")
	cmd := exec.CommandContext(th.ctx, "go", "build", "-o", path, ".")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		th.t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// logs shows the end of what the processes wrote.
func (th *theatre) logs(files ...string) {
	for _, file := range files {
		text, err := os.ReadFile(file)
		lines := strings.Split(string(text), "\n")
		th.t.Logf("%s (%v):\n%s", filepath.Base(file), err, strings.Join(lines[max(0, len(lines)-40):], "\n"))
	}
}

// evaluations waits until the rules have been evaluated n times more.
func (th *theatre) evaluations(n int) {
	th.t.Helper()
	last, err := th.prom.LastEvaluation(th.ctx, alertGroup)
	th.must(err)
	th.poll(func() bool {
		now, err := th.prom.LastEvaluation(th.ctx, alertGroup)
		th.must(err)
		if now.After(last) {
			last = now
			n--
		}
		return n <= 0
	})
}

// shows waits until a query has an answer.
func (th *theatre) shows(expr string) {
	th.t.Helper()
	th.poll(func() bool {
		n, err := th.prom.Query(th.ctx, expr)
		return err == nil && n > 0
	})
}

// afterPoll waits until the exporter has asked for alerts once more, so that
// there is time until it does again.
func (th *theatre) afterPoll() {
	th.t.Helper()
	before := th.api.CallCount(alertQueries)
	th.poll(func() bool { return th.api.CallCount(alertQueries) > before })
}

func (th *theatre) poll(good func() bool) {
	th.t.Helper()
	tick := time.NewTicker(interval / 50)
	defer tick.Stop()
	for !good() {
		select {
		case <-tick.C:
		case <-th.ctx.Done():
			th.t.Fatal(context.Cause(th.ctx))
		}
	}
}

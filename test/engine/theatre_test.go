package engine

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/cli"
	"github.com/prisma-exporter/prisma_exporter/internal/exporter"
	"github.com/prisma-exporter/prisma_exporter/internal/logging"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
	"github.com/prisma-exporter/prisma_exporter/test/pipe"
)

const (
	tenant = "acme"
	// alertQueries is the resource that the alerts collector asks for.
	alertQueries = "prisma_sase_external_alerts_current"
	// patience is how long, in simulated time, anything may take.
	patience = time.Hour
)

// theatre is all that takes part, in simulated time and at the intervals that
// are usual: the API, the exporter, Prometheus, Alertmanager, and whoever is
// told.
type theatre struct {
	t       *testing.T
	network *pipe.Network
	prom    *server
	told    *alertmanager
	args    []string
	logs    *logs
	// before is what stands before the exporter's handler, if not nothing.
	before func(http.Handler) http.Handler
	close  func() // ends the exporter
}

// oneTarget is how Prometheus scrapes the exporter.
const oneTarget = `
global: {scrape_interval: %[1]s, evaluation_interval: %[1]s}
scrape_configs:
  - job_name: prisma
    honor_labels: true
    static_configs: [{targets: ["exporter:10058"]}]
`

// simulate runs a test in simulated time, from now on.
func simulate(t *testing.T, test func(t *testing.T)) {
	t.Parallel()
	// Prometheus asks for the name of the machine. The resolver makes itself
	// ready at the first question, and would belong to this bubble from then on.
	_, _ = net.DefaultResolver.LookupHost(t.Context(), "localhost")
	now := time.Now()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(now)) // files are from then
		test(t)
	})
}

// newTheatre starts Prometheus and Alertmanager, and the exporter with flags.
func newTheatre(t *testing.T, take func(notification), args ...string) *theatre {
	t.Helper()
	th := &theatre{t: t, network: pipe.New(), args: args, logs: &logs{}, before: func(h http.Handler) http.Handler { return h }}
	th.told = listen(t, th.network, take)
	th.prom = &server{
		t: t, network: th.network, dir: t.TempDir(), text: fmt.Sprintf(oneTarget, interval),
		rules: glob(t, "*.rules.yml"), send: th.told,
	}
	return th
}

// listen starts an Alertmanager, and takes what its receivers are told.
func listen(t *testing.T, n *pipe.Network, take func(notification)) *alertmanager {
	t.Helper()
	n.Serve(t, "localhost:9095", receive(func(told notification) {
		if told.Receiver != "heartbeat" { // which is told all the time
			take(told)
		}
	}))
	return startAlertmanager(t, webhooks(t, n))
}

// open begins the play. What it starts is over when the test is.
func (th *theatre) open() {
	th.t.Helper()
	th.startExporter()
	th.prom.run()
	th.t.Cleanup(func() {
		th.close()
		if th.t.Failed() {
			th.t.Log(th.logs.end())
		}
	})
}

func (th *theatre) startExporter() {
	th.t.Helper()
	th.close = export(th.t, th.network, "exporter:10058", th.logs, th.before, th.args...)
}

// export starts an exporter at a name, with flags, and something before its
// handler. What it returns ends it.
func export(t *testing.T, n *pipe.Network, name string, logs io.Writer, before func(http.Handler) http.Handler, args ...string) (end func()) {
	t.Helper()
	options, err := cli.Parse(args)
	if err != nil {
		t.Fatal(err)
	}
	e, err := exporter.New(exporter.Options{CLI: options, Read: options.Configuration.Read, Logger: logging.New(logs, options.Log), Transport: n.Transport(t)})
	if err != nil {
		t.Fatal(err)
	}
	stop := n.Serve(t, name, before(e.Handler()))
	return func() {
		stop()
		e.Close()
	}
}

func (th *theatre) must(err error) {
	th.t.Helper()
	if err != nil {
		th.t.Fatal(err)
	}
}

// evaluations lets the rules be evaluated n times more.
func (th *theatre) evaluations(n int) { time.Sleep(time.Duration(n) * interval) }

// shows waits until a query has an answer.
func (th *theatre) shows(expr string) {
	th.t.Helper()
	th.await(expr, func() bool { return len(th.prom.query(expr)) > 0 })
}

// await looks each second.
func (th *theatre) await(what string, good func() bool) {
	th.t.Helper()
	for end := time.Now().Add(patience); !good(); time.Sleep(time.Second) {
		if time.Now().After(end) {
			th.t.Fatalf("waited %s for %s", patience, what)
		}
	}
}

// logs keeps what the exporter writes.
type logs struct{ logtest.Buffer }

func (l *logs) end() string {
	lines := strings.Split(l.String(), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}

// runbook wants an alert's runbook to exist.
func (th *theatre) runbook(url string) {
	th.t.Helper()
	if _, err := os.Stat(filepath.Join("..", "..", "docs", "runbooks", filepath.Base(url))); err != nil || !strings.Contains(url, "/docs/runbooks/") {
		th.t.Error(errors.Join(errors.New("no runbook at "+url), err))
	}
}

// still makes a tenant whose API changes by acts of the play alone.
func still(t *testing.T, keyFile string) (*simulator.Simulator, *simulator.World) {
	t.Helper()
	api, err := simulator.New(simulator.Options{Still: true, Tenants: []simulator.Tenant{{
		ID: tenant, KeyFile: keyFile, Size: simulator.Size{Locations: 2, RemoteNetworks: 2, Tunnels: 3},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	world, err := api.World(tenant, "")
	if err != nil {
		t.Fatal(err)
	}
	return api, world
}

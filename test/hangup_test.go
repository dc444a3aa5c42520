package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
)

// process is the exporter as a process of its own.
type process struct {
	exporter
	ended chan error
	run   *os.Process
}

// listening is the line that tells where a process listens.
var listening = regexp.MustCompile(`msg="Listening on" address=(\S+)`)

// startProcess builds and starts the exporter.
func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	// Where the next run finds it, if nothing has changed. The runs with and
	// without the race detector go on at the same time, and differ in cgo: each
	// would replace what the other is about to start.
	binary, err := filepath.Abs(filepath.Join("..", ".build", "test", "cgo"+os.Getenv("CGO_ENABLED"), "prisma_exporter"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "..").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := &process{exporter: exporter{t: t, logs: &logtest.Buffer{}}, ended: make(chan error, 1)}
	cmd := exec.CommandContext(t.Context(), binary, append(args, "--web.listen-address=127.0.0.1:0")...)
	cmd.Stdout, cmd.Stderr = p.logs, p.logs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.run = cmd.Process
	go func() { p.ended <- cmd.Wait() }()
	p.await("Listening on")
	p.url = "http://" + listening.FindStringSubmatch(p.logs.String())[1]
	return p
}

// await waits until the log has a text.
func (p *process) await(text string) {
	p.t.Helper()
	tick, late := time.NewTicker(20*time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	for !strings.Contains(p.logs.String(), text) {
		select {
		case <-tick.C:
		case err := <-p.ended:
			p.t.Fatalf("the exporter ended: %v\n%s", err, p.logs)
		case <-late:
			p.t.Fatalf("the log has no %q:\n%s", text, p.logs)
		}
	}
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.run.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// TestHangup reloads a process with SIGHUP.
func TestHangup(t *testing.T) {
	t.Parallel()
	_, file, write := newFleetFile(t, "a", "b", "c")
	p := startProcess(t, "--config.file="+file)
	write("a")
	p.signal(syscall.SIGHUP)
	p.await(`msg="Configuration applied" tenants=1 companies=0 new_or_changed=0 removed_or_replaced=2`)
	edit(t, file, "name: a", "nam: a")
	p.signal(syscall.SIGHUP)
	p.await(`there is no field \"nam\": did you mean name?`)
	_, page := p.get("/metrics")
	families := parse(t, page)
	if got := families["prisma_exporter_config_last_reload_successful"].Metric[0].GetGauge().GetValue(); got != 0 || len(tenantsOn(families)) != 1 {
		t.Errorf("last_reload_successful is %g, up %v", got, tenantsOn(families))
	}
	p.signal(syscall.SIGTERM)
	if err := <-p.ended; err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, p.logs)
	}
}

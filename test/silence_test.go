package test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	whole "github.com/prisma-exporter/prisma_exporter/internal/exporter"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// runSilence runs --alerts.silence as the command line would.
func runSilence(args []string) (code int, out, problems string) {
	var stdout, stderr bytes.Buffer
	code = whole.Main(append(args, "--alerts.silence=720h"), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// TestSilencesOfTheDemo: a shell runs what is printed, so that the demo's
// greeting must not be in it.
func TestSilencesOfTheDemo(t *testing.T) {
	code, out, problems := runSilence([]string{"--demo"})
	if code != 0 || out == "" || problems != "" {
		t.Errorf("exit code %d and on stderr %q", code, problems)
	}
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "amtool silence add ") {
			t.Errorf("%q is no call of amtool", line)
		}
	}
}

// TestSilencesForOpenAlerts wants a call of amtool for each alert that is open
// and for no other, in a form that a shell takes as it is.
func TestSilencesForOpenAlerts(t *testing.T) {
	const special = "It's $HOME; `rm`"
	sim, args := newSimulator(t)
	world, err := sim.World("demo", "")
	if err != nil {
		t.Fatal(err)
	}
	world.RaiseAlert(simulator.Alert{ID: `it's "one"`, Severity: "Critical", Message: special})
	cleared := world.RaiseAlert(simulator.Alert{ID: "cleared"})
	if err := world.ClearAlert(cleared, ""); err != nil {
		t.Fatal(err)
	}
	before := world.OpenAlerts()
	code, out, problems := runSilence(args)
	after := world.OpenAlerts()
	if code != 0 || problems != "" {
		t.Errorf("exit code %d, %s", code, problems)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	slices.SortFunc(lines, func(a, b string) int {
		_, a, _ = strings.Cut(a, "'alert_id")
		_, b, _ = strings.Cut(b, "'alert_id")
		return strings.Compare(a, b)
	})
	for _, a := range before {
		still := slices.ContainsFunc(after, func(b simulator.Alert) bool { return a.ID == b.ID })
		if still && a.Severity != "Notification" && a.Message != special && strings.Count(out, `'alert_id="`+a.ID+`"'`) != 1 {
			t.Errorf("alert %s in\n%s", a.ID, out)
		}
	}
	if strings.Contains(out, "cleared") {
		t.Errorf("an alert that is cleared in\n%s", out)
	}
	want := `amtool silence add --alertmanager.url="$ALERTMANAGER" --duration=43200m --comment='open since `
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, want) ||
		!strings.HasSuffix(last, `: It'\''s $HOME; `+"`rm`"+` (Critical, demo)' 'alert_id="it'\''s \"one\""'`) {
		t.Errorf("got %s", last)
	}
}

// TestSilencesOfWhatCannotBeRead must not look like a tenant without alerts.
func TestSilencesOfWhatCannotBeRead(t *testing.T) {
	sim, args := newSimulator(t)
	sim.SetFault(simulator.AllQueries, simulator.Status(503))
	code, out, problems := runSilence(args)
	if code != 1 || out != "" || !strings.Contains(problems, "tenant demo: cannot read its alerts") {
		t.Errorf("exit code %d, out %q, problems %q", code, out, problems)
	}
}

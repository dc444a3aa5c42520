package engine

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/alertmanager/silence/silencepb"

	"github.com/prisma-exporter/prisma_exporter/internal/exporter"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// TestAdoption follows docs/adopting.md for a tenant with 40 alerts that have been
// open for weeks: nobody is told of any of them, and everybody of what is raised
// from then on.
func TestAdoption(t *testing.T) {
	keyFile := filepath.Join(t.TempDir(), "key")
	api, world := still(t, keyFile)
	for i := range 40 {
		world.RaiseAlert(simulator.Alert{
			ID: fmt.Sprintf(`it's "old" %d`, i), Severity: []string{"Critical", "High", "Medium", "Low"}[i%4], State: simulator.Raised,
			Message: "All of `rm` is $HOME", Site: "berlin", Code: "AL_TEST", RaisedTime: time.Now().Add(-28 * 24 * time.Hour),
		})
	}
	flags := func(base string) []string {
		return []string{"--prisma.tenant-id=" + tenant, "--prisma.base-url=" + base, "--prisma.api-key-file=" + keyFile}
	}
	matchers := silenced(t, api, flags)
	if len(matchers) != 40 {
		t.Fatalf("%d silences, want 40", len(matchers))
	}
	simulate(t, func(t *testing.T) {
		p := &ears{}
		th := newTheatre(t, p.take, flags("http://127.0.0.1:80")...)
		th.network.Serve(t, "127.0.0.1:80", api)
		all := th.prom.rules
		th.prom.rules = nil
		th.open()
		th.evaluations(10)
		for _, text := range matchers {
			th.told.hush(text)
		}
		th.prom.rules = all
		th.prom.load()
		th.evaluations(70) // longer than anything is held
		if got := len(th.prom.query(`ALERTS{alertstate="firing", alert_id!=""}`)); got != 40 {
			t.Errorf("%d alerts fire in Prometheus, want 40", got)
		}
		compare(t, "the backlog", p.heard(), nil)

		world.RaiseAlert(simulator.Alert{ID: "new", Severity: "Critical", State: simulator.Raised, Site: "berlin", Code: "AL_TEST", Category: "RN"})
		th.evaluations(10)
		compare(t, "what is raised then", p.heard(), []string{"pager firing: RN site berlin: test (Critical, " + tenant + ")"})
	})
}

// silenced runs the exporter with --alerts.silence, and what it prints by a
// shell. It returns what each call of amtool silences.
func silenced(t *testing.T, api *simulator.Simulator, flags func(base string) []string) []string {
	t.Helper()
	server := httptest.NewServer(api)
	defer server.Close()
	var script, problems bytes.Buffer
	if code := exporter.Main(append(flags(server.URL), "--alerts.silence=720h"), &script, &problems); code != 0 {
		t.Fatalf("exit code %d: %s", code, problems.String())
	}
	shell := exec.CommandContext(t.Context(), "sh", "-c", `amtool() { for last; do :; done; printf '%s\n' "$last"; }`+"\n"+script.String())
	out, err := shell.Output()
	if err != nil {
		t.Fatalf("%v in %s", err, script.String())
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// hush makes a silence, as amtool does of its arguments.
func (a *alertmanager) hush(matcher string) {
	a.t.Helper()
	m, err := amlabels.ParseMatcher(matcher)
	a.must(err)
	a.must(a.silences.Set(a.t.Context(), &silencepb.Silence{
		Matchers: []*silencepb.Matcher{{Type: silencepb.Matcher_EQUAL, Name: m.Name, Pattern: m.Value}},
		EndsAt:   time.Now().Add(720 * time.Hour),
	}))
}

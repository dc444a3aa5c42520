package test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/internal/cli"
	whole "github.com/prisma-exporter/prisma_exporter/internal/exporter"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// runCheck runs --config.check as the command line would.
func runCheck(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args = append(args, "--config.check")
	if !isSimulated(t) {
		code = whole.Main(args, &stdout, &stderr)
	} else {
		o, err := cli.Parse(args)
		if err != nil {
			t.Fatal(err)
		}
		code = whole.Check(t.Context(), whole.Options{CLI: o, Read: o.Configuration.Read, Logger: log.NewNopLogger(), Transport: network(t)}, &stdout, &stderr)
	}
	if stderr.Len() > 0 {
		t.Errorf("on stderr: %s", stderr.String())
	}
	return code, stdout.String()
}

func wantLines(t *testing.T, out string, want ...string) {
	t.Helper()
	squeezed := strings.Join(strings.Fields(out), " ")
	for _, w := range want {
		if !strings.Contains(squeezed, w) {
			t.Errorf("no %q in\n%s", w, out)
		}
	}
}

func TestCheckOfAGoodTenant(t *testing.T) {
	_, args := newSimulator(t)
	code, out := runCheck(t, args...)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	wantLines(t, out, "Tenant demo", "tunnels tunnel_list ok 50", "locations edge_location_current_status/mu_state_instance ok", "All is well")
}

func TestCheckOfATenantThatLacksThings(t *testing.T) {
	onlyReads(t)
	sim, args := newSimulator(t)
	sim.SetFault("location_sc_bandwidth", simulator.APIError(400, "DATA10003"))
	sim.SetFault("sc_list", simulator.APIError(400, "DATA10004"))
	code, out := runCheck(t, args...)
	if code != 0 {
		t.Errorf("exit code %d, though a tenant may lack things", code)
	}
	wantLines(t, out, "bandwidth location_sc_bandwidth not there 0", "service_connections sc_list not licensed 0",
		"--no-collector.service_connections disables the collector", "see --prisma.path", "All is well")
}

func TestCheckOfWhatIsBroken(t *testing.T) { simulate(t, checkOfWhatIsBroken) }

func checkOfWhatIsBroken(t *testing.T) {
	wrong := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(wrong, []byte("not-the-key"), 0o600); err != nil {
		t.Fatal(err)
	}

	_, args := newSimulator(t)
	code, out := runCheck(t, args[0], args[1], "--prisma.api-key-file="+wrong)
	if code != 1 || strings.Contains(out, "not-the-key") || strings.Count(out, "HTTP 401") != 1 {
		t.Errorf("a wrong key: exit code %d, want 1 and one line about it\n%s", code, out)
	}
	wantLines(t, out, "alerts prisma_sase_external_alerts_current no token", "Check the tenant ID, the region and the credential")

	code, out = runCheck(t, "--prisma.base-url="+deadURL(t), args[1], args[2])
	if code != 1 {
		t.Errorf("a dead host: exit code %d, want 1", code)
	}
	wantLines(t, out, "no answer", "connection refused", "Check the region or the base URL, the network, the proxy and the firewall")

	sim, args := newSimulator(t)
	sim.SetFault("tunnel_list", simulator.APIError(403, "REST10003"))
	code, out = runCheck(t, args...)
	if code != 1 {
		t.Errorf("a missing role: exit code %d, want 1", code)
	}
	wantLines(t, out, "tunnels tunnel_list forbidden", "Give the credential a role", "remote_networks rn_list ok")
}

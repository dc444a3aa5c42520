package exporter

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/internal/capture"
	"github.com/prisma-exporter/prisma_exporter/internal/cli"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// checkOver runs --config.check over a transport, nil for the network.
func checkOver(t *testing.T, over http.RoundTripper, args ...string) (code int, screen string) {
	t.Helper()
	o, err := cli.Parse(append(args, "--config.check"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	code = checkConfig(t.Context(), Options{CLI: o, Read: o.Configuration.Read, Transport: over, Logger: log.NewNopLogger()}, &out)
	return code, out.String()
}

// took is how long a query took, which is another time each time.
var took = regexp.MustCompile(`[0-9.]+m?s(\n|$)`)

// TestCaptureAndReplay: what a person captures has nothing of theirs in it, and
// shows whoever gets it what they saw.
func TestCaptureAndReplay(t *testing.T) {
	options := simulator.Demo()
	key := filepath.Join(t.TempDir(), "key")
	options.Tenants[0].KeyFile = key
	sim, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	sim.SetFault("sc_list", simulator.APIError(400, "DATA10004"))
	var mu sync.Mutex
	personal := []string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		sim.ServeHTTP(answer, r)
		_, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		mu.Lock()
		personal = append(append(personal, names(answer.Body.String())...), secret)
		mu.Unlock()
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	defer server.Close()

	folder := filepath.Join(t.TempDir(), "capture")
	args := []string{"--prisma.base-url=" + server.URL, "--prisma.tenant-id=" + simulator.DemoTenant, "--prisma.tenant-name=acme", "--prisma.api-key-file=" + key}
	code, screen := checkOver(t, nil, append(args, "--config.check.capture="+folder)...)
	if code != 0 || !strings.Contains(screen, " requests and their answers are in "+folder) {
		t.Fatalf("exit code %d\n%s", code, screen)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) < 15 || len(personal) < 100 {
		t.Fatalf("%d files, %d names of the simulated tenant, %v", len(files), len(personal), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range personal {
			if strings.Contains(string(b), name) {
				t.Errorf("%s has %q", filepath.Base(file), name)
			}
		}
	}

	replay, err := capture.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	code, again := checkOver(t, replay, "--prisma.base-url=https://api.invalid", "--prisma.tenant-id=4711", "--prisma.tenant-name=acme", "--prisma.api-key-file="+key)
	before, _, _ := strings.Cut(screen, "\n\n  sc_list")
	after, _, _ := strings.Cut(again, "\n\n  sc_list")
	if code != 0 || took.ReplaceAllString(after, "\n") != took.ReplaceAllString(before, "\n") || !strings.Contains(after, "sc_list") {
		t.Errorf("exit code %d, the replay shows\n%s\nand the capture\n%s", code, again, screen)
	}

	if code, screen = checkOver(t, nil, append(args, "--config.check.capture="+folder)...); code != 1 || !strings.Contains(screen, "is not empty: name a new one") {
		t.Errorf("a folder that is there: exit code %d\n%s", code, screen)
	}
}

// ofPersons finds what is somebody's in the answers of the simulator.
var ofPersons = regexp.MustCompile(`"(?:site_name|tunnel_name|alert_id|instance_name|ipsec_node|gpuser_name|username|user_name|public_ip|peer_ip|token|sub_tenant_id|sub_tenant_name)":\s*"([^"]{6,})"`)

func names(body string) []string {
	var all []string
	for _, found := range ofPersons.FindAllStringSubmatch(body, -1) {
		all = append(all, found[1])
	}
	return all
}

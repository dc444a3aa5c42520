package exporter

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/internal/capture"
	"github.com/prisma-exporter/prisma_exporter/internal/cli"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator/capacity"
)

// checkOver runs --config.check over a transport, nil for the network.
func checkOver(t *testing.T, over http.RoundTripper, args ...string) (code int, screen string) {
	t.Helper()
	o, err := cli.Parse(append(args, "--config.check"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	code = Check(t.Context(), Options{CLI: o, Read: o.Configuration.Read, Transport: over, Logger: log.NewNopLogger()}, &out, io.Discard)
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

	if code, screen = checkOver(t, nil, append(args, "--config.check.capture="+folder)...); code != 1 || !strings.Contains(screen, "is not empty: use a new directory") {
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

// TestCaptureOfACompany: nothing of its bookings is in it, figures included, and
// the replay counts as many as there were.
func TestCaptureOfACompany(t *testing.T) {
	dir := t.TempDir()
	platform, err := capacity.New(capacity.Options{Companies: []capacity.Company{{Name: "gasworks", TokenFile: filepath.Join(dir, "token")}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := platform.SetFault("fcfs-booking", capacity.Status(http.StatusForbidden)); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	theirs := []string{platform.Token("gasworks"), "gasworks"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		platform.ServeHTTP(answer, r)
		mu.Lock()
		for _, found := range ofABooking.FindAllStringSubmatch(answer.Body.String(), -1) {
			theirs = append(theirs, found[1])
		}
		mu.Unlock()
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	defer server.Close()
	check := func(over http.RoundTripper, url string, args ...string) (code int, screen string) {
		file := filepath.Join(dir, "prisma.yml")
		text := "capacity: [{name: gasworks, base_url: '" + url + "', token_file: token}]\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return checkOver(t, over, append(args, "--config.file="+file)...)
	}
	folder := filepath.Join(dir, "capture")
	code, screen := check(nil, server.URL, "--config.check.capture="+folder)
	if code != 0 || !strings.Contains(screen, "forbidden") || !strings.Contains(screen, "4 requests and their answers") || len(theirs) < 50 {
		t.Fatalf("exit code %d, %d values\n%s", code, len(theirs), screen)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) != 4 {
		t.Fatal(files, err)
	}
	same := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range theirs {
			switch {
			case !strings.Contains(string(b), value):
			case strings.ContainsAny(value, "abcdefghijklmnopqrstuvwxyz"):
				t.Errorf("%s has %q", filepath.Base(file), value)
			default:
				same++ // another figure may have become this one
			}
		}
	}
	if same > len(theirs)/10 {
		t.Errorf("%d of %d figures are in the capture", same, len(theirs))
	}
	replay, err := capture.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	code, again := check(replay, "https://platform.invalid")
	before, _, _ := strings.Cut(screen, "\n\n")
	if code != 0 || !strings.HasPrefix(took.ReplaceAllString(again, "\n"), took.ReplaceAllString(before, "\n")) {
		t.Errorf("exit code %d, the replay shows\n%s\nand the capture\n%s", code, again, screen)
	}
}

// ofABooking finds what is a company's in the answers of the simulated platform.
var ofABooking = regexp.MustCompile(`"(?:bookingId|auctionId|tradeId|networkPoint|quantity|regulatedTariff|surcharge|price)":"?([^",}]{4,})`)

// TestCaptureOfSeveral: tenants whose paths do not tell them apart, and their
// sub-tenants, are each replayed as they were.
func TestCaptureOfSeveral(t *testing.T) {
	dir := t.TempDir()
	options := simulator.Options{Still: true}
	for i := range 3 {
		size := func(n int) simulator.Size {
			return simulator.Size{Locations: 3, RemoteNetworks: 2 + 4*i + n, ServiceConnections: 2, Tunnels: 20 + 4*i + n, Users: 9, Alerts: 1}
		}
		options.Tenants = append(options.Tenants, simulator.Tenant{
			ID: fmt.Sprint("old-", i), TSG: fmt.Sprint(1000000001 + i), SecretFile: filepath.Join(dir, fmt.Sprint(i, ".secret")),
			SubTenants: map[string]simulator.Size{"1300000001": size(0), "1300000002": size(2)},
		})
	}
	sim, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	defer server.Close()
	check := func(over http.RoundTripper, url string, args ...string) (code int, sections []string) {
		text := "defaults: {api: v3, region: us, base_url: '" + url + "', token_url: '" + url + "/oauth2/access_token'}\ntenants:\n"
		for i := range options.Tenants {
			text += fmt.Sprintf("- {name: t%d, tenant_id: %q, client_id: exporter@%[2]s.example.com, client_secret_file: %[1]d.secret, sub_tenants: ['1300000001', '1300000002']}\n", i, fmt.Sprint(1000000001+i))
		}
		file := filepath.Join(dir, "prisma.yml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, screen := checkOver(t, over, append(args, "--api.requests-per-minute=100000", "--config.file="+file)...)
		tables, _, _ := strings.Cut(took.ReplaceAllString(screen, "\n"), "Planned: ")
		for _, section := range strings.Split(tables, "Tenant t")[1:] {
			_, section, _ = strings.Cut(section, ",") // all but who it is
			table, _, _ := strings.Cut(section, "\n\n  The exporter does not know")
			sections = append(sections, table)
		}
		slices.Sort(sections)
		return code, sections
	}
	folder := filepath.Join(dir, "capture")
	code, captured := check(nil, server.URL, "--config.check.capture="+folder)
	if code != 0 || len(captured) != 6 || len(slices.Compact(slices.Clone(captured))) != 6 {
		t.Fatalf("exit code %d\n%s", code, captured)
	}
	replay, err := capture.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	code, replayed := check(replay, "https://api.invalid")
	if code != 0 || !slices.Equal(captured, replayed) {
		t.Errorf("exit code %d, the replay shows\n%s\nand the capture\n%s", code, replayed, captured)
	}
}

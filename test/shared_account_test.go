package test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// TestOne401OfManyTenants: the token server answers 401 once to one of forty
// tenants that share a service account and need new tokens, and all are well
// within a minute and a half.
func TestOne401OfManyTenants(t *testing.T) {
	if testing.Short() {
		t.Skip("costs much, and others share a credential")
	}
	simulate(t, func(t *testing.T) {
		dir := t.TempDir()
		const parent = "1000000000"
		options := simulator.Options{Still: true, Providers: []simulator.Provider{
			{TSG: parent, ClientID: "root@example.com", SecretFile: filepath.Join(dir, "secret")},
		}}
		for i := range 40 {
			options.Tenants = append(options.Tenants, simulator.Tenant{
				ID: fmt.Sprint("old-", i), TSG: fmt.Sprint(1000000001 + i), Parent: parent, Size: simulator.Size{Locations: 1, RemoteNetworks: 1, Tunnels: 1},
			})
		}
		sim, err := simulator.New(options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(sim.ClearFaults)
		url := serve(t, sim).URL
		var text strings.Builder
		fmt.Fprintf(&text, "defaults: {api: v3, region: us, client_id: root@example.com, client_secret_file: secret, base_url: '%[1]s', token_url: '%[1]s/oauth2/access_token', collectors: [alerts, tunnels]}\ntenants:\n", url)
		for i := range options.Tenants {
			fmt.Fprintf(&text, "- {name: t%d, tenant_id: '%d'}\n", i, 1000000001+i)
		}
		file := filepath.Join(dir, "prisma.yml")
		if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		e := newExporter(t, "--config.file="+file, "--api.requests-per-minute=10000", "--collector.alerts.min-interval=0s", "--collector.tunnels.min-interval=0s")
		well := func() bool {
			_, page := e.get("/metrics", timeoutHeader, "10")
			families := parse(t, page)
			up := 0.0
			for _, v := range values(families, "prisma_access_up", "tenant") {
				up += v
			}
			for _, v := range values(families, "prisma_exporter_credential_valid", "tenant") {
				up += v
			}
			return up == 2*float64(len(options.Tenants))
		}
		for range 10 {
			if time.Sleep(15 * time.Second); well() {
				break
			}
		}
		if !well() {
			t.Fatalf("not all are well before\n%s", e.logs)
		}
		f := simulator.Status(http.StatusUnauthorized)
		f.Hits = 1
		sim.SetFault("oauth2", f)
		made := httptest.NewRecorder() // a new secret, which ends all tokens
		sim.ServeHTTP(made, httptest.NewRequest(http.MethodPost, "/-/accounts/"+parent+"/generate-secret", nil))
		begun := time.Now()
		troubled := false
		for time.Since(begun) < 90*time.Second {
			time.Sleep(15 * time.Second)
			if all := well(); all && troubled {
				return
			} else if !all {
				troubled = true
			}
		}
		t.Errorf("not all are well after %s (troubled: %t)\n%s", time.Since(begun), troubled, e.logs)
	})
}

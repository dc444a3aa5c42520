package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/client"
	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

func TestLoopbackOnly(t *testing.T) {
	for address, allowed := range map[string]bool{
		"127.0.0.1:0": true, "localhost:0": true, "0.0.0.0:0": false, ":0": false, "192.0.2.1:0": false,
	} {
		l, err := listen(settings{listen: address})
		if (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
		if err == nil {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	l, err := listen(settings{listen: "0.0.0.0:0", remote: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTenantsHaveKeyFiles(t *testing.T) {
	s, err := parse([]string{"--tenants=3", "--key-dir=keys", "--users=5"})
	if err != nil {
		t.Fatal(err)
	}
	tenants := tenantsOf(s)
	if len(tenants) != 3 || tenants[2].KeyFile != filepath.Join("keys", "tenant-0003.key") || tenants[2].Size.Users != 5 {
		t.Errorf("tenants %+v", tenants)
	}
	if tenants[2].SecretFile != filepath.Join("keys", "tenant-0003.secret") || tenants[2].TSG != "1000000003" {
		t.Errorf("tenant %+v", tenants[2])
	}
	if s, err = parse(nil); err != nil || tenantsOf(s)[0].ID != "demo" || tenantsOf(s)[0].TSG != "1000000001" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestBadFlags(t *testing.T) {
	for _, args := range [][]string{{"--tenants=0"}, {"--providers=-1"}, {"--nope"}, {"--users=-1"}, {"--speed=-1"}, {"--listen=0.0.0.0:0"}, {"--api=v4"}} {
		if got := run(append([]string{"--listen=127.0.0.1:0"}, args...)); got != 1 {
			t.Errorf("%v: exit status %d", args, got)
		}
	}
}

func TestGreetingShowsTheFlagsOfTheVersion(t *testing.T) {
	for api, want := range map[string]string{
		"": "--prisma.base-url=http://h:1 --prisma.tenant-id=tenant-0001 --prisma.api-key-file=keys/tenant-0001.key",
		"v2": "--prisma.api=v2 --prisma.tenant-id=1000000001 --prisma.base-url=http://h:1 " +
			"--prisma.token-url=http://h:1/oauth2/access_token --prisma.client-id=exporter@1000000001.example.com " +
			"--prisma.client-secret-file=keys/tenant-0001.secret",
		"v3": "--prisma.api=v3 --prisma.tenant-id=1000000001 --prisma.region=us --prisma.base-url=http://h:1 " +
			"--prisma.token-url=http://h:1/oauth2/access_token --prisma.client-id=exporter@1000000001.example.com " +
			"--prisma.client-secret-file=keys/tenant-0001.secret",
	} {
		args := []string{"--tenants=3", "--key-dir=keys"}
		if api != "" {
			args = append(args, "--api="+api)
		}
		s, err := parse(args)
		if err != nil {
			t.Fatal(err)
		}
		var screen strings.Builder
		greet(&screen, s.api, "h:1", simulator.Options{Tenants: tenantsOf(s)})
		var flags []string
		for _, word := range strings.Fields(screen.String()) {
			if strings.HasPrefix(word, "--") {
				flags = append(flags, word)
			}
		}
		if got := strings.Join(flags, " "); got != want {
			t.Errorf("%s:\n got %s\nwant %s", s.api, got, want)
		}
		last := "tenant-0003"
		if api != "" {
			last = "1000000003"
		}
		if !strings.Contains(screen.String(), "The other tenants are numbered up to "+last+".") {
			t.Errorf("%s: %s", s.api, screen.String())
		}
		if strings.Contains(screen.String(), "discovery:") {
			t.Errorf("%s: a discovery without a provider: %s", s.api, screen.String())
		}
	}
}

// TestGreetingShowsADiscovery finds the tenants by the configuration that is shown, as the exporter would.
func TestGreetingShowsADiscovery(t *testing.T) {
	for _, c := range []struct {
		providers, tenants int
		parents            []string // of the tenants
	}{
		{1, 3, []string{"1900000001", "1900000001", "1900000001"}},
		{2, 2, []string{"1900000002", "1900000002"}},
		{3, 50, []string{"1900000002", "1900000003", "1900000002"}},
	} {
		t.Run(fmt.Sprintf("%d providers", c.providers), func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.Mkdir("keys", 0o700); err != nil {
				t.Fatal(err)
			}
			s, err := parse([]string{fmt.Sprint("--providers=", c.providers), fmt.Sprint("--tenants=", c.tenants), "--key-dir=keys"})
			if err != nil {
				t.Fatal(err)
			}
			options := simulator.Options{Tenants: tenantsOf(s), Providers: providersOf(s), Still: true}
			for i, parent := range c.parents {
				if options.Tenants[i].Parent != parent {
					t.Errorf("tenant %d is below %s, want %s", i, options.Tenants[i].Parent, parent)
				}
			}
			sim, err := simulator.New(options)
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(sim)
			defer server.Close()
			var screen strings.Builder
			greet(&screen, s.api, server.Listener.Addr().String(), options)
			_, text, _ := strings.Cut(screen.String(), "configuration file:\n\n")
			text, _, _ = strings.Cut(text, "\n\n")
			// The file is not beside the keys.
			found := discovered(t, filepath.Join(t.TempDir(), "tenants.yml"), text)
			if len(found) != c.tenants {
				t.Errorf("found %d tenants, want %d: %v", len(found), c.tenants, found)
			}
			if !slices.Contains(found, "Tenant-2 1000000002") {
				t.Errorf("found %v", found)
			}
		})
	}
}

// discovered are the names and IDs of the tenants that the only discovery of a configuration finds.
func discovered(t *testing.T, file, text string) []string {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := config.Load(file, config.Known{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	d := loaded.Discoveries[0]
	list, err := client.New(client.Options{
		Tenant: d.Account, Process: auth.NewProcess(prometheus.NewRegistry(), log.NewNopLogger()),
		Budget: budget.New(budget.Options{RequestsPerMinute: 600, Concurrency: 8}),
		Logger: log.NewNopLogger(), Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	groups, err := list.Children(t.Context(), d.Hierarchy, d.IncludeSelf)
	if err != nil {
		t.Fatal(err)
	}
	tenants, left := d.Tenants(groups, nil, loaded.TakenNames())
	if len(left) > 0 {
		t.Errorf("left out: %v", left)
	}
	var found []string
	for _, one := range tenants {
		found = append(found, one.Name+" "+one.ID)
	}
	return found
}

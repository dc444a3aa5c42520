package main

import (
	"path/filepath"
	"strings"
	"testing"
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
	for _, args := range [][]string{{"--tenants=0"}, {"--nope"}, {"--users=-1"}, {"--speed=-1"}, {"--listen=0.0.0.0:0"}, {"--api=v4"}} {
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
		greet(&screen, s.api, "h:1", tenantsOf(s))
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
		if !strings.Contains(screen.String(), "The other tenants go up to "+last+",") {
			t.Errorf("%s: %s", s.api, screen.String())
		}
	}
}

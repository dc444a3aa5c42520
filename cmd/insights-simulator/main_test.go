package main

import (
	"path/filepath"
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
	if s, err = parse(nil); err != nil || tenantsOf(s)[0].ID != "demo" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestBadFlags(t *testing.T) {
	for _, args := range [][]string{{"--tenants=0"}, {"--nope"}, {"--users=-1"}, {"--speed=-1"}, {"--listen=0.0.0.0:0"}} {
		if got := run(append([]string{"--listen=127.0.0.1:0"}, args...)); got != 1 {
			t.Errorf("%v: exit status %d", args, got)
		}
	}
}

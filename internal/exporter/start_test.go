package exporter

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-kit/log"
	"github.com/prometheus/common/version"

	"github.com/prisma-exporter/prisma_exporter/internal/cli"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
)

// TestIntroduce: the log begins with what is watched. One tenant is asked at
// once, several are left to the first scrape.
func TestIntroduce(t *testing.T) {
	for tenants, want := range map[string][]string{
		"[{name: a, tenant_id: 1}]":                          {`msg=Watching targets=1 names=a `, `level=warn msg="First polls finished" name=a sub_tenant= credential=unknown polls=7 failed=7`},
		"[{name: a, tenant_id: 1}, {name: b, tenant_id: 2}]": {`msg=Watching targets=2 names=a,b `},
	} {
		var logged logtest.Buffer
		e := started(t, tenants, &logged)
		e.introduce(t.Context())
		e.Close()
		for _, line := range want {
			if !strings.Contains(logged.String(), line) {
				t.Errorf("%s: no %s in\n%s", tenants, line, logged.String())
			}
		}
		if asked := strings.Contains(logged.String(), "First polls finished"); asked != (len(want) == 2) {
			t.Errorf("%s: asked at once is %t", tenants, asked)
		}
	}
}

// started is an exporter with these tenants, none of which can be reached.
func started(t *testing.T, tenants string, logged io.Writer) *Exporter {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tenants.yml")
	text := "defaults: {region: eu, api_key_file: key}\ntenants: " + tenants + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "key"), []byte("k3y"), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := cli.Parse([]string{"--config.file=" + file})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{CLI: o, Read: o.Configuration.Read, Logger: log.NewLogfmtLogger(logged), Transport: nowhere{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// TestPagesSayTheVersion that main has set, which is later than packages are
// initialised.
func TestPagesSayTheVersion(t *testing.T) {
	before := version.Version
	t.Cleanup(func() { version.Version = before })
	version.Version = "7.8.9"
	e := started(t, "[{name: a, tenant_id: 1}]", io.Discard)
	for _, path := range []string{"/", "/alerts/", "/dashboards/"} {
		answer := httptest.NewRecorder()
		e.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if !strings.Contains(answer.Body.String(), "version 7.8.9") {
			t.Errorf("%s does not say the version", path)
		}
	}
}

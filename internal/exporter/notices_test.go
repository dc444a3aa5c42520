package exporter

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/internal/cli"
)

// TestNotices: what is doubtful about a configuration is in the log, once, and
// on the status page as long as it is so.
func TestNotices(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tenants.yml")
	write := func(tenants string) {
		t.Helper()
		if err := os.WriteFile(file, []byte("defaults: {region: eu, api_key_file: key}\ntenants:\n"+tenants), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "key"), []byte("k"), 0o600); err != nil {
		t.Fatal(err)
	}
	write("- {name: parent, tenant_id: 1}\n- {name: child, tenant_id: 1, sub_tenants: [7]}\n- {name: alpine, tenant_id: 2, region: ch}\n")
	o, err := cli.Parse([]string{"--config.file=" + file})
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	e, err := New(Options{CLI: o, Read: o.Configuration.Read, Logger: log.NewLogfmtLogger(&logged)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	page := func() string {
		w := httptest.NewRecorder()
		e.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		return w.Body.String()
	}
	if err := e.Reload(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"tenants parent and child both list the alerts of sub-tenants of tenant 1", "is not a known region"} {
		if got := page(); !strings.Contains(got, want) {
			t.Errorf("%q is not on the page", want)
		}
		if n := strings.Count(logged.String(), want); n != 1 {
			t.Errorf("%q was logged %d times:\n%s", want, n, logged.String())
		}
	}
	write("- {name: parent, tenant_id: 1}\n")
	if err := e.Reload(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page(), "both list") {
		t.Error("what was mended is still on the page")
	}
}

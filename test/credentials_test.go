package test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// TestOddCredentials: each gives one line that says what to do, and the
// exporter serves on.
func TestOddCredentials(t *testing.T) {
	onlyReads(t)
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct{ name, key, tenant, want string }{
		{"wrong key", file("wrong", "not-the-key"), simulator.DemoTenant, "HTTP 401"},
		{"unknown tenant", file("other", "not-the-key"), "999", "HTTP 401"},
		{"directory", dir, simulator.DemoTenant, "is a directory: give the name of the file in it that contains the API key"},
		{"empty", file("empty", " \n"), simulator.DemoTenant, "is empty: write the API key to it"},
		{"missing", filepath.Join(dir, "nowhere"), simulator.DemoTenant, "does not exist: write the API key to it"},
		{"two lines", file("lines", "one\ntwo"), simulator.DemoTenant, "it must contain the API key and nothing else"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, args := newSimulator(t)
			args = []string{args[0], "--prisma.tenant-id=" + c.tenant, "--prisma.api-key-file=" + c.key, "--log.level=warn"}
			e := newExporter(t, args...)
			for range 3 {
				resp, page := e.get("/metrics")
				families := parse(t, page)
				if resp.StatusCode != http.StatusOK || families["prisma_access_up"].Metric[0].GetGauge().GetValue() != 0 {
					t.Errorf("%s, up %v", resp.Status, families["prisma_access_up"])
				}
				if v := families["prisma_exporter_credential_valid"].Metric[0].GetGauge().GetValue(); v != 0 {
					t.Errorf("credential_valid is %g", v)
				}
			}
			if got := e.logs.String(); strings.Count(got, "level=error") != 1 || !strings.Contains(got, c.want) || strings.Contains(got, "not-the-key") {
				t.Errorf("want one error with %q, got\n%s", c.want, got)
			}
		})
	}
}

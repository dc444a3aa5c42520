package exporter

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/internal/cli"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
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
	var logged logtest.Buffer
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

// TestNoCollectors: a tenant that is asked nothing is told of, in the log and by a
// check.
func TestNoCollectors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tenants.yml")
	for name, text := range map[string]string{file: "tenants:\n- {name: a, tenant_id: 1, region: eu, api_key_file: key, collectors: [alerts]}\n", filepath.Join(filepath.Dir(file), "key"): "k"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all := []string{"--config.file=" + file}
	for _, name := range collector.Names() {
		all = append(all, "--no-collector."+name)
	}
	for want, args := range map[string][]string{
		"":                            {"--config.file=" + file},
		"all collectors are disabled": all,
		"a: no collector runs for 1 tenants, such as this one": {"--config.file=" + file, "--no-collector.alerts"},
	} {
		o, err := cli.Parse(args)
		if err != nil {
			t.Fatal(err)
		}
		var logged logtest.Buffer
		var checked bytes.Buffer
		e, err := New(Options{CLI: o, Read: o.Configuration.Read, Logger: log.NewLogfmtLogger(&logged)})
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			if strings.Contains(logged.String(), "no collector runs") {
				t.Errorf("the log says %s", logged.String())
			}
			e.Close()
			continue
		}
		if !strings.Contains(logged.String(), want) {
			t.Errorf("%q is not in the log:\n%s", want, logged.String())
		}
		for _, member := range e.fleet.Members() {
			for _, report := range member.Check(t.Context()) {
				fmt.Fprintln(&checked, report.Good, report)
			}
		}
		if !strings.HasPrefix(checked.String(), "false") || !strings.Contains(checked.String(), "No collector runs for the tenant.") {
			t.Errorf("the check says %s", checked.String())
		}
		e.Close()
	}
}

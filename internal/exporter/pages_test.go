package exporter

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/cli"
)

// TestPagesBelowAPrefix: links are relative, lists have the address for others,
// and the page says what the configuration takes.
func TestPagesBelowAPrefix(t *testing.T) {
	o, err := cli.Parse([]string{"--web.external-url=https://proxy.example/prisma/"})
	if err != nil {
		t.Fatal(err)
	}
	c := &config.Config{Tenants: []config.Tenant{{Name: "acme", ID: "1", API: config.V1, BaseURL: "https://api.example", APIKeyFile: "/nowhere/key", HTTP: config.HTTPDefaults()}}}
	e, err := New(Options{CLI: o, Read: func() (*config.Config, error) { return c, nil }, Logger: log.NewNopLogger(), Transport: nowhere{}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	page := func(path string) string {
		w := httptest.NewRecorder()
		e.Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Body.String()
	}
	for path, wants := range map[string][]string{
		"/prisma/":            {`href="metrics"`, `href="alerts/"`, "; planned: "},
		"/prisma/alerts/":     {`href="prisma-alerts.rules.yml"`, "https://proxy.example/prisma/alerts/FILE"},
		"/prisma/dashboards/": {`href="overview.json"`, "https://proxy.example/prisma/dashboards/FILE"},
		"/prisma/metrics":     {"prisma_access_up"},
	} {
		got := page(path)
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s does not say %q", path, want)
			}
		}
		if strings.Contains(got, `href="/`) {
			t.Errorf("%s has an absolute link", path)
		}
	}
}

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/config"
)

func TestFlagsHaveEnvironmentVariables(t *testing.T) {
	t.Setenv("PRISMA_EXPORTER_PRISMA_TENANT_ID", "4711")
	t.Setenv("PRISMA_EXPORTER_COLLECTOR_ALERTS_MIN_INTERVAL", "7s")
	o, err := Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	if o.Configuration.tenant.ID != "4711" || o.Collectors[0].Interval.Seconds() != 7 {
		t.Errorf("got tenant %q, interval %s", o.Configuration.tenant.ID, o.Collectors[0].Interval)
	}
}

// TestFlagsOfAServiceAccount: a tenant of 3.0 from the command line alone.
func TestFlagsOfAServiceAccount(t *testing.T) {
	o, err := Parse([]string{
		"--prisma.api=v3", "--prisma.tenant-id=1000000001", "--prisma.tenant-name=acme", "--prisma.region=eu", "--prisma.client-id=c@1000000001.example",
		"--prisma.client-secret-file=s", "--prisma.token-url=https://t.example/x", "--prisma.path=rn_list=query/x",
		"--prisma.column=rn_list.site_name=site", "--prisma.column=rn_list.ipsec_node=", "--prisma.column=sc_list.site_name=site",
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := o.Configuration.Read()
	if err != nil {
		t.Fatal(err)
	}
	got := c.Tenants[0]
	if got.API != config.V3 || got.Name != "acme" || got.ClientID != "c@1000000001.example" || got.ClientSecretFile != "s" || got.TokenURL != "https://t.example/x" ||
		got.Paths["rn_list"] != "query/x" || got.Columns["rn_list"]["site_name"] != "site" || got.Columns["sc_list"]["site_name"] != "site" {
		t.Errorf("got %+v", got)
	}
	if theirs, ok := got.Columns["rn_list"]["ipsec_node"]; !ok || theirs != "" {
		t.Errorf("a column that is not there: %v", got.Columns)
	}
}

// TestCapacityInterval: one longer than answers are served for makes no sense.
func TestCapacityInterval(t *testing.T) {
	if _, err := Parse([]string{"--capacity.min-interval=10m"}); err != nil {
		t.Error(err)
	}
	_, err := Parse([]string{"--capacity.min-interval=11m"})
	if err == nil || !strings.Contains(err.Error(), "--capacity.min-interval (PRISMA_EXPORTER_CAPACITY_MIN_INTERVAL): 11m0s must not be longer than --scrape.max-staleness 10m0s") {
		t.Errorf("got %v", err)
	}
}

// TestAutoReload: there has to be a file to look at, and a time to do so.
func TestAutoReload(t *testing.T) {
	for args, want := range map[string]string{
		"--config.auto-reload": "--config.auto-reload (PRISMA_EXPORTER_CONFIG_AUTO_RELOAD): there is no configuration file to reload",
		"--config.file=a --config.auto-reload --config.auto-reload-interval=0s": "--config.auto-reload-interval (PRISMA_EXPORTER_CONFIG_AUTO_RELOAD_INTERVAL): this must be more than zero",
		"--config.file=a --config.auto-reload --config.auto-reload-interval=1m": "",
	} {
		o, err := Parse(strings.Fields(args))
		if want == "" && (err != nil || o.AutoReload != time.Minute) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %s, %v", args, o.AutoReload, err)
		}
	}
	if o, err := Parse([]string{"--config.file=a"}); err != nil || o.AutoReload != 0 {
		t.Errorf("without being asked to: %s, %v", o.AutoReload, err)
	}
}

// TestVariablesThatLookLikeFlags: images and orchestrators set them.
func TestVariablesThatLookLikeFlags(t *testing.T) {
	for _, name := range []string{"VERSION", "HELP", "HELP_LONG", "HELP_MAN", "COMPLETION_BASH", "COMPLETION_SCRIPT_BASH", "COMPLETION_SCRIPT_ZSH", "PORT", "SERVICE_HOST"} {
		t.Setenv("PRISMA_EXPORTER_"+name, "1.2.3")
	}
	if _, err := Parse(nil); err != nil {
		t.Error(err)
	}
}

// TestWrongVariables: whoever set a variable reads its name, and what to write.
func TestWrongVariables(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"SCRAPE_TIMEOUT", "banana", `"banana" is not a duration: write it like 500ms, 30s, 5m or 2d`},
		{"ALERTS_SILENCE", "30 days", `"30 days" is not a duration: write it like 500ms, 30s, 5m or 2d`},
		{"WEB_MAX_REQUESTS", "many", `"many" is not a whole number: write digits only, such as 600`},
		{"API_CONCURRENCY", "1.5", `"1.5" is not a whole number: write digits only, such as 600`},
		{"COLLECTOR_MAX_SERIES", "1e999", `"1e999" is not a whole number: write digits only, such as 600`},
		{"COLLECTOR_ALERTS", "perhaps", `"perhaps": use true or false`},
		{"DEMO", "1.2.3", `"1.2.3": use true or false`},
		{"LOG_LEVEL", "loud", `"loud": use one of debug, info, warn, error`},
		{"PRISMA_PATH", "query/x", `"query/x" has no equals sign: --help shows how to write it`},
		{"COLLECTOR_STATE_WINDOW", "2d", `"2d" is not a time window of the Insights API: use one of 1h, 3h, 24h, 48h, 7d, 30d`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("PRISMA_EXPORTER_"+c.name, c.value)
			_, err := Parse(nil)
			if err == nil || !strings.HasSuffix(err.Error(), "(PRISMA_EXPORTER_"+c.name+"): "+c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestAllWrongFlagsAtOnce: and not one after the other.
func TestAllWrongFlagsAtOnce(t *testing.T) {
	_, err := Parse([]string{"--scrape.timeout=0s", "--api.concurrency=0", "--web.telemetry-path=x"})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v", err)
	}
	t.Setenv("HTTPS_PROXY", "http://u:p%ss@proxy:1")
	o, err := Parse([]string{"--prisma.tenant-id=a/b", "--prisma.region=EU", "--prisma.api-key-file=9f3b2c1d77aa4e5f8b210c4d5e6f7a8b", "--prisma.ca-file=absent.pem", "--prisma.api-key-issued=soon"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.Configuration.Read()
	if err == nil || strings.Count(err.Error(), "\n") != 4 || strings.Contains(err.Error(), "p%ss") || strings.Contains(err.Error(), "9f3b") {
		t.Errorf("got %v", err)
	}
}

// TestPlaceOfRoutes is as with Prometheus.
func TestPlaceOfRoutes(t *testing.T) {
	for _, c := range []struct{ external, prefix, wantExternal, wantPrefix, fails string }{
		{},
		{external: "https://a.example", wantExternal: "https://a.example"},
		{external: "https://a.example/x/y/", wantExternal: "https://a.example/x/y", wantPrefix: "/x/y"},
		{external: "https://a.example/x", prefix: "/", wantExternal: "https://a.example/x"},
		{prefix: "x/", wantPrefix: "/x"},
		{external: "a.example/x", fails: "--web.external-url (PRISMA_EXPORTER_WEB_EXTERNAL_URL): "},
		{external: "https://u:p@a.example/x", fails: "without a user"},
		{external: "https://a.example/{x}", fails: "--web.route-prefix (PRISMA_EXPORTER_WEB_ROUTE_PREFIX): "},
		{prefix: "/x y", fails: "use a path such as /prisma"},
	} {
		o, err := Parse([]string{"--web.external-url=" + c.external, "--web.route-prefix=" + c.prefix})
		if (err != nil) != (c.fails != "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%+v: got error %v", c, err)
		}
		if err != nil && strings.Contains(err.Error(), "u:p@") {
			t.Errorf("%+v: %v", c, err)
		}
		if err == nil && (o.ExternalURL != c.wantExternal || o.RoutePrefix != c.wantPrefix) {
			t.Errorf("%+v: got %q, %q", c, o.ExternalURL, o.RoutePrefix)
		}
	}
}

// TestLabelsThatSeriesHave: none of them can be a target's.
func TestLabelsThatSeriesHave(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tenants.yml")
	for _, label := range []string{"tenant", "sub_tenant", "site", "location", "tunnel", "state", "alert_id", "collector", "company", "resource", "node_type"} {
		text := "tenants:\n- {name: a, tenant_id: 1, region: eu, api_key_file: k, labels: {" + label + ": x}}\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := Parse([]string{"--config.file=" + file})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Configuration.Read(); err == nil || !strings.Contains(err.Error(), `tenants.yml:2: tenant a: labels: "`+label+`": the exporter's own series have a label with that name`) {
			t.Errorf("%s: got %v", label, err)
		}
	}
}

package test

import (
	"bytes"
	"net"
	"strings"
	"testing"

	whole "github.com/prisma-exporter/prisma_exporter/internal/exporter"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
)

// TestWrongFlags: each mistake gives one line that says what to write.
func TestWrongFlags(t *testing.T) {
	onlyReads(t)
	tenant := []string{"--prisma.tenant-id=1", "--prisma.region=us", "--prisma.api-key-file=key"}
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "no tenant is configured: set --prisma.tenant-id, --prisma.region and --prisma.api-key-file, or --config.file, or try --demo"},
		{append(tenant, "--config.file=tenants.yml"), "remove the flags"},
		{[]string{"--config.file=nowhere.yml"}, "open nowhere.yml: no such file"},
		{[]string{"--scrape.timout=1s"}, "there is no flag --scrape.timout: did you mean --scrape.timeout?"},
		{append(tenant, "--prisma.ca-file=absent.pem"), `--prisma.ca-file (PRISMA_EXPORTER_PRISMA_CA_FILE): the file absent.pem does not exist`},
		{[]string{"--nonsense"}, "unknown long flag '--nonsense'; try --help"},
		{append(tenant, "--scrape.timeout=soon"), `--scrape.timeout (PRISMA_EXPORTER_SCRAPE_TIMEOUT): "soon" is not a duration: write it like 500ms, 30s, 5m or 2d`},
		{append(tenant, "--collector.max-series=abc"), `--collector.max-series (PRISMA_EXPORTER_COLLECTOR_MAX_SERIES): "abc" is not a whole number: write digits only, such as 600`},
		{append(tenant, "--scrape.timeout=0s"), "--scrape.timeout (PRISMA_EXPORTER_SCRAPE_TIMEOUT): this must be more than zero"},
		{append(tenant, "--scrape.timeout-offset=-1s"), "--scrape.timeout-offset (PRISMA_EXPORTER_SCRAPE_TIMEOUT_OFFSET): this must not be negative"},
		{append(tenant, "--api.concurrency=0"), "--api.concurrency (PRISMA_EXPORTER_API_CONCURRENCY): this must be more than zero"},
		{append(tenant, "--api.requests-per-minute=0"), "--api.requests-per-minute (PRISMA_EXPORTER_API_REQUESTS_PER_MINUTE): this must be more than zero"},
		{append(tenant, "--collector.service_status", "--collector.service_status.min-interval=11m"), "--collector.service_status.min-interval (PRISMA_EXPORTER_COLLECTOR_SERVICE_STATUS_MIN_INTERVAL): 11m0s must not be longer than --scrape.max-staleness 10m0s"},
		{append(tenant, "--collector.service_status.url=status"), "--collector.service_status.url (PRISMA_EXPORTER_COLLECTOR_SERVICE_STATUS_URL): \"status\" is not a URL: write it like https://"},
		{append(tenant, "--collector.service_status.components=("), "--collector.service_status.components (PRISMA_EXPORTER_COLLECTOR_SERVICE_STATUS_COMPONENTS): \"(\" is not a regular expression"},
		{append(tenant, "--collector.tunnels.min-interval=11m"), "--collector.tunnels.min-interval (PRISMA_EXPORTER_COLLECTOR_TUNNELS_MIN_INTERVAL): 11m0s must not be longer than --scrape.max-staleness 10m0s"},
		{append(tenant, "--collector.state-window=2d"), `"2d" is not a time window of the Insights API: use one of 1h, 3h, 24h, 48h, 7d, 30d`},
		{append(tenant, "--web.telemetry-path=metrics"), "use a path such as /metrics"},
		{append(tenant, "--web.telemetry-path=/probe"), "does not use for something else"},
		{append(tenant, "--web.telemetry-path=/m{"), "use a path such as /metrics"},
		{[]string{"--config.file=tenants.yml", "--prisma.ca-file=corp.pem"}, "remove the flags"},
		{append(tenant, "--log.level=loud"), `"loud": use one of debug, info, warn, error`},
		{[]string{"--prisma.tenant-id=1", "--prisma.api-key-file=key"}, "--prisma.region (PRISMA_EXPORTER_PRISMA_REGION): both region and base_url are missing: give the tenant's region, one of us, eu"},
		{append(tenant, "--prisma.base-url=https://x"), "--prisma.base-url (PRISMA_EXPORTER_PRISMA_BASE_URL): both region and base_url are set"},
		{[]string{"--prisma.tenant-id=1", "--prisma.region=on mars", "--prisma.api-key-file=key"}, `--prisma.region (PRISMA_EXPORTER_PRISMA_REGION): "on mars": use one of us, eu`},
		{[]string{"--prisma.tenant-id=1", "--prisma.region=us"}, "--prisma.api-key-file (PRISMA_EXPORTER_PRISMA_API_KEY_FILE): missing: give the file"},
		{[]string{"--prisma.tenant-id=../x", "--prisma.region=us", "--prisma.api-key-file=key"}, `--prisma.tenant-id (PRISMA_EXPORTER_PRISMA_TENANT_ID): "../x": use the ID`},
		{[]string{"--prisma.tenant-id=1", "--prisma.base-url=http://example.com", "--prisma.api-key-file=key"}, "use https, because the exporter sends credentials there"},
		{[]string{"--prisma.tenant-id=1", "--prisma.base-url=https://u:pa55word@example.com", "--prisma.api-key-file=key"}, "the URL must not contain a user or password"},
		{append(tenant, "--prisma.api-key-issued=yesterday"), `--prisma.api-key-issued (PRISMA_EXPORTER_PRISMA_API_KEY_ISSUED): "yesterday": write the date as YYYY-MM-DD`},
		{append(tenant, "--prisma.sub-tenant=a/b"), `--prisma.sub-tenant (PRISMA_EXPORTER_PRISMA_SUB_TENANT): "a/b"`},
		{append(tenant, "--prisma.path=tunnel_list=/etc"), `--prisma.path (PRISMA_EXPORTER_PRISMA_PATH): "/etc" of resource tunnel_list`},
		{append(tenant, "--prisma.path=tunel_list=query/x"), `--prisma.path (PRISMA_EXPORTER_PRISMA_PATH): there is no resource "tunel_list": did you mean tunnel_list?`},
		{append(tenant, "--prisma.column=tunels.a=b"), `--prisma.column (PRISMA_EXPORTER_PRISMA_COLUMN): there is no resource "tunels"`},
		{append(tenant, "--prisma.api=v4"), `--prisma.api (PRISMA_EXPORTER_PRISMA_API): "v4": use one of v1, v2, v3`},
		{append(tenant, "--prisma.client-id=x"), "--prisma.client-id (PRISMA_EXPORTER_PRISMA_CLIENT_ID): not valid with api: v1"},
		{append(tenant, "--prisma.column=tunnel_list=x"), "--prisma.column (PRISMA_EXPORTER_PRISMA_COLUMN): tunnel_list=x: write it as RESOURCE.COLUMN=NAME"},
		{append(tenant, "--prisma.column=tunnel_list.tunnelname=x"), `--prisma.column (PRISMA_EXPORTER_PRISMA_COLUMN): the exporter reads no column "tunnelname" of resource tunnel_list: did you mean tunnel_name?`},
		{append(tenant, "--prisma.column=tunnel_list.tunnel_name=b c"), `--prisma.column (PRISMA_EXPORTER_PRISMA_COLUMN): "b c" of resource tunnel_list`},
		{[]string{"--prisma.api=v2"}, `--prisma.tenant-id (PRISMA_EXPORTER_PRISMA_TENANT_ID): missing: with api: v2, use the ID of the Tenant Service Group`},
		{[]string{"--demo", "--demo.api=v0"}, `--demo.api (PRISMA_EXPORTER_DEMO_API): "v0": use one of v1, v2, v3`},
		{[]string{"--config.file=tenants.yml", "--prisma.api=v3"}, "remove the flags"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if code := whole.Main(c.args, &stdout, &stderr); code != 2 {
				t.Errorf("exit code %d, want 2", code)
			}
			if got := stderr.String(); !strings.Contains(got, c.want) || strings.Contains(got, "pa55word") || stdout.Len() > 0 {
				t.Errorf("got %q and %q, want a line with %q", got, stdout.String(), c.want)
			}
		})
	}
}

// TestPortInUse: the exporter ends, so that whoever starts it again can.
func TestPortInUse(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var stdout, stderr logtest.Buffer
	code := whole.Main([]string{"--demo", "--web.listen-address=" + listener.Addr().String()}, &stdout, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "address already in use") {
		t.Errorf("exit code %d, want 1 and why\n%s", code, stderr.String())
	}
}

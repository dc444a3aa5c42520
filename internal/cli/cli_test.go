package cli

import (
	"strings"
	"testing"

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
	if err == nil || !strings.Contains(err.Error(), "--scrape.max-staleness 10m0s must not be shorter than --capacity.min-interval 11m0s") {
		t.Errorf("got %v", err)
	}
}

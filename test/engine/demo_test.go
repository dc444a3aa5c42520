package engine

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator/capacity"
	"github.com/prisma-exporter/prisma_exporter/test/pipe"
)

// demoTargets scrapes the demo twice, so that there is what a pair of exporters
// gives, and a page that the demo has not.
const demoTargets = `
global: {scrape_interval: 30s}
scrape_configs:
  - job_name: prisma
    honor_labels: true
    static_configs:
      - {targets: ["exporter:10058"], labels: {instance: one}}
      - {targets: ["exporter:10058"], labels: {instance: two}}
  - job_name: counted
    honor_labels: true
    static_configs:
      - {targets: ["counted:10058"], labels: {instance: one}}
      - {targets: ["counted:10058"], labels: {instance: two}}
`

const demoConfig = `
tenants:
  - {name: demo, tenant_id: demo, api_key_file: demo.key, base_url: "http://127.0.0.1:80"}
capacity:
  - {name: demo-gas, token_file: gas.token, base_url: "http://127.0.0.1:80"}
`

// countedPage is what the demo has not: a discovery, a provider of the demo's
// tenant, and a tenant whose alerts the API only counts.
const countedPage = `prisma_access_up{tenant="counted",sub_tenant=""} 1
prisma_access_alerts_counts_only{tenant="counted",sub_tenant=""} 1
prisma_access_alerts_raised_in_window{tenant="counted",sub_tenant="",alert_sub_tenant="1000000001"} 7
prisma_access_alerts_raised_in_window{tenant="counted",sub_tenant="",alert_sub_tenant="1000000002"} 3
prisma_access_alerts_raised_in_window_by_node_type{tenant="counted",sub_tenant="",alert_sub_tenant="1000000001",node_type="mobile_users"} 4
prisma_access_alerts_raised_in_window_by_node_type{tenant="counted",sub_tenant="",alert_sub_tenant="1000000002",node_type="mobile_users"} 2
prisma_access_incident_raised_timestamp_seconds{tenant="counted",sub_tenant="",incident_id="i",prisma_severity="Critical",category="Network",code="INC_RN_SITE_DOWN",product="Prisma Access",state="raised"} 1.7e9
prisma_access_incident_info{tenant="counted",sub_tenant="",incident_id="i",title="Site a is down",site="a",tunnel="",location="",bgp_peer=""} 1
prisma_access_incidents{tenant="counted",sub_tenant="",prisma_severity="Critical",category="Network",state="raised"} 1
prisma_access_incidents_raised_total{tenant="counted",sub_tenant="",prisma_severity="Critical",category="Network"} 1
prisma_access_site_bgp_state{tenant="counted",sub_tenant="",site="a",node_type="remote_network",location="b",state="down"} 1
prisma_access_site_bgp_state{tenant="counted",sub_tenant="",site="a",node_type="remote_network",location="b",state="up"} 0
prisma_access_license_expiry_timestamp_seconds{tenant="counted",sub_tenant="",app="a",license="b",license_id="c"} 4e9
prisma_access_license_units{tenant="counted",sub_tenant="",app="a",license="b",license_id="c"} 100
prisma_access_license_units_remaining{tenant="counted",sub_tenant="",app="a",license="b",license_id="c"} 50
prisma_access_upgrade_timestamp_seconds{tenant="counted",sub_tenant="",version="a",upgrade_type="b",location="c",state="scheduled"} 4e9
prisma_sase_service_state{group="",component="a",state="major_outage"} 1
prisma_sase_service_incident_info{incident_id="i",title="b",impact="major",state="investigating"} 1
prisma_sase_service_incident_updated_timestamp_seconds{incident_id="i"} 1.7e9
prisma_sase_maintenance_info{maintenance_id="m",title="c",state="scheduled"} 1
prisma_sase_maintenance_start_timestamp_seconds{maintenance_id="m"} 4e9
prisma_exporter_discovery_success{tenant="provider"} 1
prisma_exporter_discovery_last_success_timestamp_seconds{tenant="provider"} 1.7e9
prisma_exporter_discovery_tenants{tenant="provider"} 2
prisma_exporter_discovery_left_out_tenants{tenant="provider"} 1
prisma_access_provider_child_info{provider="provider",child="demo",tsg_id="1",cdl_tenant_id="2",panw_region="us"} 1
prisma_access_provider_alerts{provider="provider",child="demo",data_region="americas"} 3
prisma_access_provider_sites{provider="provider",child="demo",data_region="americas",node_type="remote_network",state="down"} 1
prisma_access_provider_scrape_call_last_success_timestamp_seconds{provider="provider",call="alerts",data_region="americas"} 1.7e9
`

// demo starts what --demo does, in this process, and a Prometheus, which can be
// another than usual. What the tenant's world has is drawn anew each time: a test
// that needs an alert raises it there.
func demo(t *testing.T, change func(*server)) (*server, *simulator.World) {
	t.Helper()
	n, dir := pipe.New(), t.TempDir()
	options := simulator.Demo()
	options.Tenants[0].KeyFile = filepath.Join(dir, "demo.key")
	api, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	platform, err := capacity.New(capacity.Options{Companies: []capacity.Company{{Name: "demo-gas", TokenFile: filepath.Join(dir, "gas.token")}}})
	if err != nil {
		t.Fatal(err)
	}
	vendors := http.NewServeMux()
	vendors.Handle("/", api)
	vendors.Handle("/api/v1/", platform)
	vendors.Handle("/api/v2/", platform)
	n.Serve(t, "127.0.0.1:80", vendors)
	n.Serve(t, "counted:10058", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = w.Write([]byte(countedPage)) // a scrape that fails leaves panels empty
	}))
	file := filepath.Join(dir, "demo.yml")
	if err := os.WriteFile(file, []byte(demoConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(export(t, n, "exporter:10058", &logs{}, func(h http.Handler) http.Handler { return h }, "--config.file="+file))
	prom := &server{t: t, network: n, dir: dir, text: demoTargets}
	change(prom)
	prom.run()
	world, err := api.World("demo", "")
	if err != nil {
		t.Fatal(err)
	}
	return prom, world
}
